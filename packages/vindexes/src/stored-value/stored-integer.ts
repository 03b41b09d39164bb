import { Type, isFloat, isIntegral, isText, isBinary, type TypedValue } from '@vitess-ts/sqltypes';
import type { StoredValue, Strictness } from './model';

/** Bits of the integer types. */
const bits: ReadonlyMap<number, number> = new Map([
  [Type.INT8, 8],
  [Type.UINT8, 8],
  [Type.INT16, 16],
  [Type.UINT16, 16],
  [Type.INT24, 24],
  [Type.UINT24, 24],
  [Type.INT32, 32],
  [Type.UINT32, 32],
  [Type.INT64, 64],
  [Type.UINT64, 64],
]);
const unsigned: ReadonlySet<number> = new Set([
  Type.UINT8,
  Type.UINT16,
  Type.UINT24,
  Type.UINT32,
  Type.UINT64,
]);
/** Exponents beyond this give no integer column's number but 0. */
const maxExponent = 400;

/** What an integer column stores. YEAR only takes its four digits, since two of them mean a century. */
export function storedInteger(type: number, value: TypedValue, strictness: Strictness): StoredValue {
  const read = readNumber(value);
  if (read === 'unknown') return 'unknown';
  const isStrict = strictness === 'strict';
  if (read.rest === 'all' && isStrict) return { invalid: 'incorrectInteger' };
  if (read.rest === 'some' && isStrict) return { invalid: 'truncated' };
  if (type === Type.YEAR) {
    return read.n >= 1901n && read.n <= 2155n && read.rest === 'none' ? integer(read.n) : 'unknown';
  }
  const width = bits.get(type);
  if (width === undefined) return 'unknown';
  const isUnsigned = unsigned.has(type);
  const max = (1n << BigInt(isUnsigned ? width : width - 1)) - 1n;
  const min = isUnsigned ? 0n : -max - 1n;
  if (read.n >= min && read.n <= max) return integer(read.n);
  if (isStrict) return { invalid: 'outOfRange' };
  return integer(read.n < min ? min : max);
}

/** A number rounded to an integer, and how much of a text is none. */
interface ReadNumber {
  n: bigint;
  rest: 'none' | 'some' | 'all';
}

function readNumber({ type, value }: TypedValue): ReadNumber | 'unknown' {
  if (value.length > 128) return 'unknown';
  const text = value.toString('latin1');
  if (isIntegral(type))
    return /^[+-]?\d+$/.test(text) ? { n: BigInt(text.replace('+', '')), rest: 'none' } : 'unknown';
  if (isFloat(type)) return nearestEven(Number(text));
  if (type === Type.DECIMAL) return rounded(text, '');
  if (!isText(type) && !isBinary(type)) return 'unknown';
  const match = /^[ \t\n\v\f\r]*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)(.*)$/is.exec(text);
  if (match === null) return { n: 0n, rest: 'all' };
  return rounded(match[1], match[2]);
}

/** Text and decimals round halves away from zero. */
function rounded(number: string, behind: string): ReadNumber | 'unknown' {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:e([+-]?\d+))?$/i.exec(number);
  if (match === null) return 'unknown';
  const [, sign, whole, fraction, exponent = '0'] = match;
  const shift = Number(exponent) - fraction.length;
  if (Math.abs(shift) > maxExponent) return 'unknown';
  const digits = BigInt(whole + fraction || '0');
  let n = digits;
  if (shift > 0) n *= 10n ** BigInt(shift);
  if (shift < 0) {
    const unit = 10n ** BigInt(-shift);
    n = digits / unit + ((digits % unit) * 2n >= unit ? 1n : 0n);
  }
  return { n: sign === '-' ? -n : n, rest: /^[ \t\n\v\f\r]*$/.test(behind) ? 'none' : 'some' };
}

/** Doubles round halves to even; those that have no room for fractions are left alone. */
function nearestEven(double: number): ReadNumber | 'unknown' {
  if (!Number.isFinite(double) || Math.abs(double) >= 2 ** 52) return 'unknown';
  const floor = Math.floor(double);
  const part = double - floor;
  const n = part > 0.5 || (part === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
  return { n: BigInt(n), rest: 'none' };
}

function integer(n: bigint): StoredValue {
  return { stored: { type: n < 0n ? Type.INT64 : Type.UINT64, value: Buffer.from(n.toString()) } };
}
