import { parseExpr, type Expr } from '@vitess-ts/sqlparser';
import { Type, bindVariable, int64BindVariable } from '@vitess-ts/sqltypes';
import { rewrite } from '../planner/syntax-tree';
import { collect } from './collect';
import { FakeExecContext, GivenRows, resultOf, rowsOf } from './fake-exec-context.contract';
import { Filter } from './filter';
import { Projection } from './projection';
import { inputColumn } from './row-expression';

const ctx = (): FakeExecContext => new FakeExecContext([], () => resultOf(''));
/** `c0`, `c1` .. are the input's columns. */
const expr = (sql: string): Expr =>
  rewrite(parseExpr(sql), (node) => {
    const name = (node as { name?: string }).name ?? '';
    return node.kind === 'column' ? inputColumn(Number(name.slice(1)), name) : undefined;
  });
const given = (): GivenRows =>
  new GivenRows(
    resultOf('k, n, t:VARCHAR', [
      ['1', '5', 'a'],
      ['2', null, 'b'],
      ['3', '9', 'c'],
    ]),
  );

test('Filter keeps rows for which the condition is true, not NULL', async () => {
  const filter = new Filter(given(), expr('c1 > :low'), 45);
  expect(await rowsOf(filter, ctx(), { low: int64BindVariable(4) })).toEqual([
    ['1', '5', 'a'],
    ['3', '9', 'c'],
  ]);
  expect(await rowsOf(new Filter(given(), expr('c1 is null'), 45), ctx())).toEqual([['2', null, 'b']]);
});

test('Projection computes columns and passes others on', async () => {
  const projection = new Projection(
    given(),
    [{ column: 2 }, { expr: expr('c0 + c1 * 2'), name: 'x' }, { column: 0, name: 'key' }],
    45,
  );
  const result = await collect(projection, ctx(), {});
  expect(result.fields.map((f) => f.name)).toEqual(['t', 'x', 'key']);
  expect(result.rows.rows().map((r) => r.map((v) => v?.toString() ?? null))).toEqual([
    ['a', '11', '1'],
    ['b', null, '2'],
    ['c', '21', '3'],
  ]);
});

test('what the gate cannot evaluate exactly is refused', async () => {
  await expect(rowsOf(new Filter(given(), expr("c2 = 'A'"), 45), ctx())).rejects.toThrow(
    /VT12001.*evaluating/,
  );
  await expect(
    rowsOf(new Projection(given(), [{ expr: expr('sqrt(c0)'), name: 'x' }], 45), ctx()),
  ).rejects.toThrow(/VT12001/);
});

test('a DECIMAL argument has the digits of its value', async () => {
  const rows = new GivenRows(resultOf('d:DECIMAL:1', [['12.5']]));
  const projection = new Projection(rows, [{ expr: expr(':v1 * c0'), name: 'p' }], 45);
  const result = await collect(projection, ctx(), { v1: bindVariable(Type.DECIMAL, '0.250') });
  expect(result.rows.value(0, 0)?.toString()).toBe('3.1250');
});
