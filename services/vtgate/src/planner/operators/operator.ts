import type { Expr, LockClause } from '@vitess-ts/sqlparser';
import type { Primitive } from '../../engine/primitive';
import type { TableSet } from '../semantics/bound';

/**
 * A source of rows while a plan is made. Conditions come first, then columns are asked for one by one, each giving
 * its place in the rows, and `build` is called last.
 */
export interface Operator {
  /** Tables whose columns the rows have. */
  readonly tables: TableSet;
  /** Keeps only rows for which the condition holds. It uses tables of this operator, and bind variables. */
  addCondition(condition: Expr): void;
  /** True when `column` can give the expression. */
  computes(expr: Expr): boolean;
  /** The column with the value of an expression over the tables. */
  column(expr: Expr): number;
  /** Locks the rows that it reads. */
  lock(locks: readonly LockClause[]): void;
  build(): Primitive;
}
