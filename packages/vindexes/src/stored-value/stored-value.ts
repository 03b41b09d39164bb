import { Type, isIntegral, isText, type TypedValue } from '@vitess-ts/sqltypes';
import { canRouteByValue } from '../routing-value';
import type { Vindex } from '../vindex';
import { storedInteger } from './stored-integer';
import type { StoredColumn, StoredValue, Strictness } from './model';
import { storedBytes, storedText } from './stored-text';

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
