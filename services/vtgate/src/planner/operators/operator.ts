import type { Expr } from '@vitess-ts/sqlparser';
import type { OrderKey } from '../../engine/order-key';
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
  /** The column with the value of an expression over the tables. */
  column(expr: Expr): number;
  build(): Primitive;
}

export type KeyOf = (expr: Expr, descending: boolean) => OrderKey;
