import { parseExpr, printExpr, type Expr } from '@vitess-ts/sqlparser';
import { Type } from '@vitess-ts/sqltypes';
import type { BoundColumn, ColumnInfo } from '../semantics/bound';
import { conjuncts, rewrite } from '../syntax-tree';
import { ColumnEqualities, factored, impliedFor } from './implied-conditions';

/** Columns of the tables a, b and c; those that begin with `t` are text, all others integers. */
const expr = (sql: string): Expr =>
  rewrite(parseExpr(sql), (node) => {
    if (node.kind !== 'column') return undefined;
    const { table = 'a', name } = node as { table?: string; name: string } & typeof node;
    const info: ColumnInfo = name.startsWith('t')
      ? { name, type: Type.VARCHAR, collation: name.startsWith('tb') ? 'utf8mb4_bin' : 'utf8mb4_general_ci' }
      : { name, type: Type.INT64 };
    const bound: BoundColumn = {
      kind: 'column',
      name,
      table,
      tables: 1n << BigInt('abc'.indexOf(table)),
      info,
    };
    return bound;
  });
const texts = (exprs: readonly Expr[]): string[] => exprs.map((e) => printExpr(e));

test.each([
  ['(a.x = b.x and a.y > 1) or (a.x = b.x and b.y < 2)', ['a.x = b.x', 'a.y > 1 or b.y < 2']],
  ['(a.x = 1 and a.y = 2) or a.x = 1', ['a.x = 1']],
  ['a.x = 1 or a.y = 2', ['a.x = 1 or a.y = 2']],
  [
    '(rand() < 1 and a.x = 1) or (rand() < 1 and a.x = 2)',
    ['rand() < 1 and a.x = 1 or rand() < 1 and a.x = 2'],
  ],
])('what alternatives have in common stands alone: %s', (sql, expected) => {
  expect(texts(factored(expr(sql)))).toEqual(expected);
});

test('an OR says something of one table if every alternative does', () => {
  const condition = expr('(a.x = 1 and b.y = 2) or (a.x = 3 and b.y = 4 and b.z = 5)');
  expect(printExpr(impliedFor(condition, 1n) as Expr)).toBe('a.x = 1 or a.x = 3');
  expect(printExpr(impliedFor(condition, 2n) as Expr)).toBe('b.y = 2 or b.y = 4 and b.z = 5');
  expect(impliedFor(expr('a.x = 1 or b.y = 2'), 1n)).toBeUndefined();
});

describe('equalities of columns', () => {
  const of = (sql: string): ColumnEqualities => new ColumnEqualities(conjuncts(expr(sql)));

  test('follow from others', () => {
    expect(texts(of('a.x = b.x and b.x = c.x').between(1n, 4n))).toEqual(['a.x = c.x']);
    expect(texts(of('a.t = b.t and b.t = c.t').between(1n, 4n))).toEqual(['a.t = c.t']);
  });

  test('do not where the comparisons are not of one kind', () => {
    expect(of('a.t = b.tb and b.tb = c.t').between(1n, 4n)).toEqual([]);
    expect(of('a.t = b.x and b.x = c.t').between(1n, 4n)).toEqual([]);
    expect(of('a.x <=> b.x and b.x = c.x').between(1n, 4n)).toEqual([]);
  });

  test('carry constants over', () => {
    expect(texts(of('a.x = b.x and a.x = :v1').constants())).toEqual(['b.x = :v1']);
    expect(of('a.x = b.x and a.x = :v1 and b.x = :v2').constants()).toEqual([]);
    expect(of("a.t = b.t and a.t = 'x'").constants()).toEqual([]);
  });
});
