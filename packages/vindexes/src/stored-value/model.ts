import type { TypedValue } from '@vitess-ts/sqltypes';
import type { ColumnTypeInfo } from '../routing-value';

/** What is known of a column that rows are written to. */
export interface StoredColumn extends ColumnTypeInfo {
  /** Length of text in characters, of bytes in bytes; 0 when unknown. */
  size: number;
}

/** Whether the server refuses values that it cannot store as they are, or changes them. */
export type Strictness = 'strict' | 'lenient';

/**
 * Why a strict server refuses a value: errors 1366, 1265, 1264 and 1406. `hidden`: the column's collation calls texts
 * without `part` equal to this one, and the vindex gives them another keyspace id.
 */
export type InvalidValue =
  | { invalid: 'incorrectInteger' | 'truncated' | 'outOfRange' | 'tooLong' }
  | { invalid: 'hidden'; part: string };

/** `unknown`: what the column stores is not certain, and so is the row's place. */
export type StoredValue = { stored: TypedValue } | InvalidValue | 'unknown';
