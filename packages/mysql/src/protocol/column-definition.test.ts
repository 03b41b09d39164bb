import { MySqlFlag, makeField, Type } from '@vitess-ts/sqltypes';
import { decodeColumnDefinition, encodeColumnDefinition } from './column-definition';
import { typeOfColumn } from './column-type';
import { ColumnType } from './constants';
import { PayloadReader } from './payload-reader';

const decode = (payload: Buffer) => decodeColumnDefinition(new PayloadReader(payload, 0, payload.length));

const kept = Object.values(Type).filter(
  (type) =>
    !(
      [
        Type.TUPLE,
        Type.EXPRESSION,
        Type.HEXNUM,
        Type.HEXVAL,
        Type.BITNUM,
        Type.RAW,
        Type.ROW_TUPLE,
      ] as number[]
    ).includes(type),
);

test.each(kept)('type %i survives encoding and decoding', (type) => {
  const field = makeField('näme', type, {
    table: 't',
    orgTable: 'orig',
    database: 'db',
    orgName: 'o',
    columnLength: 0xfffffff0,
    charset: 0,
    decimals: 31,
    flags: MySqlFlag.NOT_NULL,
  });
  const back = decode(encodeColumnDefinition(field, 45));
  expect(back.type).toBe(type);
  expect(back).toMatchObject({
    name: 'näme',
    table: 't',
    orgTable: 'orig',
    database: 'db',
    orgName: 'o',
    columnLength: 0xfffffff0,
    decimals: 31,
  });
  expect(back.flags & MySqlFlag.NOT_NULL).toBe(1);
  // What was read once is sent again as it is.
  expect(decode(encodeColumnDefinition(back, 8))).toEqual(back);
});

test('the type follows from column type, flags and character set together', () => {
  expect(typeOfColumn(ColumnType.LONG, MySqlFlag.UNSIGNED, 63)).toBe(Type.UINT32);
  expect(typeOfColumn(ColumnType.VAR_STRING, 0, 63)).toBe(Type.VARBINARY);
  // A _bin collation has the BINARY flag, and is text nonetheless.
  expect(typeOfColumn(ColumnType.VAR_STRING, MySqlFlag.BINARY, 46)).toBe(Type.VARCHAR);
  expect(typeOfColumn(ColumnType.BLOB, MySqlFlag.BLOB | MySqlFlag.BINARY, 63)).toBe(Type.BLOB);
  expect(typeOfColumn(ColumnType.BLOB, MySqlFlag.BLOB, 45)).toBe(Type.TEXT);
  expect(typeOfColumn(ColumnType.STRING, MySqlFlag.ENUM, 63)).toBe(Type.ENUM);
  expect(typeOfColumn(ColumnType.STRING, MySqlFlag.SET, 45)).toBe(Type.SET);
  expect(typeOfColumn(ColumnType.NEWDECIMAL, 0, 63)).toBe(Type.DECIMAL);
});

test('a definition cut short at any place is malformed, never read over its end', () => {
  const payload = encodeColumnDefinition(makeField('a', Type.INT64), 45);
  for (let end = 0; end < payload.length; end++) {
    expect(() => decodeColumnDefinition(new PayloadReader(payload, 0, end))).toThrow(
      expect.objectContaining({ errno: 2027 }),
    );
  }
});
