import { type BindVariable, bindVariable, nullBindVariable, Type } from '@vitess-ts/sqltypes';
import { readDateTime, readTime } from './binary-time';
import { ColumnType } from './constants';
import type { PayloadReader } from './payload-reader';
import { unusableParameters } from './protocol-error';

/** Type of a parameter as a client says it. */
export interface ParameterType {
  columnType: number;
  unsigned: boolean;
}

/** A parameter's value. Text is in the client's character set; numbers and times are text in ASCII. */
export type ParameterValue = BindVariable;

const UNSIGNED = 0x80;

/** Reads the types of `count` parameters, and their names where the client sends them (query attributes). */
export function readParameterTypes(
  reader: PayloadReader,
  count: number,
  named: boolean,
): { types: ParameterType[]; names: string[] } {
  const types: ParameterType[] = [];
  const names: string[] = [];
  for (let i = 0; i < count; i++) {
    const columnType = reader.uint8();
    types.push({ columnType, unsigned: (reader.uint8() & UNSIGNED) !== 0 });
    names.push(named ? reader.lenencString() : '');
  }
  return { types, names };
}

/** True when bit i of a NULL bitmap is set. */
export function isNullAt(bitmap: Buffer, i: number): boolean {
  return ((bitmap[i >> 3] >> (i & 7)) & 1) === 1;
}

/** Reads one value in the binary protocol. Throws `SqlError` 2027, or 1210 for what cannot be a value. */
export function readParameter(reader: PayloadReader, type: ParameterType): ParameterValue {
  const { columnType, unsigned } = type;
  switch (columnType) {
    case ColumnType.TINY:
      return integer(signed(reader.uint8(), 1, unsigned), unsigned);
    case ColumnType.SHORT:
    case ColumnType.YEAR:
      return integer(signed(reader.uint16(), 2, unsigned), unsigned);
    case ColumnType.LONG:
    case ColumnType.INT24:
      return integer(signed(reader.uint32(), 4, unsigned), unsigned);
    case ColumnType.LONGLONG: {
      const bytes = reader.bytes(8);
      return unsigned
        ? bindVariable(Type.UINT64, bytes.readBigUInt64LE(0).toString())
        : bindVariable(Type.INT64, bytes.readBigInt64LE(0).toString());
    }
    case ColumnType.FLOAT:
      return double(reader.bytes(4).readFloatLE(0));
    case ColumnType.DOUBLE:
      return double(reader.bytes(8).readDoubleLE(0));
    case ColumnType.DATE:
    case ColumnType.NEWDATE:
      return bindVariable(Type.DATE, readDateTime(reader, false));
    case ColumnType.DATETIME:
    case ColumnType.TIMESTAMP:
      return bindVariable(Type.DATETIME, readDateTime(reader, true));
    case ColumnType.TIME:
      return bindVariable(Type.TIME, readTime(reader));
    case ColumnType.NULL:
      return nullBindVariable();
    default:
      return bytesParameter(columnType, reader.lenencBytes());
  }
}

/** A value that came as bytes, in the packet or by COM_STMT_SEND_LONG_DATA. Keeps no reference to `bytes`. */
export function bytesParameter(columnType: number, bytes: Buffer): ParameterValue {
  const value = Buffer.from(bytes);
  switch (columnType) {
    case ColumnType.DECIMAL:
    case ColumnType.NEWDECIMAL:
      return decimal(value);
    case ColumnType.TINY_BLOB:
    case ColumnType.MEDIUM_BLOB:
    case ColumnType.LONG_BLOB:
    case ColumnType.BLOB:
    case ColumnType.GEOMETRY:
    case ColumnType.BIT:
    case ColumnType.VECTOR:
      return bindVariable(Type.VARBINARY, value);
    case ColumnType.VARCHAR:
    case ColumnType.VAR_STRING:
    case ColumnType.STRING:
    case ColumnType.ENUM:
    case ColumnType.SET:
    case ColumnType.JSON:
      return bindVariable(Type.VARCHAR, value);
    default:
      throw unusableParameters();
  }
}

/** A text that is no number is a text to MySQL too, which reads a number off its start. */
function decimal(value: Buffer): ParameterValue {
  const isNumber = /^[+-]?(\d+\.?\d*|\.\d+)$/.test(value.toString('latin1'));
  return bindVariable(isNumber ? Type.DECIMAL : Type.VARCHAR, value);
}

function signed(value: number, bytes: 1 | 2 | 4, unsigned: boolean): number {
  const bits = 32 - 8 * bytes;
  return unsigned ? value : (value << bits) >> bits;
}

function integer(value: number, unsigned: boolean): ParameterValue {
  return bindVariable(unsigned ? Type.UINT32 : Type.INT32, String(value));
}

function double(value: number): ParameterValue {
  if (!Number.isFinite(value)) throw unusableParameters();
  return bindVariable(Type.FLOAT64, Object.is(value, -0) ? '-0' : String(value));
}
