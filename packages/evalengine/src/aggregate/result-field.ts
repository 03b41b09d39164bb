import { maxDecimalDigits } from '../decimal';
import { MySqlFlag, Type, isUnsigned, makeField } from '@vitess-ts/sqltypes';
import type { Field } from '@vitess-ts/sqltypes';

/** Decimals that a column definition says of a double that is printed with the digits it needs. */
export const notFixed = 31;
/** Digits that SUM gives a DECIMAL over those of its argument. */
const sumDigits = 22;

/** Digits of integer types, as MySQL counts them. */
const integerPrecision: ReadonlyMap<number, number> = new Map([
  [Type.INT8, 3],
  [Type.UINT8, 3],
  [Type.INT16, 5],
  [Type.UINT16, 5],
  [Type.INT24, 8],
  [Type.UINT24, 8],
  [Type.INT32, 10],
  [Type.UINT32, 10],
  [Type.INT64, 19],
  [Type.UINT64, 20],
  [Type.YEAR, 4],
]);

/**
 * Digits of an exact numeric column, taken from its length. An integer has those of its type, unless it is shorter than
 * columns of that type are: then it was computed.
 */
export function precisionOf(field: Field): number {
  const integer = integerPrecision.get(field.type);
  const sign = (field.flags & MySqlFlag.UNSIGNED) !== 0 ? 0 : 1;
  if (integer !== undefined) {
    const isComputed = (field.flags & MySqlFlag.ZEROFILL) === 0 && field.columnLength > 0;
    return isComputed ? Math.min(integer, Math.max(1, field.columnLength - sign)) : integer;
  }
  return Math.max(1, field.columnLength - sign - (field.decimals > 0 ? 1 : 0));
}

export function decimalField(name: string, precision: number, scale: number): Field {
  return makeField(name, Type.DECIMAL, {
    decimals: scale,
    columnLength: precision + 1 + (scale > 0 ? 1 : 0),
    flags: MySqlFlag.BINARY,
  });
}

export function doubleField(name: string): Field {
  return makeField(name, Type.FLOAT64, { decimals: notFixed, columnLength: 23, flags: MySqlFlag.BINARY });
}

export function bigintField(name: string, type: number): Field {
  const flags = MySqlFlag.NOT_NULL | MySqlFlag.BINARY | (isUnsigned(type) ? MySqlFlag.UNSIGNED : 0);
  return makeField(name, type, { columnLength: 21, flags });
}

/** The column of SUM over an integer or DECIMAL column. */
export function sumField(input: Field): Field {
  return decimalField(input.name, Math.min(precisionOf(input) + sumDigits, maxDecimalDigits), scaleOf(input));
}

/** The column of AVG over an integer or DECIMAL column. */
export function avgField(input: Field, increment: number, maxScale: number): Field {
  return decimalField(
    input.name,
    precisionOf(input) + increment,
    Math.min(scaleOf(input) + increment, maxScale),
  );
}

/**
 * The column of AVG when the shards gave SUM. A SUM of 65 digits, the most there are, does not tell how many its
 * argument had: then the column is as wide as it may have to be.
 */
export function avgFieldOfSum(sum: Field, increment: number, maxScale: number): Field {
  const scale = Math.min(sum.decimals + increment, maxScale);
  const precision =
    precisionOf(sum) >= maxDecimalDigits ? maxDecimalDigits : Math.max(precisionOf(sum) - sumDigits, 1);
  return decimalField(sum.name, precision + increment, scale);
}

export function scaleOf(field: Field): number {
  return field.type === Type.DECIMAL ? field.decimals : 0;
}

/** MIN, MAX and ANY_VALUE: the argument's column without what only holds for the table. */
export function plainField(input: Field): Field {
  const kept =
    MySqlFlag.UNSIGNED |
    MySqlFlag.ZEROFILL |
    MySqlFlag.BINARY |
    MySqlFlag.BLOB |
    MySqlFlag.ENUM |
    MySqlFlag.SET;
  return makeField(input.name, input.type, {
    columnLength: input.columnLength,
    charset: input.charset,
    decimals: input.decimals,
    columnType: input.columnType,
    flags: input.flags & kept,
  });
}
