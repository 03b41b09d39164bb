import type { Field, Value } from '@vitess-ts/sqltypes';

/** The state of one aggregate over one group. */
export interface Aggregator {
  /** `companion` is the value of the column that the aggregation `needs`. */
  add(value: Value, companion?: Value): void;
  /** The aggregate of what was added, in MySQL's text form; may be called at any time. */
  result(): Value;
}

/** How one aggregate is computed; makes an aggregator for each group. */
export interface Aggregation {
  /** The result's column; its name and table are the caller's to set. */
  readonly field: Field;
  /**
   * What must be given with each value: `weight`, its WEIGHT_STRING under the column's collation (the values cannot
   * be ordered otherwise); `count`, the COUNT of the rows that a partial sum is of (avg).
   */
  readonly needs?: 'weight' | 'count';
  create(): Aggregator;
}

export interface AggregationOptions {
  /** `@@div_precision_increment`; 4 by default. */
  divPrecisionIncrement?: number;
  /** Largest scale of a DECIMAL: 38 in MariaDB (the default), 30 in MySQL. */
  maxScale?: number;
}

export const defaultOptions: Required<AggregationOptions> = { divPrecisionIncrement: 4, maxScale: 38 };
