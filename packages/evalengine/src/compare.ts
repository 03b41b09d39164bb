import { BINARY_COLLATION, Type, isBinary, isFloat, isIntegral, isText } from '@vitess-ts/sqltypes';
import type { Value } from '@vitess-ts/sqltypes';

/** What values are compared by; `charset` is the collation id, as in a `Field`. */
export interface ValueType {
  type: number;
  charset: number;
}

/** Orders two values of one column: negative, 0 or positive. NULL comes first. */
export type Comparator = (a: Value, b: Value) => number;

/** How values of a type are compared as they come in text rows, without decoding them more than needed. */
type Kind = 'number' | 'double' | 'time' | 'datetime' | 'bytes' | 'bits' | 'null';

/**
 * The order that ORDER BY and MIN have on values of a type, both sides in the form that mysqld sends. Undefined when
 * it cannot be told from the values: text has its collation's order, so the caller fetches WEIGHT_STRING and compares
 * that (a VARBINARY); ENUM and SET are ordered by number (fetch `col+0`), JSON by rules of its own.
 */
export function comparatorFor(of: ValueType): Comparator | undefined {
  const kind = kindOf(of);
  return kind && withNulls(comparators[kind]);
}

/** True when `comparatorFor` and `keyOf` work on the values themselves. */
export function isComparable(of: ValueType): boolean {
  return kindOf(of) !== undefined;
}

export function kindOf({ type, charset }: ValueType): Kind | undefined {
  if (isIntegral(type) || type === Type.DECIMAL) return 'number';
  if (isFloat(type)) return 'double';
  if (isBinary(type) || (isText(type) && charset === BINARY_COLLATION)) return 'bytes';
  switch (type) {
    case Type.DATE:
    case Type.DATETIME:
    case Type.TIMESTAMP:
      return 'datetime';
    case Type.TIME:
      return 'time';
    case Type.BIT:
      return 'bits';
    case Type.NULL_TYPE:
      return 'null';
    default:
      return undefined;
  }
}

const comparators: Record<Kind, (a: Buffer, b: Buffer) => number> = {
  number: compareNumbers,
  double: (a, b) => Number(a.toString('latin1')) - Number(b.toString('latin1')) || 0,
  time: compareNumbers,
  datetime: compareFractionTail,
  bytes: (a, b) => a.compare(b),
  bits: (a, b) => withoutZeros(a).length - withoutZeros(b).length || withoutZeros(a).compare(withoutZeros(b)),
  null: () => 0,
};

function withNulls(compare: (a: Buffer, b: Buffer) => number): Comparator {
  return (a, b) => (a === null || b === null ? Number(a !== null) - Number(b !== null) : compare(a, b));
}

const minus = 0x2d;
const zero = 0x30;
const point = 0x2e;
const colon = 0x3a;

/**
 * Compares the texts of integers and decimals of any length, and of TIMEs: sign, then digits up to the point or the
 * first colon by length and bytes, then the rest, where missing digits count as zeros.
 */
function compareNumbers(a: Buffer, b: Buffer): number {
  const [aNegative, bNegative] = [a[0] === minus, b[0] === minus];
  if (aNegative !== bNegative) return isZero(a) && isZero(b) ? 0 : aNegative ? -1 : 1;
  return aNegative ? compareMagnitudes(b, a, 1) : compareMagnitudes(a, b, 0);
}

function compareMagnitudes(a: Buffer, b: Buffer, from: number): number {
  let [i, j] = [from, from];
  while (a[i] === zero) i++;
  while (b[j] === zero) j++;
  const [aEnd, bEnd] = [wholeEnd(a, i), wholeEnd(b, j)];
  if (aEnd - i !== bEnd - j) return aEnd - i < bEnd - j ? -1 : 1;
  for (; i < aEnd; i++, j++) if (a[i] !== b[j]) return a[i] < b[j] ? -1 : 1;
  return compareTails(a, i, b, j);
}

function wholeEnd(a: Buffer, from: number): number {
  let i = from;
  while (i < a.length && a[i] !== point && a[i] !== colon) i++;
  return i;
}

/** Compares fractions (or minutes and seconds): a missing point or digit counts as zero. */
function compareTails(a: Buffer, i: number, b: Buffer, j: number): number {
  for (; i < a.length || j < b.length; i++, j++) {
    const x = i < a.length && a[i] !== point ? a[i] : zero;
    const y = j < b.length && b[j] !== point ? b[j] : zero;
    if (x !== y) return x < y ? -1 : 1;
  }
  return 0;
}

function isZero(a: Buffer): boolean {
  for (const c of a) if (c >= 0x31 && c <= 0x39) return false;
  return true;
}

/** Dates and times of one form compare as text; one may have more digits of a second than the other. */
function compareFractionTail(a: Buffer, b: Buffer): number {
  const common = Math.min(a.length, b.length);
  const order = a.compare(b, 0, common, 0, common);
  return order !== 0 || a.length === b.length ? order : compareTails(a, common, b, common);
}

function withoutZeros(bits: Buffer): Buffer {
  let from = 0;
  while (from < bits.length && bits[from] === 0) from++;
  return bits.subarray(from);
}
