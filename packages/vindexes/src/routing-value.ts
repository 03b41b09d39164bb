import { isUtf8 } from 'node:buffer';
import { unreachable } from '@vitess-ts/base';
import { Type, isBinary, isFloat, isIntegral, isText } from '@vitess-ts/sqltypes';
import type { TypedValue } from '@vitess-ts/sqltypes';
import { comparisonOf } from './collation-classes/comparison';
import type { Vindex } from './vindex';

/** What is known of a column: from the schema tracker or the vschema. */
export interface ColumnTypeInfo {
  /** A `Type` number. */
  type: number;
  /** Name of the collation of a text column; empty when unknown. */
  collation: string;
}

/**
 * `exact`: all rows whose column equals the value lie where the vindex maps `exact` to (nowhere, if it maps it to
 * no shard). `exactAny`: they lie where it maps one of these to. `scatter`: they may lie anywhere.
 */
export type RoutingDecision = { exact: TypedValue } | { exactAny: TypedValue[] } | 'scatter';

/** Every integer up to here is a double of its own. */
const maxExactDouble = 2n ** 53n;
const nullValue: TypedValue = Object.freeze({ type: Type.NULL_TYPE, value: Buffer.alloc(0) });

/**
 * Whether `column = value` can be routed by a vindex on the column. MySQL compares by the column's type and collation,
 * not by the literal's bytes: on a BIGINT `'012'`, `12.0` and `1.2e1` all equal 12; under a case-insensitive collation
 * 'a' equals 'A'. So the value is converted to what the column stores, and when that is not certain, or rows that
 * equal the value may have other keyspace ids, the answer is to scatter.
 *
 * Without a known column type only integer vindexes (hash, numeric, reverse_bits) route, and only values that are
 * integers in digits: whatever the column's type, every row that equals the value was stored under that integer,
 * since these vindexes take nothing else.
 *
 * unicode_loose_* separate some texts that collations call equal: utf8mb4_general_ci `ß` and `s`, utf8mb4_unicode_ci
 * `и` and `й`. Where it was measured which (`src/collation-classes`), all keyspace ids of such rows are given, up to 64;
 * under other collations text scatters. It holds as long as no row has a *hidden part*, which `storedVindexValue`
 * refuses.
 */
export function canRouteByValue(
  vindex: Vindex,
  column: ColumnTypeInfo | undefined,
  value: TypedValue,
): RoutingDecision {
  // `= NULL` finds nothing anywhere; rows that hold NULL lie where the vindex maps NULL.
  if (value.type === Type.NULL_TYPE) return { exact: nullValue };
  switch (vindex.sameness) {
    case undefined:
      return 'scatter';
    case 'constant':
      return { exact: value };
    case 'integer':
      return integerVindexValue(column, value);
    case 'bytes':
      return column === undefined ? 'scatter' : bytesVindexValue(column, value);
    case 'looseText':
      return column === undefined ? 'scatter' : looseTextVindexValue(column, value);
    default:
      return unreachable(vindex.sameness);
  }
}

/** False when no value whatever of the column routes by the vindex. */
export function routesAnyValue(vindex: Vindex, column: ColumnTypeInfo | undefined): boolean {
  return samples.some(
    ([type, text]) => canRouteByValue(vindex, column, { type, value: Buffer.from(text) }) !== 'scatter',
  );
}

const samples: readonly (readonly [number, string])[] = [
  [Type.INT64, '1'],
  [Type.VARCHAR, 'q'],
  [Type.VARBINARY, 'q'],
  [Type.DATE, '2020-01-01'],
];

/**
 * Whether rows whose columns are equal always have the same keyspace id, so that they can be joined or grouped shard
 * by shard. Values of such a column may still route to several shards.
 */
export function equalValuesMeet(vindex: Vindex, column: ColumnTypeInfo | undefined): boolean {
  switch (vindex.sameness) {
    case undefined:
      return false;
    case 'constant':
      return true;
    case 'integer':
      // Equal texts that are integers in digits are the same one.
      return column === undefined || isIntegral(column.type) || isText(column.type) || isByteColumn(column);
    case 'bytes':
      return (
        column !== undefined && (hasExactForms(column) || (isText(column.type) && comparesBytes(column)))
      );
    case 'looseText':
      return (
        column !== undefined &&
        (hasExactForms(column) || (isText(column.type) && comparisonOf(column.collation) === 'bytes'))
      );
    default:
      return unreachable(vindex.sameness);
  }
}

/** Equal values of the column are the same bytes. */
function hasExactForms(column: ColumnTypeInfo): boolean {
  return isIntegral(column.type) || column.type === Type.DATE || isByteColumn(column);
}

function integerVindexValue(column: ColumnTypeInfo | undefined, value: TypedValue): RoutingDecision {
  if (column && isIntegral(column.type)) return integerColumnValue(column, value);
  // Rows of other columns hold values that were integers in digits when they were inserted.
  if (!column || isText(column.type) || isByteColumn(column)) {
    if (isIntegral(value.type)) return exactInteger(integerIn(value));
    if (!isStringValue(value)) return 'scatter';
    const n = integerIn(value);
    return n !== null && n >= 0n && n < maxExactDouble ? exactInteger(n) : 'scatter';
  }
  return 'scatter';
}

function bytesVindexValue(column: ColumnTypeInfo, value: TypedValue): RoutingDecision {
  if (isIntegral(column.type)) return integerColumnValue(column, value);
  if (column.type === Type.DATE) return dateColumnValue(value);
  if (isByteColumn(column)) return isStringValue(value) ? exactBytes(value) : 'scatter';
  if (isText(column.type) && isStringValue(value) && comparesBytes(column)) return { exact: value };
  return 'scatter';
}

function looseTextVindexValue(column: ColumnTypeInfo, value: TypedValue): RoutingDecision {
  if (isIntegral(column.type)) return integerColumnValue(column, value);
  if (column.type === Type.DATE) return dateColumnValue(value);
  if (isText(column.type)) return textColumnValue(column, value);
  // Equal bytes are equal text.
  if (isByteColumn(column) && isStringValue(value)) return exactBytes(value);
  return 'scatter';
}

function textColumnValue(column: ColumnTypeInfo, value: TypedValue): RoutingDecision {
  // A binary string is compared by its bytes in the column's character set.
  if (!isText(value.type) && !(isBinary(value.type) && /^utf8/i.test(column.collation))) return 'scatter';
  const comparison = comparisonOf(column.collation);
  if (comparison === 'unknown' || !isUtf8(value.value)) return 'scatter';
  if (comparison === 'bytes') return { exact: value };
  const texts = comparison.textsEqualTo(value.value);
  if (texts === undefined) return 'scatter';
  const values = texts.map((text) => ({ type: value.type, value: text }));
  return values.length === 1 ? { exact: values[0] } : { exactAny: values };
}

/**
 * An integer column: the value as the one integer that equals it. A fraction equals no row, which the shards may say;
 * text and doubles of 2^53 and more may equal several integers.
 */
function integerColumnValue(column: ColumnTypeInfo, value: TypedValue): RoutingDecision {
  const n = integralNumber(value);
  if (n === null) return 'scatter';
  // A YEAR of two digits compares as one of this or the last century.
  if (column.type === Type.YEAR && (n < 1901n || n > 2155n)) return 'scatter';
  return exactInteger(n);
}

function integralNumber(value: TypedValue): bigint | null {
  if (isIntegral(value.type)) return integerIn(value);
  const text = value.value.length > 128 ? '' : value.value.toString('latin1').trim();
  if (value.type === Type.DECIMAL) {
    const match = /^([+-]?\d+)(?:\.0*)?$/.exec(text);
    return match ? parseInteger(match[1]) : null;
  }
  if (!isFloat(value.type) && !isStringValue(value)) return null;
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return null;
  const double = Number(text);
  if (!Number.isInteger(double)) return null;
  const n = BigInt(double);
  if (n >= maxExactDouble || n <= -maxExactDouble) return null;
  // A tail that the double has no room for (1.00000000000000000001) is a fraction to a decimal comparison.
  return /^[+-]?\d+(?:\.0*)?$/.test(text) || isFloat(value.type) ? n : null;
}

/** A DATE in the one form that the column prints; others (`2020-1-2`, times) are left to the shards. */
function dateColumnValue(value: TypedValue): RoutingDecision {
  if (!isStringValue(value) && value.type !== Type.DATE) return 'scatter';
  const text = value.value.toString('latin1');
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return 'scatter';
  const [year, month, day] = match.slice(1).map(Number);
  const lengths = [31, isLeapYear(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
  if (year === 0 || month < 1 || month > 12 || day < 1 || day > lengths[month - 1]) return 'scatter';
  return { exact: { type: Type.DATE, value: value.value } };
}

function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

/** BINARY is left out: its values are padded with zeros after they were routed. */
function isByteColumn(column: ColumnTypeInfo): boolean {
  return column.type === Type.VARBINARY || column.type === Type.BLOB;
}

/** Collations under which only equal bytes are equal. `utf8mb4_bin` is none: it ignores trailing spaces. */
function comparesBytes(column: ColumnTypeInfo): boolean {
  // CHAR loses trailing spaces when it is stored, after it was routed.
  if (column.type === Type.CHAR) return false;
  return /^(?:binary|utf8mb4_0900_bin|\w+_nopad_bin)$/i.test(column.collation);
}

/** A string that MySQL compares as text or bytes; hex and bit literals are numbers too and stay out. */
function isStringValue(value: TypedValue): boolean {
  return isText(value.type) || isBinary(value.type);
}

function exactBytes(value: TypedValue): RoutingDecision {
  return { exact: { type: Type.VARBINARY, value: value.value } };
}

function integerIn(value: TypedValue): bigint | null {
  return value.value.length > 64 ? null : parseInteger(value.value.toString('latin1').trim());
}

function parseInteger(text: string): bigint | null {
  if (!/^[+-]?\d+$/.test(text)) return null;
  return BigInt(text.startsWith('+') ? text.slice(1) : text);
}

/** The integer in the digits that a column prints: vindexes over text hash those. */
function exactInteger(n: bigint | null): RoutingDecision {
  if (n === null) return 'scatter';
  return { exact: { type: n < 0n ? Type.INT64 : Type.UINT64, value: Buffer.from(n.toString()) } };
}
