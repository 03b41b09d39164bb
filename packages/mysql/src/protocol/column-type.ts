import { BINARY_COLLATION, MySqlFlag, Type } from '@vitess-ts/sqltypes';
import { ColumnType } from './constants';

/** The `Type` of a column: what its protocol type, its flags and its character set together say. */
export function typeOfColumn(columnType: number, flags: number, charset: number): Type {
  const unsigned = (flags & MySqlFlag.UNSIGNED) !== 0;
  const binary = charset === BINARY_COLLATION;
  switch (columnType) {
    case ColumnType.TINY:
      return unsigned ? Type.UINT8 : Type.INT8;
    case ColumnType.SHORT:
      return unsigned ? Type.UINT16 : Type.INT16;
    case ColumnType.INT24:
      return unsigned ? Type.UINT24 : Type.INT24;
    case ColumnType.LONG:
      return unsigned ? Type.UINT32 : Type.INT32;
    case ColumnType.LONGLONG:
      return unsigned ? Type.UINT64 : Type.INT64;
    case ColumnType.FLOAT:
      return Type.FLOAT32;
    case ColumnType.DOUBLE:
      return Type.FLOAT64;
    case ColumnType.DECIMAL:
    case ColumnType.NEWDECIMAL:
      return Type.DECIMAL;
    case ColumnType.NULL:
      return Type.NULL_TYPE;
    case ColumnType.TIMESTAMP:
    case ColumnType.TIMESTAMP2:
      return Type.TIMESTAMP;
    case ColumnType.DATE:
    case ColumnType.NEWDATE:
      return Type.DATE;
    case ColumnType.TIME:
    case ColumnType.TIME2:
      return Type.TIME;
    case ColumnType.DATETIME:
    case ColumnType.DATETIME2:
      return Type.DATETIME;
    case ColumnType.YEAR:
      return Type.YEAR;
    case ColumnType.BIT:
      return Type.BIT;
    case ColumnType.JSON:
      return Type.JSON;
    case ColumnType.VECTOR:
      return Type.VECTOR;
    case ColumnType.GEOMETRY:
      return Type.GEOMETRY;
    case ColumnType.ENUM:
      return Type.ENUM;
    case ColumnType.SET:
      return Type.SET;
    case ColumnType.TINY_BLOB:
    case ColumnType.MEDIUM_BLOB:
    case ColumnType.LONG_BLOB:
    case ColumnType.BLOB:
      return binary ? Type.BLOB : Type.TEXT;
    case ColumnType.VARCHAR:
    case ColumnType.VAR_STRING:
      return textOrBinary(flags, binary, Type.VARCHAR, Type.VARBINARY);
    case ColumnType.STRING:
      return textOrBinary(flags, binary, Type.CHAR, Type.BINARY);
    default:
      return binary ? Type.VARBINARY : Type.VARCHAR;
  }
}

function textOrBinary(flags: number, binary: boolean, text: Type, bytes: Type): Type {
  if ((flags & MySqlFlag.ENUM) !== 0) return Type.ENUM;
  if ((flags & MySqlFlag.SET) !== 0) return Type.SET;
  return binary ? bytes : text;
}

/** The protocol's column type for a `Type`, and the flags that the type itself implies. */
export function columnOfType(type: number): { columnType: number; flags: number } {
  return columns.get(type) ?? { columnType: ColumnType.VAR_STRING, flags: 0 };
}

const column = (columnType: number, flags = 0) => ({ columnType, flags });

const columns = new Map<number, { columnType: number; flags: number }>([
  [Type.NULL_TYPE, column(ColumnType.NULL, MySqlFlag.BINARY)],
  [Type.INT8, column(ColumnType.TINY)],
  [Type.UINT8, column(ColumnType.TINY, MySqlFlag.UNSIGNED)],
  [Type.INT16, column(ColumnType.SHORT)],
  [Type.UINT16, column(ColumnType.SHORT, MySqlFlag.UNSIGNED)],
  [Type.INT24, column(ColumnType.INT24)],
  [Type.UINT24, column(ColumnType.INT24, MySqlFlag.UNSIGNED)],
  [Type.INT32, column(ColumnType.LONG)],
  [Type.UINT32, column(ColumnType.LONG, MySqlFlag.UNSIGNED)],
  [Type.INT64, column(ColumnType.LONGLONG)],
  [Type.UINT64, column(ColumnType.LONGLONG, MySqlFlag.UNSIGNED)],
  [Type.FLOAT32, column(ColumnType.FLOAT)],
  [Type.FLOAT64, column(ColumnType.DOUBLE)],
  [Type.DECIMAL, column(ColumnType.NEWDECIMAL)],
  [Type.TIMESTAMP, column(ColumnType.TIMESTAMP)],
  [Type.DATE, column(ColumnType.DATE, MySqlFlag.BINARY)],
  [Type.TIME, column(ColumnType.TIME, MySqlFlag.BINARY)],
  [Type.DATETIME, column(ColumnType.DATETIME, MySqlFlag.BINARY)],
  [Type.YEAR, column(ColumnType.YEAR, MySqlFlag.UNSIGNED)],
  [Type.BIT, column(ColumnType.BIT, MySqlFlag.UNSIGNED)],
  [Type.TEXT, column(ColumnType.BLOB, MySqlFlag.BLOB)],
  [Type.BLOB, column(ColumnType.BLOB, MySqlFlag.BLOB | MySqlFlag.BINARY)],
  [Type.VARCHAR, column(ColumnType.VAR_STRING)],
  [Type.VARBINARY, column(ColumnType.VAR_STRING, MySqlFlag.BINARY)],
  [Type.CHAR, column(ColumnType.STRING)],
  [Type.BINARY, column(ColumnType.STRING, MySqlFlag.BINARY)],
  [Type.ENUM, column(ColumnType.STRING, MySqlFlag.ENUM)],
  [Type.SET, column(ColumnType.STRING, MySqlFlag.SET)],
  [Type.GEOMETRY, column(ColumnType.GEOMETRY, MySqlFlag.BLOB | MySqlFlag.BINARY)],
  [Type.JSON, column(ColumnType.JSON, MySqlFlag.BLOB | MySqlFlag.BINARY)],
  [Type.VECTOR, column(ColumnType.VECTOR, MySqlFlag.BINARY)],
  [Type.HEXNUM, column(ColumnType.VAR_STRING, MySqlFlag.BINARY)],
  [Type.HEXVAL, column(ColumnType.VAR_STRING, MySqlFlag.BINARY)],
  [Type.BITNUM, column(ColumnType.VAR_STRING, MySqlFlag.BINARY)],
]);
