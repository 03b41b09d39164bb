import { printExpr, type Expr } from '@vitess-ts/sqlparser';
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

/** The expression over the rows' columns. */
export function composed(expr: Expr, rows: Pick<Operator, 'computes' | 'column'>): Expr {
  return rewrite(expr, (node) => {
    if (isQuery(node)) throw unsupported('a subquery over rows of several shards', 'write it as a join');
    if (isExpression(node) && isGiven(node) && rows.computes(node)) {
      return inputColumn(rows.column(node), printExpr(node));
    }
    if (isBound(node) || node.kind === 'aggregate') {
      throw unsupported(
        `the use of ${printExpr(node as Expr)} over rows of several shards`,
        'select it as a column of its own, or restrict the statement to one shard',
      );
    }
    return undefined;
  });
}

/** Not a constant: those are better evaluated where they are used. */
const isGiven = (expr: Expr): boolean => tablesOf(expr) !== 0n || hasAggregate(expr);

/** Parts of an expression that are no single values themselves. */
const others = new Set(['table', 'derived', 'join', 'selectExpr', 'star', 'interval', 'keyword', 'tuple']);
export const isExpression = (node: Kinded): node is Expr => !others.has(node.kind);
