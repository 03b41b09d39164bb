import { toKeyspaceId } from '@vitess-ts/key';
import {
  Type,
  int64BindVariable,
  listBindVariable,
  type BindVariables,
  type TypedValue,
} from '@vitess-ts/sqltypes';
import { SqlError } from '@vitess-ts/vterrors';
import { FakeExecContext, resultOf, rowsOf, type SeenQuery } from './fake-exec-context.contract';
import { Limit } from './limit';
import { Route, type RouteOptions } from './route';
import type { RoutingVindex } from './routing';

/** Maps n to the keyspace id of one byte n; values that are no number are not exact, NULL maps to nothing. */
const byNumber: RoutingVindex = {
  name: 'by_number',
  map: async (_ctx, rows) =>
    rows.map(([v]) => {
      if (v.type === Type.NULL_TYPE) return { kind: 'none' };
      if (v.type !== Type.INT64) return undefined;
      return toKeyspaceId(Buffer.from([Number(v.value.toString())]));
    }),
};

const route = (rest: Partial<RouteOptions>): Route =>
  new Route({
    keyspace: { name: 'ks', sharded: true },
    routing: { opcode: 'Scatter' },
    query: 'select id from t',
    fieldQuery: 'select id from t where 1 != 1',
    tables: ['ks.t'],
    ...rest,
  });

const list = (...items: (number | null | string)[]): BindVariables => ({
  vals: listBindVariable(
    items.map((n): TypedValue =>
      n === null
        ? { type: Type.NULL_TYPE, value: Buffer.alloc(0) }
        : { type: typeof n === 'string' ? Type.VARCHAR : Type.INT64, value: Buffer.from(String(n)) },
    ),
  ),
});

test('a unique vindex value reaches one shard and its batches are handed on untouched', async () => {
  const answer = resultOf('id', [['1'], ['2'], ['3']]);
  const ctx = new FakeExecContext(['-80', '80-'], () => answer, 10);
  const primitive = route({
    routing: { opcode: 'EqualUnique', vindex: byNumber, values: [{ kind: 'bind', name: 'v1' }] },
  });
  const results = [];
  for await (const r of primitive.execute(ctx, { v1: int64BindVariable(7) })) results.push(r);
  expect(results).toHaveLength(1);
  expect(results[0].rows).toBe(answer.rows);
  expect(ctx.seen).toEqual([{ shard: '80-', sql: 'select id from t', binds: { v1: '7' } }]);
});

test('a value that is not exact goes to all shards', async () => {
  const ctx = new FakeExecContext(['-80', '80-'], (shard) =>
    resultOf('id', [[shard === '80-' ? '12' : '13']]),
  );
  const primitive = route({
    routing: {
      opcode: 'EqualUnique',
      vindex: byNumber,
      values: [{ kind: 'literal', value: { type: Type.VARCHAR, value: Buffer.from('12abc') } }],
    },
  });
  expect((await rowsOf(primitive, ctx)).sort()).toEqual([['12'], ['13']]);
});

describe('IN', () => {
  const primitive = route({
    routing: { opcode: 'IN', vindex: byNumber, list: { kind: 'list', name: 'vals' } },
    query: 'select id from t where id in ::__vals',
  });
  const run = async (binds: BindVariables): Promise<Record<string, SeenQuery['binds'][string]>> => {
    const ctx = new FakeExecContext(['0', '1', '2'], () => resultOf('id'));
    await rowsOf(primitive, ctx, binds);
    return Object.fromEntries(ctx.seen.map((q) => [q.shard, q.binds.__vals]));
  };

  test('each shard sees only its own values', async () => {
    expect(await run(list(1, 3, 4, 7))).toEqual({ '1': ['1', '4', '7'], '0': ['3'] });
  });
  test('a value that is not exact is seen by every shard', async () => {
    expect(await run(list(1, 'x'))).toEqual({ '0': ['x'], '1': ['1', 'x'], '2': ['x'] });
  });
  test('without a shard, MySQL answers for no rows', async () => {
    expect(await run(list(null))).toEqual({ '0': [null] });
    expect(await run(list())).toEqual({ '0': [null] });
  });
});

test('scattered rows merge under one header and hidden columns are cut', async () => {
  const ctx = new FakeExecContext(['a', 'b', 'c'], (shard) =>
    resultOf('id, hidden', [
      [`${shard}1`, 'x'],
      [`${shard}2`, 'x'],
      [`${shard}3`, 'x'],
    ]),
  );
  const primitive = route({ hiddenColumns: 1 });
  const results = [];
  for await (const r of primitive.execute(ctx, {})) results.push(r);
  expect(results[0].fields.map((f) => f.name)).toEqual(['id']);
  const rows = results.flatMap((r) => r.rows.rows().map((row) => String(row)));
  expect(rows.sort()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'b3', 'c1', 'c2', 'c3']);
});

test('ordered streams merge in order, NULL first, descending last', async () => {
  const data: Record<string, (string | null)[][]> = {
    a: [[null], ['1'], ['5'], ['9007199254740993']],
    b: [['2'], ['9007199254740992']],
    c: [],
  };
  const ascending = new FakeExecContext(['a', 'b', 'c'], (s) => resultOf('id', data[s]));
  const primitive = (descending: boolean): Route => route({ orderBy: [{ column: 0, descending }] });
  const sorted = [null, '1', '2', '5', '9007199254740992', '9007199254740993'];
  expect((await rowsOf(primitive(false), ascending)).flat()).toEqual(sorted);
  const descending = new FakeExecContext(['a', 'b', 'c'], (s) => resultOf('id', [...data[s]].reverse()));
  expect((await rowsOf(primitive(true), descending)).flat()).toEqual([...sorted].reverse());
});

test('text merges by its weights, padded as the collation says', async () => {
  const columns = 'name:VARCHAR, w:VARBINARY, p:VARBINARY';
  const ctx = new FakeExecContext(['a', 'b'], (shard) =>
    resultOf(
      columns,
      shard === 'a'
        ? [
            ['a\x01', 'A\x01', ' '],
            ['a', 'A', ' '],
            ['C', 'C', ' '],
          ]
        : [
            ['A ', 'A ', ' '],
            ['b', 'B', ' '],
          ],
    ),
  );
  const primitive = route({
    orderBy: [{ column: 0, descending: false, weightColumn: 1, padColumn: 2 }],
    hiddenColumns: 2,
  });
  expect((await rowsOf(primitive, ctx)).flat()).toEqual(['a\x01', 'a', 'A ', 'b', 'C']);
});

test('text without weights is refused, never ordered by its bytes', async () => {
  const ctx = new FakeExecContext(['a', 'b'], () => resultOf('name:VARCHAR', [['x']]));
  await expect(rowsOf(route({ orderBy: [{ column: 0, descending: false }] }), ctx)).rejects.toThrow(
    /VT12001/,
  );
});

test('shards whose headers differ are unified where the text stays valid, else refused', async () => {
  const types = (a: string, b: string): FakeExecContext =>
    new FakeExecContext(['a', 'b'], (s) => resultOf(`id:${s === 'a' ? a : b}`, [['1']]));
  const header = async (ctx: FakeExecContext): Promise<number> => {
    for await (const r of route({}).execute(ctx, {})) return r.fields[0].type;
    throw new Error('no result');
  };
  expect(await header(types('INT32', 'INT64'))).toBe(Type.INT64);
  expect(await header(types('UINT32', 'INT32'))).toBe(Type.INT64);
  await expect(header(types('INT32', 'VARCHAR'))).rejects.toThrow(/shards disagree/);
  await expect(header(types('UINT64', 'INT32'))).rejects.toThrow(/shards disagree/);
});

test('the error of the first failing shard ends all streams', async () => {
  const ctx = new FakeExecContext(['a', 'b', 'c'], (s) =>
    s === 'a' ? resultOf('id', [['1'], ['2'], ['3']]) : new SqlError(1146, '42S02', `no table on ${s}`),
  );
  await expect(rowsOf(route({}), ctx)).rejects.toThrow('no table on b');
  expect(ctx.ended).toBe(3);
});

test('LIMIT over shards skips, stops, ends its streams and tells shards the upper limit', async () => {
  const numbers = (from: number): string[][] => Array.from({ length: 1000 }, (_, i) => [`${2 * i + from}`]);
  const ctx = new FakeExecContext(['a', 'b'], (s) => resultOf('id', numbers(s === 'a' ? 1 : 2)));
  const primitive = new Limit(
    route({ orderBy: [{ column: 0, descending: false }] }),
    { kind: 'bind', name: 'n' },
    { kind: 'bind', name: 'o' },
  );
  const binds = { n: int64BindVariable(3), o: int64BindVariable(1) };
  expect((await rowsOf(primitive, ctx, binds)).flat()).toEqual(['2', '3', '4']);
  expect(ctx.seen[0].binds.__upper_limit).toBe('4');
  expect(ctx.ended).toBe(2);
  await expect(rowsOf(primitive, ctx, { ...binds, n: int64BindVariable(-1) })).rejects.toThrow(/LIMIT/);
});

test('fields come from the field query on one shard', async () => {
  const ctx = new FakeExecContext(['a', 'b'], () => resultOf('id, hidden'));
  expect((await route({ hiddenColumns: 1 }).fields(ctx, {})).map((f) => f.name)).toEqual(['id']);
  expect(ctx.seen.map((q) => q.sql)).toEqual(['select id from t where 1 != 1']);
});
