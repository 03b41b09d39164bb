import { Type, isIntegral, isText, type TypedValue } from '@vitess-ts/sqltypes';
import { canRouteByValue, type ColumnTypeInfo } from '../routing-value';
import type { Vindex } from '../vindex';
import { storedInteger } from './stored-integer';
import { storedBytes, storedText } from './stored-text';

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

/**
 * What a column stores when it is given a value, in the form that the vindex maps: rows lie where their stored value
 * says, not where the literal does. `'012'` into a BIGINT is 12, `1.5` is 2, a CHAR loses trailing spaces. NULL is
 * the caller's. Without a known column, only values that all columns store in the same form are certain. It must be
 * used wherever rows get their place, copies included, or `canRouteByValue` misses rows.
 */
export function storedVindexValue(
  vindex: Vindex,
  column: StoredColumn | undefined,
  value: TypedValue,
  strictness: Strictness,
): StoredValue {
  if (vindex.sameness === 'constant') return { stored: value };
  if (column === undefined) return unknownColumnValue(vindex, value);
  if (isIntegral(column.type)) return storedInteger(column.type, value, strictness);
  if (isText(column.type)) return storedText(vindex, column, value, strictness);
  if (column.type === Type.VARBINARY || column.type === Type.BLOB || column.type === Type.BINARY) {
    return storedBytes(column, value, strictness);
  }
  // Of the other types only a DATE has a form that is the column's own.
  const decision = canRouteByValue(vindex, column, value);
  return decision !== 'scatter' && 'exact' in decision ? { stored: decision.exact } : 'unknown';
}

function unknownColumnValue(vindex: Vindex, value: TypedValue): StoredValue {
  const decision = canRouteByValue(vindex, undefined, value);
  if (decision !== 'scatter' && 'exact' in decision) return { stored: decision.exact };
  if (vindex.sameness === 'integer') return 'unknown';
  const text = value.value.toString('latin1');
  // An integer column stores the same digits, but would read other texts that are numbers in another way.
  if (isIntegral(value.type)) return /^-?(?:0|[1-9]\d*)$/.test(text) ? { stored: value } : 'unknown';
  const isOwnForm = /^(?:0|-?[1-9]\d*)$/.test(text) || !/^[\s]*[+-]?\.?\d|\s$/.test(text);
  return isText(value.type) && isOwnForm ? { stored: value } : 'unknown';
}
