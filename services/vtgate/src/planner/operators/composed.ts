import { printExpr, type Aggregate, type Comparison, type Expr } from '@vitess-ts/sqlparser';
import { inputColumn } from '../../engine/row-expression';
import { unsupported } from '../../engine/unsupported';
import { isBound, tablesOf } from '../semantics/bound';
import { isQuery, rewrite, type Kinded } from '../syntax-tree';
import { hasAggregate } from './select-parts';
import type { Operator } from './operator';

/** A value of a row: a column that it has, or an expression over its columns that the gate evaluates. */
export type RowValue = { column: number } | { expr: Expr };

/** How the gate gets a value from an operator's rows; as much of it as can be comes from below. */
export function rowValue(expr: Expr, rows: Pick<Operator, 'computes' | 'column'>): RowValue {
  if (rows.computes(expr)) return { column: rows.column(expr) };
  return { expr: composed(expr, rows) };
}

/**
 * The expression over the rows' columns. An average is rounded where it is compared; within arithmetic it keeps digits
 * that its column does not show, so there it is the quotient that it stands for.
 */
export function composed(expr: Expr, rows: Pick<Operator, 'computes' | 'column'>): Expr {
  return rewrite(expr, (node) => {
    if (isQuery(node)) throw unsupported('a subquery over rows of several shards', 'write it as a join');
    if (isExpression(node) && isGiven(node) && !isAverage(node) && rows.computes(node))
      return columnOf(node, rows);
    if (isComparison(node)) {
      const side = (e: Expr): Expr =>
        isAverage(e) && rows.computes(e) ? columnOf(e, rows) : composed(e, rows);
      return { ...node, left: side(node.left), right: side(node.right) };
    }
    if (isAverage(node)) return composed(quotientOf(node), rows);
    if (isBound(node) || node.kind === 'aggregate') {
      throw unsupported(
        `the use of ${printExpr(node as Expr)} over rows of several shards`,
        'select it as a column of its own, or restrict the statement to one shard',
      );
    }
    return undefined;
  });
}

const columnOf = (expr: Expr, rows: Pick<Operator, 'column'>): Expr =>
  inputColumn(rows.column(expr), printExpr(expr));

const isComparison = (node: Kinded): node is Comparison =>
  node.kind === 'comparison' && (node as Comparison).quantifier === undefined;
const isAverage = (node: Kinded): node is Aggregate =>
  node.kind === 'aggregate' && (node as Aggregate).name === 'avg';

const quotientOf = (average: Aggregate): Expr => ({
  kind: 'binary',
  op: '/',
  left: { ...average, name: 'sum' },
  right: { ...average, name: 'count' },
});

/** Not a constant: those are better evaluated where they are used. */
const isGiven = (expr: Expr): boolean => tablesOf(expr) !== 0n || hasAggregate(expr);

/** Parts of an expression that are no single values themselves. */
const others = new Set(['table', 'derived', 'join', 'selectExpr', 'star', 'interval', 'keyword', 'tuple']);
export const isExpression = (node: Kinded): node is Expr => !others.has(node.kind);
