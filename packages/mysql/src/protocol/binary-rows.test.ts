import { makeField, RowBatch, Type } from '@vitess-ts/sqltypes';
import { BinaryRowEncoder } from './binary-rows';
import { readDateTime, readTime } from './binary-time';
import { PayloadReader } from './payload-reader';

/** The binary form of one value, without the row's head and NULL bitmap. */
function binary(type: number, text: string | null): string {
  const rows = RowBatch.from(1, [[text === null ? null : Buffer.from(text, 'latin1')]]);
  const encoded = new BinaryRowEncoder([makeField('c', type)]).encode(rows);
  const row = encoded.rowBytes(0).toString('hex');
  return text === null ? row : row.replace(/^0000/, '');
}

describe('a value of a text row becomes what the binary protocol has for it', () => {
  test.each<[number, string, string]>([
    [Type.INT8, '-1', 'ff'],
    [Type.UINT8, '255', 'ff'],
    [Type.INT16, '-32768', '0080'],
    [Type.YEAR, '2024', 'e807'],
    [Type.INT24, '-8388608', '000080ff'],
    [Type.UINT32, '4294967295', 'ffffffff'],
    [Type.UINT32, '0000000005', '05000000'],
    [Type.INT64, '-1', 'ffffffffffffffff'],
    [Type.INT64, '-4294967297', 'fffffffffeffffff'],
    [Type.INT64, '-9223372036854775808', '0000000000000080'],
    [Type.UINT64, '18446744073709551615', 'ffffffffffffffff'],
    [Type.FLOAT32, '1.5', '0000c03f'],
    [Type.FLOAT64, '-0.1', '9a9999999999b9bf'],
    [Type.FLOAT64, '1e300', '9c7500883ce4377e'],
    [Type.DECIMAL, '1.50', '04312e3530'],
    [Type.DATE, '2024-02-03', '04e8070203'],
    [Type.DATE, '0000-00-00', '00'],
    [Type.DATETIME, '2024-02-03 00:00:00', '04e8070203'],
    [Type.DATETIME, '2024-02-03 04:05:06', '07e8070203040506'],
    [Type.DATETIME, '2024-02-03 00:00:00.000001', '0be807020300000001000000'],
    [Type.TIMESTAMP, '0000-00-00 00:00:00.000000', '00'],
    [Type.DATETIME, '2024-00-00 00:00:00', '04e8070000'],
    [Type.TIME, '00:00:00.000', '00'],
    [Type.TIME, '-838:59:59', '080122000000163b3b'],
    [Type.TIME, '12:00:00.5', '0c00000000000c000020a10700'],
    [Type.BIT, '\x05', '0105'],
    [Type.GEOMETRY, 'abc', '03616263'],
    [Type.VARCHAR, '', '00'],
    [Type.BLOB, 'x'.repeat(300), `fc2c01${'78'.repeat(300)}`],
  ])('%i %s', (type, text, hex) => {
    expect(binary(type, text)).toBe(hex);
  });

  test('NULLs are bits, two bits further', () => {
    const fields = Array.from({ length: 8 }, () => makeField('c', Type.INT8));
    const one = Buffer.from('1');
    const rows = RowBatch.from(8, [[null, one, one, one, one, one, null, null]]);
    expect(new BinaryRowEncoder(fields).encode(rows).data.toString('hex')).toBe('0004030101010101');
  });

  test('a text that is not what its column says is an error that names the column', () => {
    expect(() => binary(Type.INT32, 'abc')).toThrow('the value "abc" of column c has no binary form');
    expect(() => binary(Type.DATE, 'today')).toThrow('column c');
    expect(() => binary(Type.INT64, '')).toThrow('column c');
  });
});

describe('dates and times of parameters', () => {
  const reader = (hex: string): PayloadReader => {
    const bytes = Buffer.from(hex, 'hex');
    return new PayloadReader(bytes, 0, bytes.length);
  };

  test.each([
    ['00', '0000-00-00 00:00:00'],
    ['04e8070203', '2024-02-03 00:00:00'],
    ['07e8070203040506', '2024-02-03 04:05:06'],
    ['0be807020304050601000000', '2024-02-03 04:05:06.000001'],
  ])('%s is %s', (hex, text) => {
    expect(readDateTime(reader(hex), true)).toBe(text);
    expect(readDateTime(reader(hex), false)).toBe(text.slice(0, 10));
  });

  test.each([
    ['00', '00:00:00'],
    ['080122000000163b3b', '-838:59:59'],
    ['0c00000000000c000020a10700', '12:00:00.500000'],
  ])('%s is %s', (hex, text) => expect(readTime(reader(hex))).toBe(text));

  test('other lengths are malformed', () => {
    expect(() => readDateTime(reader('05e807020304'), true)).toThrow('Malformed packet');
    expect(() => readTime(reader('0701220000001600'))).toThrow('Malformed packet');
  });
});
