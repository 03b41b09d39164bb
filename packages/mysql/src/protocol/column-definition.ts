import { BINARY_COLLATION, type Field, isQuoted, isText, Type } from '@vitess-ts/sqltypes';
import { columnOfType, typeOfColumn } from './column-type';
import { PayloadReader } from './payload-reader';
import { PayloadWriter } from './payload-writer';

/** Decodes one column definition (protocol 4.1); the reader stands after it, at the default of a field list if any. */
export function decodeColumnDefinition(reader: PayloadReader): Field {
  reader.lenencBytes(); // catalogue, always "def"
  const database = reader.lenencString();
  const table = reader.lenencString();
  const orgTable = reader.lenencString();
  const name = reader.lenencString();
  const orgName = reader.lenencString();
  reader.lenenc(); // length of the fixed part
  const charset = reader.uint16();
  const columnLength = reader.uint32();
  const columnType = reader.uint8();
  const flags = reader.uint16();
  const decimals = reader.uint8();
  reader.skip(2);
  const type = typeOfColumn(columnType, flags, charset);
  return {
    name,
    type,
    table,
    orgTable,
    database,
    orgName,
    columnLength,
    charset,
    decimals,
    flags,
    columnType: '',
  };
}

/**
 * Encodes a field as a column definition payload. `textCollation` stands in for a text field whose collation is not
 * known (0), as fields that were made up rather than read.
 */
export function encodeColumnDefinition(field: Field, textCollation: number): Buffer {
  return columnDefinitionWriter(field, textCollation).finish();
}

/** The same with the default value that COM_FIELD_LIST's answer carries (NULL here). */
export function encodeListedColumn(field: Field, textCollation: number): Buffer {
  return columnDefinitionWriter(field, textCollation).uint8(0xfb).finish();
}

function columnDefinitionWriter(field: Field, textCollation: number): PayloadWriter {
  const { columnType, flags } = columnOfType(field.type);
  return new PayloadWriter(96)
    .lenencString('def')
    .lenencString(field.database)
    .lenencString(field.table)
    .lenencString(field.orgTable)
    .lenencString(field.name)
    .lenencString(field.orgName)
    .uint8(0x0c)
    .uint16(field.charset !== 0 ? field.charset : defaultCharset(field.type, textCollation))
    .uint32(field.columnLength)
    .uint8(columnType)
    .uint16((field.flags | flags) & 0xffff)
    .uint8(field.decimals)
    .zeros(2);
}

function defaultCharset(type: number, textCollation: number): number {
  const text = isText(type) || type === Type.ENUM || type === Type.SET;
  return text && isQuoted(type) ? textCollation : BINARY_COLLATION;
}
