import { BatchJoin } from './batch-join';
import { collect } from './collect';
import { FakeExecContext, GivenRows, resultOf, rowsOf } from './fake-exec-context.contract';
import { Route } from './route';
import { StatementMemory } from './statement-memory';

const pets: [string, string][] = [
  ['1', 'cat'],
  ['1', 'dog'],
  ['3', 'ant'],
];
const shards = (): FakeExecContext =>
  new FakeExecContext(['0'], (_shard, { sql, binds }) => {
    const wanted = binds.__jl as (string | null)[];
    const rows = sql.includes('1 != 1') ? [] : pets.filter(([owner]) => wanted.includes(owner));
    return resultOf('owner, pet:VARCHAR', rows);
  });
const right = new Route({
  keyspace: { name: 'ks', sharded: true },
  routing: { opcode: 'Scatter' },
  query: 'select owner, pet from pet where owner in ::__jl',
  fieldQuery: 'select owner, pet from pet where 1 != 1',
  tables: ['ks.pet'],
});
const join = (outer: boolean, left: GivenRows): BatchJoin =>
  new BatchJoin({
    left,
    right,
    outer,
    lists: [{ variable: '__jl', key: 0 }],
    leftKeys: [{ column: 0, descending: false }],
    rightKeys: [{ column: 0, descending: false }],
    columns: [
      { side: 'left', column: 1 },
      { side: 'right', column: 1 },
    ],
  });
const people = (): GivenRows =>
  new GivenRows(
    resultOf('id, name:VARCHAR', [
      ['3', 'c'],
      ['1', 'a'],
      ['2', 'b'],
      ['1', 'z'],
      [null, 'n'],
    ]),
  );

test('many left rows make one right query', async () => {
  const ctx = shards();
  expect((await rowsOf(join(false, people()), ctx)).sort()).toEqual([
    ['a', 'cat'],
    ['a', 'dog'],
    ['c', 'ant'],
    ['z', 'cat'],
    ['z', 'dog'],
  ]);
  expect(ctx.seen.map((q) => q.binds.__jl)).toEqual([['3', '1', '2']]);
});

test('an outer join keeps rows without a match and with NULL', async () => {
  const rows = await rowsOf(join(true, people()), shards());
  expect(rows).toHaveLength(7);
  expect(rows.slice(-2)).toEqual([
    ['b', null],
    ['n', null],
  ]);
});

test('3,000 left rows make two right queries', async () => {
  const ctx = shards();
  ctx.memory = new StatementMemory(10_000);
  const left = new GivenRows(
    resultOf(
      'id, name:VARCHAR',
      Array.from({ length: 3000 }, (_, i) => [String(i), 'x']),
    ),
    500,
  );
  expect(await rowsOf(join(false, left), ctx)).toHaveLength(3);
  expect(ctx.seen).toHaveLength(2);
});

test('without left keys nothing is asked but the header', async () => {
  const nulls = new GivenRows(resultOf('id, name:VARCHAR', [[null, 'n']]));
  const ctx = shards();
  const result = await collect(join(true, nulls), ctx, {});
  expect(result.fields.map((f) => f.name)).toEqual(['name', 'pet']);
  expect(result.rows.rows().map(String)).toEqual(['n,']);
  expect(ctx.seen.map((q) => q.sql)).toEqual(['select owner, pet from pet where 1 != 1']);
});

test('keys that are no integers are refused', async () => {
  const text = new GivenRows(resultOf('id:VARCHAR, name:VARCHAR', [['1', 'n']]));
  await expect(rowsOf(join(false, text), shards())).rejects.toThrow(/VT12001/);
});

test('each key that has a list narrows the right side', async () => {
  const ctx = new FakeExecContext(['0'], () => resultOf('owner, kind', [['1', '7'], ['1', '8'], ['2', '7']])); // prettier-ignore
  const keys = [0, 1].map((column) => ({ column, descending: false }));
  const left = new GivenRows(resultOf('id, kind', [['1', '7'], ['2', '8'], [null, '9']])); // prettier-ignore
  const twoKeys = new BatchJoin({
    left,
    right: new Route({ ...right.options, query: 'select owner, kind from pet' }),
    outer: false,
    lists: [
      { variable: '__jl1', key: 0 },
      { variable: '__jl2', key: 1 },
    ],
    leftKeys: keys,
    rightKeys: keys,
    columns: [
      { side: 'left', column: 0 },
      { side: 'right', column: 1 },
    ],
  });
  expect(await rowsOf(twoKeys, ctx)).toEqual([['1', '7']]);
  expect(ctx.seen[0].binds).toMatchObject({ __jl1: ['1', '2'], __jl2: ['7', '8'] });
});

test('a left side of very many rows reads the right side once and whole', async () => {
  const ctx = new FakeExecContext(['0'], () => resultOf('owner, pet:VARCHAR', pets));
  ctx.memory = new StatementMemory(100_000);
  const rows = Array.from({ length: 20_001 }, (_, i) => [String(i), 'x']);
  const joined = new BatchJoin({
    ...join(false, people()).options,
    left: new GivenRows(resultOf('id, name:VARCHAR', rows), 1000),
    whole: new Route({ ...right.options, query: 'select owner, pet from pet' }),
  });
  expect((await rowsOf(joined, ctx)).length).toBe(3);
  expect(ctx.seen.map((q) => q.sql)).toEqual(['select owner, pet from pet']);
});
