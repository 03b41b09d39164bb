import { catalogue, catalogueEntry, hasErrorId, transactionLostError, vtError } from './catalogue';
import type { CatalogueEntry } from './catalogue-entry';
import { Code } from './code';
import { SqlError, VtError } from './errors';

describe('vtError', () => {
  it('has id, code, errno, sqlstate and its arguments in the message', () => {
    const err = vtError('VT03028', 'name', 3, 4n);
    expect(err).toMatchObject({ id: 'VT03028', code: Code.INVALID_ARGUMENT, errno: 1048, sqlstate: '23000' });
    expect(err.message).toBe("VT03028: Column 'name' cannot be null on row 3, col 4");
  });

  it('leaves alone what looks like a placeholder in an argument', () => {
    expect(vtError('VT05005', '%s', '$1$&').message).toBe(
      "VT05005: table '%s' does not exist in keyspace '$1$&'",
    );
  });

  it('refuses another number of arguments', () => {
    // @ts-expect-error one is missing
    expect(() => vtError('VT05005', 't')).toThrow('VT05005 takes 2 arguments, not 1');
    // @ts-expect-error one is too many
    expect(() => vtError('VT05007', 't')).toThrow('VT05007 takes 0 arguments, not 1');
  });
});

describe('transactionLostError', () => {
  it('keeps code and errno of what MySQL said', () => {
    const cause = new SqlError(1213, '40001', 'Deadlock found');
    const err = transactionLostError(cause);
    expect(err).toMatchObject({ id: 'VT15001', code: Code.ABORTED, errno: 1213, sqlstate: '40001', cause });
    expect(err.message).toBe(
      'VT15001: transaction error, issue ROLLBACK and retry the transaction: Deadlock found (errno 1213) (sqlstate 40001)',
    );
    expect(hasErrorId(err, 'VT15001')).toBe(true);
    expect(hasErrorId(cause, 'VT15001')).toBe(false);
  });

  it('keeps the code of other errors', () => {
    expect(transactionLostError(new VtError(Code.CLUSTER_EVENT, 'x')).code).toBe(Code.CLUSTER_EVENT);
    expect(transactionLostError(new Error('x'))).toMatchObject({ code: Code.UNKNOWN, errno: undefined });
  });
});

describe('catalogue', () => {
  const entries: [string, CatalogueEntry][] = Object.entries(catalogue);

  it('has the code in the id, and errno and sqlstate together', () => {
    for (const [id, entry] of entries) {
      expect(id).toMatch(/^VT[0-9]{5}$/);
      if (entry.code !== undefined) expect([id, Number(id.slice(2, 4))]).toEqual([id, entry.code]);
      expect([id, entry.errno === undefined]).toEqual([id, entry.sqlstate === undefined]);
      if (entry.sqlstate !== undefined) expect(entry.sqlstate).toMatch(/^[0-9A-Z]{5}$/);
      expect(entry.advice).toMatch(/[.]$/);
    }
  });

  it('finds an entry by an id off the wire', () => {
    expect(catalogueEntry('VT09032')?.code).toBe(Code.FAILED_PRECONDITION);
    expect(catalogueEntry('VT99999')).toBeUndefined();
    expect(catalogueEntry('toString')).toBeUndefined();
  });
});
