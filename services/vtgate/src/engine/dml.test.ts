import { toKeyspaceId } from '@vitess-ts/key';
import { Type, int64BindVariable, nullBindVariable } from '@vitess-ts/sqltypes';
import { collect } from './collect';
import { Dml, type DmlOptions } from './dml';
import { FakeExecContext, GivenRows, resultOf } from './fake-exec-context.contract';
import { Insert, type InsertOptions, type StoringVindex } from './insert';
import type { Primitive } from './primitive';
import { Send } from './send';

const keyspace = { name: 'ks', sharded: true };
const update = (rest: Partial<DmlOptions>): Dml =>
  new Dml({
    operator: 'Update',
    keyspace,
    routing: { opcode: 'Scatter' },
    query: 'update t set a = 1',
    tables: ['ks.t'],
    ...rest,
  });

test('DML adds up the rows and the info of all shards', async () => {
  const ctx = new FakeExecContext(['a', 'b'], (s) =>
    resultOf('', [], {
      rowsAffected: s === 'a' ? 2n : 3n,
      info: `Rows matched: ${s === 'a' ? 5 : 10}  Changed: 2  Warnings: 0`,
    }),
  );
  const result = await collect(update({}), ctx, {});
  expect(result.rowsAffected).toBe(5n);
  expect(result.info).toBe('Rows matched: 15  Changed: 4  Warnings: 0');
  expect(ctx.executions).toEqual([{ isDml: true, canAutocommit: false }]);
});

test('DML that means something else on several shards runs on one only', async () => {
  const ctx = new FakeExecContext(['a', 'b'], () => resultOf(''));
  const instead = new GivenRows(resultOf('', [], { rowsAffected: 7n }));
  const whenSeveralShards = (): Primitive => instead;
  const { rowsAffected } = await collect(update({ whenSeveralShards }), ctx, {});
  expect([rowsAffected, ctx.seen]).toEqual([7n, []]);
  const one = { opcode: 'ByDestination', destination: { kind: 'shard', shard: 'a' } } as const;
  await collect(update({ whenSeveralShards, routing: one }), ctx, {});
  expect(ctx.seen.map((q) => q.shard)).toEqual(['a']);
  expect(ctx.executions).toEqual([{ isDml: true, canAutocommit: true }]);
});

test('DML that matches no shard runs nowhere', async () => {
  const ctx = new FakeExecContext(['a'], () => resultOf(''));
  const result = await collect(update({ routing: { opcode: 'None' } }), ctx, {});
  expect([result.rowsAffected, ctx.seen]).toEqual([0n, []]);
});

const vindex: StoringVindex = {
  name: 'v',
  columns: ['id'],
  mapStored: async (_ctx, rows) =>
    rows.map(([v]) =>
      v.type === Type.INT64 ? toKeyspaceId(Buffer.from([Number(v.value.toString())])) : undefined,
    ),
};
const insert = (rest: Partial<InsertOptions> = {}): Insert =>
  new Insert({
    keyspace,
    table: 't',
    prefix: 'insert into t(id, a) values ',
    rows: [0, 1, 2].map((i) => ({
      sql: `(:__seq${i}, :a${i})`,
      variables: [`__seq${i}`, `a${i}`],
      vindexValues: [{ kind: 'bind', name: `__seq${i}` }],
      entryValues: [],
    })),
    suffix: '',
    vindex,
    entries: [],
    generated: {
      keyspace: 'main',
      sequence: 'seq',
      zeroGenerates: true,
      values: [0, 1, 2].map((i) => ({ kind: 'bind', name: `id${i}` })),
    },
    ...rest,
  });
const binds = (ids: (number | null)[]) =>
  Object.fromEntries(
    ids.flatMap((id, i) => [
      [`id${i}`, id === null ? nullBindVariable() : int64BindVariable(id)],
      [`a${i}`, int64BindVariable(i)],
    ]),
  );

test('rows go to their shards, one statement each, with generated ids', async () => {
  const ctx = new FakeExecContext(['0', '1'], (_s, q) =>
    resultOf('', [], { rowsAffected: BigInt(q.sql.split('(').length - 2) }),
  );
  const result = await collect(insert(), ctx, binds([null, 0, 7]));
  expect(ctx.seen.map(({ shard, sql }) => ({ shard, sql }))).toEqual([
    { shard: '1', sql: 'insert into t(id, a) values (:__seq0, :a0), (:__seq2, :a2)' },
    { shard: '0', sql: 'insert into t(id, a) values (:__seq1, :a1)' },
  ]);
  expect(ctx.seen[0].binds).toMatchObject({ __seq0: '1', __seq2: '7', a0: '0', a2: '2' });
  expect(Object.keys(ctx.seen[0].binds)).not.toContain('a1');
  expect([result.rowsAffected, result.insertId, ctx.lastInsertId]).toEqual([3n, 1n, 1n]);
});

test('given ids generate nothing and leave LAST_INSERT_ID', async () => {
  const ctx = new FakeExecContext(['0', '1'], () => resultOf('', [], { rowsAffected: 3n }));
  const result = await collect(insert(), ctx, binds([2, 4, 6]));
  expect(ctx.seen.map((q) => q.sql)).toEqual([
    'insert into t(id, a) values (:__seq0, :a0), (:__seq1, :a1), (:__seq2, :a2)',
  ]);
  expect([result.insertId, ctx.lastInsertId]).toEqual([0n, 0n]);
});

test('a row without a vindex value, or with one that is not exact, is refused before any insert', async () => {
  const ctx = new FakeExecContext(['0', '1'], () => resultOf(''));
  const plain = insert({
    generated: undefined,
    rows: [
      { sql: '(:id0, :a0)', variables: [], vindexValues: [{ kind: 'bind', name: 'id0' }], entryValues: [] },
    ],
  });
  await expect(collect(plain, ctx, binds([null]))).rejects.toMatchObject({
    errno: 1048,
    message: "Column 'id' cannot be null",
  });
  const text = { id0: { type: Type.VARCHAR, value: Buffer.from('12abc'), values: [] } };
  await expect(collect(plain, ctx, text)).rejects.toThrow(/VT09023/);
  expect(ctx.seen).toEqual([]);
});

test('Send reaches every shard of its destination and can insist on one', async () => {
  const ctx = new FakeExecContext(['0', '1'], () => resultOf('', [], { rowsAffected: 1n }));
  const ddl = {
    keyspace,
    destination: { kind: 'allShards' },
    query: 'create table x(a int)',
    isDml: false,
  } as const;
  await collect(new Send(ddl), ctx, {});
  expect(ctx.seen.map((q) => q.shard)).toEqual(['0', '1']);
  await expect(collect(new Send({ ...ddl, singleShardOnly: true }), ctx, {})).rejects.toThrow(/2 shards/);
});
