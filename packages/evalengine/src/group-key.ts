import type { Row, Value } from '@vitess-ts/sqltypes';
import type { ValueType } from './compare';
import { kindOf } from './compare';

/** A string that is the same for values that are equal under a type; NULL has one of its own. */
export type GroupKey = (value: Value) => string;

/**
 * Keys for GROUP BY, DISTINCT and hash joins over values of one type, in the form that mysqld sends. Undefined for the
 * types for which `comparatorFor` is: the caller keys the WEIGHT_STRING instead.
 */
export function groupKeyFor(of: ValueType): GroupKey | undefined {
  const kind = kindOf(of);
  switch (kind) {
    case undefined:
      return undefined;
    case 'number':
      return (value) => (value === null ? 'N' : `=${canonicalNumber(value.toString('latin1'))}`);
    case 'double':
      // Adding zero turns minus zero into zero.
      return (value) => (value === null ? 'N' : `=${Number(value.toString('latin1')) + 0}`);
    case 'datetime':
    case 'time':
      return (value) => (value === null ? 'N' : `=${canonicalTime(value.toString('latin1'))}`);
    case 'bits':
      return (value) => (value === null ? 'N' : `=${value.toString('latin1').replace(/^\0+/, '')}`);
    case 'bytes':
    case 'null':
      return (value) => (value === null ? 'N' : `=${value.toString('latin1')}`);
  }
}

/** One key for several columns; the keys' lengths keep them apart. */
export function rowKey(row: Row, columns: readonly number[], keys: readonly GroupKey[]): string {
  if (columns.length === 1) return keys[0](row[columns[0]]);
  let all = '';
  for (let i = 0; i < columns.length; i++) {
    const key = keys[i](row[columns[i]]);
    all += `${key.length}:${key}`;
  }
  return all;
}

/** `-0012.50` as `-12.5`, every zero as `0`. */
function canonicalNumber(text: string): string {
  const negative = text.startsWith('-');
  let from = negative || text.startsWith('+') ? 1 : 0;
  let to = text.length;
  while (text[from] === '0') from++;
  if (text.includes('.')) {
    while (text[to - 1] === '0') to--;
    if (text[to - 1] === '.') to--;
  }
  return to <= from ? '0' : `${negative ? '-' : ''}${text.slice(from, to)}`;
}

/** Seconds without trailing zeros of a fraction; a TIME of minus zero as zero. */
function canonicalTime(text: string): string {
  const cut = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return /^-[0:]+$/.test(cut) ? cut.slice(1) : cut;
}
