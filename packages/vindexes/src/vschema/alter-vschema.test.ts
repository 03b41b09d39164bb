import { Keyspace as VSchema } from '@vitess-ts/proto/vschema';
import { Code } from '@vitess-ts/vterrors';
import { alterVSchema } from './alter-vschema';

/** The vschema after the statements, from an empty one. */
const after = (...statements: string[]): VSchema =>
  statements.reduce((vschema, sql) => alterVSchema('ks', vschema, sql), VSchema.create());

const refused = (code: Code, ...statements: string[]): void =>
  expect(() => after(...statements)).toThrow(expect.objectContaining({ code }) as Error);

const useHash = 'alter vschema on t add vindex hash(id) using hash';

describe('alterVSchema', () => {
  it('makes a keyspace sharded with its first vindex, on a column of a table', () => {
    expect(after(useHash)).toEqual(
      VSchema.create({
        sharded: true,
        vindexes: { hash: { type: 'hash' } },
        tables: { t: { columnVindexes: [{ column: 'id', name: 'hash' }] } },
      }),
    );
  });

  it('makes vindexes with parameters and an owner', () => {
    const sql =
      'alter vschema create vindex ks.lookup using lookup_unique with owner=t, table=l, from=`a,b`, to=k';
    expect(after(sql).vindexes).toEqual({
      lookup: { type: 'lookup_unique', owner: 't', params: { table: 'l', from: 'a,b', to: 'k' } },
    });
  });

  it('leaves the given vschema as it is', () => {
    const before = VSchema.create();
    alterVSchema('ks', before, useHash);
    expect(before).toEqual(VSchema.create());
  });

  it('adds a vindex that is there to another table, and on several columns', () => {
    const { tables } = after(useHash, 'alter vschema on u add vindex hash(a, b)');
    expect(tables.u.columnVindexes).toEqual([{ column: '', columns: ['a', 'b'], name: 'hash' }]);
  });

  it('takes a table out with its last vindex, then the vindex', () => {
    const dropped = after(useHash, 'alter vschema on t drop vindex hash', 'alter vschema drop vindex hash');
    expect(dropped).toEqual(VSchema.create({ sharded: true }));
  });

  it('adds tables, sequences and auto_increment', () => {
    const changed = after(
      'alter vschema add table t',
      'alter vschema add sequence s',
      'alter vschema on t add auto_increment id using ks.s',
    );
    expect(changed.tables.s.type).toBe('sequence');
    expect(changed.tables.t.autoIncrement).toEqual({ column: 'id', sequence: 'ks.s' });
    expect(
      alterVSchema('ks', changed, 'alter vschema on t drop auto_increment').tables.t.autoIncrement,
    ).toBeUndefined();
    expect(Object.keys(alterVSchema('ks', changed, 'alter vschema drop table t').tables)).toEqual(['s']);
    expect(Object.keys(alterVSchema('ks', changed, 'alter vschema drop sequence s').tables)).toEqual(['t']);
  });

  it('refuses what does not fit', () => {
    refused(Code.ALREADY_EXISTS, useHash, useHash);
    refused(Code.ALREADY_EXISTS, 'alter vschema add table t', 'alter vschema add table t');
    refused(Code.NOT_FOUND, 'alter vschema on t add vindex hash(id)');
    refused(Code.NOT_FOUND, 'alter vschema drop table t');
    refused(Code.NOT_FOUND, useHash, 'alter vschema on t drop vindex other');
    refused(Code.FAILED_PRECONDITION, useHash, 'alter vschema drop vindex hash');
    refused(Code.FAILED_PRECONDITION, useHash, 'alter vschema on u add vindex hash(id) using xxhash');
    refused(Code.INVALID_ARGUMENT, useHash, 'alter vschema add sequence s');
    refused(Code.INVALID_ARGUMENT, 'alter vschema add table other.t');
    refused(Code.INVALID_ARGUMENT, 'alter table t add c int');
  });
});
