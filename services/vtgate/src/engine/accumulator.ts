import type { Field, Row, Value } from '@vitess-ts/sqltypes';

/** The state of one aggregate over the rows of one group. */
export interface Accumulator {
  add(row: Row): void;
  result(): Value;
}

/** An aggregate over rows whose columns are known: its result column, and how each group starts. */
export interface GroupFunction {
  /** Its name is an input column's and is the caller's to set. */
  field: Field;
  create(): Accumulator;
}
