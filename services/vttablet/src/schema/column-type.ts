import { BINARY_COLLATION, Type } from '@vitess-ts/sqltypes';

/**
 * The wire type of a column from information_schema's DATA_TYPE and COLUMN_TYPE. A collation tells text from bytes
 * where MySQL's names do not.
 */
export function columnTypeNumber(dataType: string, columnType: string, collation: string | null): Type {
  const unsigned = /\bunsigned\b/i.test(columnType) || /\bzerofill\b/i.test(columnType);
  const integer = integers.get(dataType);
  if (integer) return unsigned ? integer.unsigned : integer.signed;
  const known = types.get(dataType);
  if (known !== undefined) return known;
  // Types of MariaDB's own (uuid, inet6) and those of later versions are sent as strings.
  return collation === null ? Type.BINARY : Type.CHAR;
}

/** Whether values of the type are compared by a collation. */
export function hasCollation(collation: string | null): collation is string {
  return collation !== null && collation !== '' && collation !== 'binary';
}

export const binaryCollation = BINARY_COLLATION;

const integers = new Map<string, { signed: Type; unsigned: Type }>([
  ['tinyint', { signed: Type.INT8, unsigned: Type.UINT8 }],
  ['smallint', { signed: Type.INT16, unsigned: Type.UINT16 }],
  ['mediumint', { signed: Type.INT24, unsigned: Type.UINT24 }],
  ['int', { signed: Type.INT32, unsigned: Type.UINT32 }],
  ['bigint', { signed: Type.INT64, unsigned: Type.UINT64 }],
]);

const types = new Map<string, Type>([
  ['float', Type.FLOAT32],
  ['double', Type.FLOAT64],
  ['decimal', Type.DECIMAL],
  ['timestamp', Type.TIMESTAMP],
  ['date', Type.DATE],
  ['time', Type.TIME],
  ['datetime', Type.DATETIME],
  ['year', Type.YEAR],
  ['char', Type.CHAR],
  ['varchar', Type.VARCHAR],
  ['binary', Type.BINARY],
  ['varbinary', Type.VARBINARY],
  ['tinytext', Type.TEXT],
  ['text', Type.TEXT],
  ['mediumtext', Type.TEXT],
  ['longtext', Type.TEXT],
  ['tinyblob', Type.BLOB],
  ['blob', Type.BLOB],
  ['mediumblob', Type.BLOB],
  ['longblob', Type.BLOB],
  ['bit', Type.BIT],
  ['enum', Type.ENUM],
  ['set', Type.SET],
  ['json', Type.JSON],
  ['vector', Type.VECTOR],
  ['geometry', Type.GEOMETRY],
  ['point', Type.GEOMETRY],
  ['linestring', Type.GEOMETRY],
  ['polygon', Type.GEOMETRY],
  ['multipoint', Type.GEOMETRY],
  ['multilinestring', Type.GEOMETRY],
  ['multipolygon', Type.GEOMETRY],
  ['geometrycollection', Type.GEOMETRY],
]);
