import {
  BINARY_COLLATION,
  MySqlFlag,
  Type,
  isBinary,
  isIntegral,
  isText,
  isTemporal,
  isUnsigned,
  makeField,
} from '@vitess-ts/sqltypes';
import type { Field } from '@vitess-ts/sqltypes';
import { decimalField, doubleField, notFixed, precisionOf } from '../aggregate/result-field';
import { maxDecimalDigits } from '../decimal';
import { NotExact } from './not-exact';

/** What is known of a value before any row is read. The form of the values: see `Datum`. */
export type StaticType =
  | { kind: 'null' }
  | { kind: 'int'; unsigned: boolean; precision: number; field: Field }
  /**
   * `scale` is undefined for a bind variable: then the value may be compared, but no result column made of it.
   * `quotientScale`: the value comes of a quotient, which is rounded only when it is printed, and has at least this
   * many digits until then. `leastScale`: values may have this many digits only, until they are printed.
   */
  | {
      kind: 'decimal';
      precision: number;
      scale: number | undefined;
      nonZero?: boolean;
      quotientScale?: number;
      leastScale?: number;
    }
  | { kind: 'double' }
  /** Text or bytes; `isLiteral`: written in the query, in the connection's character set. */
  | { kind: 'bytes'; field: Field; isLiteral: boolean }
  | { kind: 'temporal'; field: Field };

export type IntType = Extract<StaticType, { kind: 'int' }>;
export type NumericType = Extract<StaticType, { kind: 'int' | 'decimal' | 'double' }>;

/** Width from which MariaDB calls the result of integer arithmetic a BIGINT. */
const bigintWidth = 10;
const maxIntegerWidth = 21;

/** The type of a column. Throws `NotExact` for one whose values are not known exactly from their text. */
export function typeOfField(field: Field): StaticType {
  const { type } = field;
  if (type === Type.NULL_TYPE) return { kind: 'null' };
  if (isIntegral(type))
    return { kind: 'int', unsigned: isUnsigned(type), precision: precisionOf(field), field };
  if (type === Type.DECIMAL) return { kind: 'decimal', precision: precisionOf(field), scale: field.decimals };
  // FLOAT, and DOUBLE with a number of decimals, are printed with fewer digits than they have.
  if (type === Type.FLOAT64 && field.decimals >= notFixed) return { kind: 'double' };
  if (isTemporal(type)) return { kind: 'temporal', field };
  if (isText(type) || isBinary(type)) return { kind: 'bytes', field, isLiteral: false };
  throw new NotExact(`a column of type ${type}`);
}

export function intType(precision: number, unsigned: boolean): IntType {
  const columnLength = Math.min(precision + (unsigned ? 0 : 1), maxIntegerWidth);
  const wide = columnLength >= bigintWidth;
  const type = unsigned ? (wide ? Type.UINT64 : Type.UINT32) : wide ? Type.INT64 : Type.INT32;
  const flags = MySqlFlag.BINARY | (unsigned ? MySqlFlag.UNSIGNED : 0);
  return { kind: 'int', unsigned, precision, field: makeField('', type, { columnLength, flags }) };
}

/** Comparisons and logic give 0, 1 or NULL. */
export function booleanType(): StaticType {
  const field = makeField('', Type.INT32, { columnLength: 1, flags: MySqlFlag.BINARY });
  return { kind: 'int', unsigned: false, precision: 1, field };
}

/** Throws `NotExact` when MySQL might have to cut the result to 65 digits. */
export function decimalType(
  precision: number,
  scale: number | undefined,
  of: { quotientScale?: number; leastScale?: number } = {},
): StaticType {
  if (precision > maxDecimalDigits) throw new NotExact('a DECIMAL of more than 65 digits');
  return { ...of, kind: 'decimal', precision, scale };
}

/** The result column of an expression. Throws `NotExact` when its scale is not known. */
export function fieldOf(type: StaticType): Field {
  switch (type.kind) {
    case 'null':
      return makeField('', Type.NULL_TYPE, { flags: MySqlFlag.BINARY });
    case 'int':
      return plain(type.field);
    case 'decimal':
      if (type.scale === undefined) throw new NotExact('a DECIMAL of unknown scale');
      // A quotient that was cut to zero keeps its minus, which shows unless it is rounded.
      if ((type.quotientScale ?? Infinity) <= type.scale)
        throw new NotExact('a quotient that may print as -0');
      return decimalField('', type.precision, type.scale);
    case 'double':
      return doubleField('');
    case 'bytes':
    case 'temporal':
      return plain(type.field);
  }
}

/** The column without what only holds for a table. */
function plain(field: Field): Field {
  const kept = MySqlFlag.UNSIGNED | MySqlFlag.BINARY | MySqlFlag.BLOB | MySqlFlag.ZEROFILL;
  return makeField('', field.type, {
    columnLength: field.columnLength,
    charset: field.charset,
    decimals: field.decimals,
    flags: field.flags & kept,
  });
}

export function isNumeric(type: StaticType): type is NumericType {
  return type.kind === 'int' || type.kind === 'decimal' || type.kind === 'double';
}

export function isBinaryBytes(type: StaticType): boolean {
  return type.kind === 'bytes' && (type.field.charset === BINARY_COLLATION || isBinary(type.field.type));
}

/** Digits before the point. */
export function wholeDigits(type: NumericType): number {
  return type.kind === 'int'
    ? type.precision
    : type.kind === 'decimal'
      ? type.precision - (type.scale ?? 0)
      : 0;
}

export function scaleOf(type: NumericType): number | undefined {
  return type.kind === 'decimal' ? type.scale : 0;
}

/** The least digits of the quotients among the values; undefined when there is none. */
export function quotientScaleOf(...types: StaticType[]): number | undefined {
  const scales = types.flatMap((t) =>
    t.kind === 'decimal' && t.quotientScale !== undefined ? [t.quotientScale] : [],
  );
  return scales.length > 0 ? Math.min(...scales) : undefined;
}

/** The digits that each value has after the point, whatever the type says of the printed ones. */
export function leastScaleOf(type: NumericType): number {
  return type.kind === 'decimal' ? (type.leastScale ?? type.scale ?? 0) : 0;
}
