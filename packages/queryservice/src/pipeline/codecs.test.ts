import { ExecuteRequest, Field as ProtoField } from '@vitess-ts/proto/query';
import { TabletType } from '@vitess-ts/proto/topodata';
import { Header, Result as ProtoResult } from '@vitess-ts/proto/vtpipeline';
import { CallerID } from '@vitess-ts/proto/vtrpc';
import {
  RowBatch,
  Type,
  emptyResult,
  int64BindVariable,
  listBindVariable,
  makeField,
  stringBindVariable,
} from '@vitess-ts/sqltypes';
import type { BoundQuery } from '../query-service';
import { ExecuteDecoder, ExecuteEncoder } from './execute-codec';
import { KnownHeaders, SentHeaders, readResult, writeFields, writeResult } from './result-codec';
import { WireReader } from './wire-reader';
import { WireWriter } from './wire-writer';

const target = { keyspace: 'ks', shard: '-80', tabletType: TabletType.REPLICA, cell: 'zone1' };
const ctx = {
  effectiveCallerId: CallerID.fromPartial({ principal: 'ü', component: 'c', groups: ['a', ''] }),
  immediateCallerId: { username: 'u', groups: ['g'] },
};

describe('ExecuteEncoder and ExecuteDecoder', () => {
  const long = 'ä🙂'.repeat(5000);
  const queries: BoundQuery[] = [
    { sql: 'select 1', bindVariables: {} },
    {
      sql: `select ${long}`,
      bindVariables: {
        v1: int64BindVariable(-9223372036854775808n),
        [long.slice(0, 100)]: stringBindVariable(long),
        empty: stringBindVariable(''),
        list: listBindVariable([
          { type: Type.VARBINARY, value: Buffer.from([0, 255]) },
          { type: Type.NULL_TYPE, value: Buffer.alloc(0) },
        ]),
      },
    },
  ];
  const options = [
    undefined,
    {},
    { includedFields: 2, clientFoundRows: true, workload: 1 },
    { includedFields: 2, sqlSelectLimit: 10n, transactionAccessMode: [2], WorkloadName: 'w' },
  ];
  const ids = [
    { transactionId: 0n, reservedId: 0n },
    { transactionId: 1764079080123456789n, reservedId: -1n },
  ];
  const cases = queries.flatMap((query) => options.flatMap((o) => ids.map((id) => [query, o, id] as const)));

  it.each(cases)('write and read what the generated code does (%#)', (query, o, id) => {
    const out = new WireWriter();
    new ExecuteEncoder().write(out, ctx, target, query, id, o);
    const bytes = out.take();
    const generated = ExecuteRequest.decode(bytes);
    const expected = ExecuteRequest.fromPartial({ ...ctx, target, query, options: o, ...id });
    expect(generated).toEqual(expected);

    const canonical = Buffer.from(ExecuteRequest.encode(expected).finish());
    for (const encoded of [bytes, canonical]) {
      const read = new ExecuteDecoder().read(encoded, 0, encoded.length);
      expect(read).toEqual({
        effectiveCallerId: expected.effectiveCallerId,
        immediateCallerId: expected.immediateCallerId,
        target,
        query: { ...query, bindVariables: { ...query.bindVariables } },
        ids: id,
        options: expected.options,
      });
    }
  });

  it('share what comes again, and tell apart what differs in a byte', () => {
    const decoder = new ExecuteDecoder();
    const encode = (shard: string): Buffer => {
      const out = new WireWriter();
      new ExecuteEncoder().write(out, ctx, { ...target, shard }, queries[0], ids[0], undefined);
      return out.take();
    };
    const [a, b, c] = [encode('-80'), encode('-80'), encode('80-')].map((m) => decoder.read(m, 0, m.length));
    expect(b.target).toBe(a.target);
    expect(b.effectiveCallerId).toBe(a.effectiveCallerId);
    expect(c.target.shard).toBe('80-');
  });

  it('refuse what is malformed, cut off, or has a name that would change objects', () => {
    const out = new WireWriter();
    new ExecuteEncoder().write(out, ctx, target, queries[1], ids[1], options[2]);
    const bytes = out.take();
    for (let end = 0; end < 200; end++) {
      const read = (): unknown => new ExecuteDecoder().read(bytes.subarray(0, end), 0, end);
      expect(read).toThrow(/malformed|no query|no target|premature|index out of range/);
    }
    const named = ExecuteRequest.fromPartial({ target, query: { sql: 's', bindVariables: {} } });
    Object.defineProperty(named.query!.bindVariables, '__proto__', {
      value: int64BindVariable(1),
      enumerable: true,
    });
    const encoded = Buffer.from(ExecuteRequest.encode(named).finish());
    expect(() => new ExecuteDecoder().read(encoded, 0, encoded.length)).toThrow(/bind variable/);
  });
});

describe('results', () => {
  const fields = [makeField('a', Type.VARBINARY, { flags: 128 }), makeField('ä', Type.INT64)];
  const full = {
    ...emptyResult(),
    fields,
    rows: RowBatch.from(2, [
      [Buffer.from('x'.repeat(300)), null],
      [Buffer.alloc(0), Buffer.from('12')],
    ]),
    rowsAffected: 18446744073709551615n,
    insertId: 9007199254740993n,
    info: 'Rows matched: 1',
    warnings: 3,
    warningList: [{ level: 'Note', code: 1051, message: 'ü' }],
    statusFlags: 34,
    insertIdChanged: true,
    sessionStateChanges: 'gtid',
  };

  it.each([
    ['with all', full],
    ['with nothing', emptyResult()],
  ])('are written and read as the generated code does (%s)', (_what, result) => {
    const out = new WireWriter();
    writeResult(out, result, 0);
    const bytes = out.take();
    const generated = ProtoResult.decode(bytes);
    expect(generated.fields).toEqual(result.fields);
    expect(generated.rows.equals(result.rows.data)).toBe(true);
    expect(generated.rowLengths).toHaveLength(result.rows.length);
    for (const encoded of [bytes, Buffer.from(ProtoResult.encode(generated).finish())]) {
      const read = readResult(new WireReader(encoded), new KnownHeaders(), 0);
      expect(read).toMatchObject({ ...result, rows: expect.anything() as unknown });
      expect(read.rows.rows()).toEqual(result.rows.rows());
    }
  });

  it('of one header share its columns, and later parts have the width of the first', () => {
    const known = new KnownHeaders();
    const header = Buffer.from(Header.encode({ number: 7, fields: fields as ProtoField[] }).finish());
    known.define(new WireReader(header));
    const encode = (number: number): Buffer => {
      const out = new WireWriter();
      writeResult(out, { ...full, fields: number === 0 ? [] : fields }, number);
      return out.take();
    };
    const first = readResult(new WireReader(encode(7)), known, 0);
    expect(first.fields).toEqual(fields);
    expect(readResult(new WireReader(encode(7)), known, 0).fields).toBe(first.fields);
    const later = readResult(new WireReader(encode(0)), known, first.rows.columns);
    expect([later.fields, later.rows.columns]).toEqual([[], 2]);
    expect(() => readResult(new WireReader(encode(8)), known, 0)).toThrow(/no result header 8/);
  });

  it('get new header numbers for old ones only while none with the old meaning is to come', () => {
    const headers = new SentHeaders();
    const defined: number[] = [];
    const define = (number: number): void => void defined.push(number);
    let mayForget = false;
    const numberOf = (of: typeof fields): number => headers.numberOf(of, () => mayForget, define);
    const kinds = Array.from({ length: 1024 }, () => [...fields]);
    expect(kinds.map(numberOf)).toEqual(kinds.map((_, i) => i + 1));
    expect(numberOf(kinds[5])).toBe(6);
    expect(numberOf(fields)).toBe(0);
    mayForget = true;
    expect(numberOf(fields)).toBe(1);
    expect(defined).toHaveLength(1025);
    expect(numberOf([])).toBe(0);
  });

  it('with counts that do not fit are refused', () => {
    const out = new WireWriter();
    out.bytes(3, Buffer.from('abc'));
    out.number(4, 2);
    expect(() => readResult(new WireReader(out.take()), new KnownHeaders(), 1)).toThrow(/3 bytes, not 2/);
    writeFields(out, 2, fields);
    expect(readResult(new WireReader(out.take()), new KnownHeaders(), 0).fields).toEqual(fields);
  });
});
