import { MySqlFlag, Type } from '@vitess-ts/sqltypes';
import { SqlError } from '@vitess-ts/vterrors';
import { collect } from './collect';
import { FakeExecContext, GivenRows, resultOf, rowsOf } from './fake-exec-context.contract';
import { HashJoin } from './hash-join';
import { Join, type JoinOptions } from './join';
import { Route } from './route';
import { UncorrelatedSubquery, type PulloutOpcode } from './uncorrelated-subquery';

const pets: Record<string, string[]> = { '1': ['cat', 'dog'], '2': [], '3': ['ant'] };
const shards = (): FakeExecContext =>
  new FakeExecContext(['0'], (_shard, { sql, binds }) => {
    if (sql.includes('1 != 1')) return resultOf('owner, pet:VARCHAR');
    const owner = binds.__j1 as string | null;
    return resultOf(
      'owner, pet:VARCHAR',
      (owner === null ? [] : (pets[owner] ?? [])).map((p) => [owner, p]),
    );
  });
const right = new Route({
  keyspace: { name: 'ks', sharded: true },
  routing: { opcode: 'Scatter' },
  query: 'select owner, pet from pet where owner = :__j1',
  fieldQuery: 'select owner, pet from pet where 1 != 1',
  tables: ['ks.pet'],
});
const left = new GivenRows(
  resultOf('id, name:VARCHAR', [
    ['3', 'c'],
    ['1', 'a'],
    ['2', 'b'],
    ['1', 'z'],
    [null, 'n'],
  ]),
);
const join = (rest: Partial<JoinOptions> = {}): Join =>
  new Join({
    left,
    right,
    outer: false,
    variables: [{ name: '__j1', column: 0, into: 'comparison' }],
    columns: [
      { side: 'left', column: 1 },
      { side: 'right', column: 1 },
    ],
    ...rest,
  });

test('a join asks the right side once a distinct value and keeps the left order', async () => {
  const ctx = shards();
  expect(await rowsOf(join(), ctx)).toEqual([
    ['c', 'ant'],
    ['a', 'cat'],
    ['a', 'dog'],
    ['z', 'cat'],
    ['z', 'dog'],
  ]);
  expect(ctx.seen.map((q) => q.binds.__j1).sort()).toEqual(['1', '2', '3', null].sort());
});

test('a left join keeps rows without a match and clears NOT NULL', async () => {
  const result = await collect(join({ outer: true }), shards(), {});
  expect(result.rows.rows().map((r) => r.map((v) => v?.toString() ?? null))).toContainEqual(['b', null]);
  expect(result.rows.length).toBe(7);
  expect(result.fields[1].flags & MySqlFlag.NOT_NULL).toBe(0);
});

test('without left rows the header comes from field queries', async () => {
  const empty = new GivenRows(resultOf('id, name:VARCHAR'));
  const ctx = shards();
  const result = await collect(join({ left: empty }), ctx, {});
  expect(result.fields.map((f) => f.name)).toEqual(['name', 'pet']);
  expect(ctx.seen).toHaveLength(1);
});

test('an error of the right side ends the join', async () => {
  const ctx = new FakeExecContext(['0'], () => new SqlError(1317, '70100', 'interrupted'));
  await expect(rowsOf(join(), ctx)).rejects.toThrow('interrupted');
});

test('values whose text is not exact are not carried over', async () => {
  const floats = new GivenRows(resultOf('id:FLOAT32, name:VARCHAR', [['0.1', 'a']]));
  await expect(rowsOf(join({ left: floats }), shards())).rejects.toThrow(/VT12001/);
});

test('a hash join gives what a nested loop does; NULL joins nothing', async () => {
  const hash = (outer: boolean): HashJoin =>
    new HashJoin({
      left,
      right: new GivenRows(
        resultOf('owner, pet:VARCHAR', [
          ['1', 'cat'],
          ['3', 'ant'],
          [null, 'nil'],
          ['1', 'dog'],
        ]),
      ),
      outer,
      leftKeys: [{ column: 0, descending: false }],
      rightKeys: [{ column: 0, descending: false }],
      columns: [
        { side: 'left', column: 1 },
        { side: 'right', column: 1 },
      ],
    });
  expect(await rowsOf(hash(false), shards())).toEqual(await rowsOf(join(), shards()));
  expect(await rowsOf(hash(true), shards())).toEqual(await rowsOf(join({ outer: true }), shards()));
});

describe('uncorrelated subqueries', () => {
  const run = async (opcode: PulloutOpcode, rows: (string | null)[][]): Promise<unknown> => {
    const ctx = new FakeExecContext(['0'], (_s, { binds }) => resultOf('x', [[JSON.stringify(binds)]]));
    const outer = new Route({ ...right.options, query: 'outer' });
    const primitive = new UncorrelatedSubquery({
      opcode,
      subquery: new GivenRows(resultOf('v', rows)),
      outer,
      resultVariable: opcode === 'PulloutExists' ? undefined : '__sq1',
      hasValuesVariable: opcode === 'PulloutValue' ? undefined : '__sq_has_values',
    });
    return JSON.parse(String((await rowsOf(primitive, ctx))[0][0]));
  };
  test('value', async () => {
    expect(await run('PulloutValue', [['5']])).toEqual({ __sq1: '5' });
    expect(await run('PulloutValue', [])).toEqual({ __sq1: null });
    await expect(run('PulloutValue', [['1'], ['2']])).rejects.toMatchObject({ errno: 1242 });
  });
  test('IN and EXISTS', async () => {
    expect(await run('PulloutIn', [['5'], [null]])).toEqual({ __sq1: ['5', null], __sq_has_values: '1' });
    expect(await run('PulloutNotIn', [])).toEqual({ __sq1: [null], __sq_has_values: '0' });
    expect(await run('PulloutExists', [['1']])).toEqual({ __sq_has_values: '1' });
  });
});

test('BIT values travel as numbers', async () => {
  const bits = new GivenRows(resultOf('id:BIT, name:VARCHAR', [['\x01', 'a']]));
  const ctx = shards();
  await rowsOf(join({ left: bits }), ctx);
  expect(ctx.seen[0].binds.__j1).toBe('1');
  expect(Type.BIT).toBe(2073);
});
