import { Type, typeByName, typeName } from '@vitess-ts/sqltypes';
import { canRouteByValue, createVindex, equalValuesMeet } from './index';

/** `TYPE text` of the exact value, or `scatter`. */
function route(vindex: string, column: [string, string?] | undefined, type: string, text: string): string {
  const decision = canRouteByValue(
    createVindex(vindex, 'v'),
    column && { type: typeByName(column[0]) ?? -1, collation: column[1] ?? '' },
    { type: typeByName(type) ?? -1, value: Buffer.from(text) },
  );
  if (decision === 'scatter') return decision;
  if ('exactAny' in decision)
    return decision.exactAny.map((v) => v.value.toString().replaceAll('\0', '').normalize('NFC')).join('|');
  return `${typeName(decision.exact.type)} ${decision.exact.value.toString()}`;
}

test.each([
  ['INT64', '12', 'UINT64 12'],
  ['INT64', '-12', 'INT64 -12'],
  ['INT64', '012', 'UINT64 12'],
  ['UINT64', '18446744073709551615', 'UINT64 18446744073709551615'],
  ['DECIMAL', '12.0', 'UINT64 12'],
  ['DECIMAL', '12.', 'UINT64 12'],
  ['DECIMAL', '12.5', 'scatter'],
  ['DECIMAL', '12345678901234567890123', 'UINT64 12345678901234567890123'],
  ['FLOAT64', '1.2e1', 'UINT64 12'],
  ['FLOAT64', '12.5', 'scatter'],
  ['FLOAT64', '-0', 'UINT64 0'],
  ['FLOAT64', '9007199254740992', 'scatter'],
  ['FLOAT64', '1e300', 'scatter'],
  ['VARCHAR', '12', 'UINT64 12'],
  ['VARCHAR', '012', 'UINT64 12'],
  ['VARCHAR', ' 12 ', 'UINT64 12'],
  ['VARCHAR', '12.0', 'UINT64 12'],
  ['VARCHAR', '1.2e1', 'scatter'],
  ['VARCHAR', '12abc', 'scatter'],
  ['VARCHAR', 'abc', 'scatter'],
  ['VARCHAR', '', 'scatter'],
  ['VARCHAR', '9007199254740993', 'scatter'],
  ['VARCHAR', '12.00000000000000000000001', 'scatter'],
  ['VARBINARY', '12', 'UINT64 12'],
  ['HEXNUM', '0x0c', 'scatter'],
  ['HEXVAL', "x'0c'", 'scatter'],
  ['DATE', '2020-01-01', 'scatter'],
  ['JSON', '12', 'scatter'],
  ['NULL_TYPE', '', 'NULL_TYPE '],
])('BIGINT column, %s %j -> %s', (type, text, want) => {
  for (const vindex of ['hash', 'numeric', 'xxhash', 'binary_md5']) {
    expect(route(vindex, ['INT64'], type, text)).toBe(want);
  }
});

test('a YEAR routes only in four digits', () => {
  expect(route('hash', ['YEAR'], 'INT64', '1999')).toBe('UINT64 1999');
  expect(route('hash', ['YEAR'], 'INT64', '99')).toBe('scatter');
});

test.each([
  'FLOAT64',
  'FLOAT32',
  'DECIMAL',
  'ENUM',
  'SET',
  'BIT',
  'JSON',
  'DATETIME',
  'TIMESTAMP',
  'TIME',
  'BINARY',
])('a %s column always scatters', (column) => {
  for (const vindex of ['hash', 'xxhash', 'binary']) {
    for (const type of ['INT64', 'VARCHAR', 'FLOAT64'])
      expect(route(vindex, [column], type, '12')).toBe('scatter');
  }
});

test.each([
  ['xxhash', 'utf8mb4_general_ci', 'scatter'],
  ['xxhash', 'utf8mb4_0900_ai_ci', 'scatter'],
  ['xxhash', 'utf8mb4_bin', 'scatter'],
  ['binary_md5', 'latin1_swedish_ci', 'scatter'],
  ['xxhash', '', 'scatter'],
  ['xxhash', 'utf8mb4_0900_bin', 'VARCHAR Tom'],
  ['xxhash', 'utf8mb4_nopad_bin', 'VARCHAR Tom'],
  ['unicode_loose_xxhash', 'utf8mb4_general_ci', 'VARCHAR Tom'],
  ['unicode_loose_md5', 'utf8mb4_bin', 'VARCHAR Tom'],
  ['null', 'utf8mb4_general_ci', 'VARCHAR Tom'],
  ['hash', 'utf8mb4_general_ci', 'scatter'],
])('text in a VARCHAR, %s under "%s" -> %s', (vindex, collation, want) => {
  expect(route(vindex, ['VARCHAR', collation], 'VARCHAR', 'Tom')).toBe(want);
});

test.each([
  ['utf8mb4_general_ci', 'Tom', 'VARCHAR Tom'],
  ['utf8mb4_general_ci', 'stone', 'Stone|ßtone'],
  ['utf8mb4_general_nopad_ci', 'bis', 'bIS|bIß|bıS|bıß'],
  ['utf8mb4_general_ci', 'mississippi', 'scatter'],
  ['utf8mb4_general_ci', 'a😀', 'scatter'],
  ['utf8mb4_general_ci', 'cal·la', 'caL·La|caL·La'],
  ['utf8mb4_unicode_ci', 'Stone', 'VARCHAR Stone'],
  ['utf8mb4_unicode_ci', 'и', '\u040d|\u0419|\u04e4'],
  ['utf8mb4_unicode_ci', 'cars', 'ca₨|caRS'],
  ['utf8mb4_unicode_ci', 'Tom\u00a0\u0001 ', 'Tom'],
  ['utf8mb4_unicode_ci', 'Tom\u06de', 'scatter'],
  ['utf8mb3_unicode_520_ci', '1234', 'VARCHAR 1234'],
  ['latin1_swedish_ci', 'München', 'MYnchen|MÜnchen'],
  ['latin1_swedish_ci', 'Чехия', 'scatter'],
  ['utf8mb4_uca1400_ai_ci', 'Tom', 'scatter'],
  ['utf8mb4_0900_ai_ci', 'Tom', 'scatter'],
  ['utf8mb4_swedish_ci', 'Tom', 'scatter'],
  ['', 'Tom', 'scatter'],
])('a text whose equals unicode_loose separates, %s %j -> %s', (collation, text, want) => {
  const normal = (list: string): string => list.replace(/^VARCHAR /, '');
  expect(normal(route('unicode_loose_md5', ['VARCHAR', collation], 'VARCHAR', text))).toBe(normal(want));
});

test('bytes that are no text, or text of another character set, do not route loose keys', () => {
  const column = { type: Type.VARCHAR, collation: 'utf8mb4_bin' };
  const vindex = createVindex('unicode_loose_md5', 'v');
  expect(canRouteByValue(vindex, column, { type: Type.VARCHAR, value: Buffer.from([0xff]) })).toBe('scatter');
  expect(route('unicode_loose_md5', ['VARCHAR', 'latin1_bin'], 'VARBINARY', 'Tom')).toBe('scatter');
  expect(route('unicode_loose_md5', ['VARCHAR', 'utf8mb4_bin'], 'VARBINARY', 'Tom')).toBe('VARBINARY Tom');
});

test.each<[string, [string, string?] | undefined, boolean]>([
  ['hash', ['INT64'], true],
  ['hash', undefined, true],
  ['hash', ['VARCHAR', 'utf8mb4_general_ci'], true],
  ['hash', ['DECIMAL'], false],
  ['xxhash', ['INT64'], true],
  ['xxhash', ['VARCHAR', 'utf8mb4_bin'], false],
  ['xxhash', ['VARCHAR', 'utf8mb4_nopad_bin'], true],
  ['xxhash', ['DECIMAL'], false],
  ['unicode_loose_md5', ['VARCHAR', 'utf8mb4_bin'], true],
  ['unicode_loose_md5', ['VARCHAR', 'utf8mb4_general_ci'], false],
  ['unicode_loose_md5', ['VARCHAR', 'utf8mb4_unicode_ci'], false],
  ['unicode_loose_md5', undefined, false],
  ['null', ['VARCHAR', ''], true],
])('%s on %j keeps equal rows together: %s', (vindex, column, want) => {
  const info = column && { type: typeByName(column[0]) ?? -1, collation: column[1] ?? '' };
  expect(equalValuesMeet(createVindex(vindex, 'v'), info)).toBe(want);
});

test('a number on a text column equals many texts', () => {
  for (const vindex of ['xxhash', 'binary', 'unicode_loose_md5']) {
    expect(route(vindex, ['VARCHAR', 'utf8mb4_0900_bin'], 'INT64', '5')).toBe('scatter');
  }
  // All of them that an integer vindex ever took have the same keyspace id.
  expect(route('hash', ['VARCHAR', 'utf8mb4_general_ci'], 'INT64', '5')).toBe('UINT64 5');
  expect(route('hash', ['VARCHAR', 'utf8mb4_general_ci'], 'VARCHAR', '05')).toBe('UINT64 5');
  expect(route('hash', ['VARCHAR', 'utf8mb4_general_ci'], 'FLOAT64', '5')).toBe('scatter');
});

test('byte columns compare bytes', () => {
  for (const vindex of ['xxhash', 'binary', 'binary_md5', 'unicode_loose_md5']) {
    expect(route(vindex, ['VARBINARY'], 'VARCHAR', 'a ')).toBe('VARBINARY a ');
    expect(route(vindex, ['VARBINARY'], 'INT64', '5')).toBe('scatter');
  }
});

test('a CHAR loses trailing spaces after routing', () => {
  expect(route('xxhash', ['CHAR', 'utf8mb4_0900_bin'], 'VARCHAR', 'a')).toBe('scatter');
});

test.each([
  ['2020-02-29', 'DATE 2020-02-29'],
  ['2019-02-29', 'scatter'],
  ['2020-2-9', 'scatter'],
  ['20200209', 'scatter'],
  ['0000-00-00', 'scatter'],
  ['2020-02-09 00:00:00', 'scatter'],
])('DATE column, %s -> %s', (text, want) => {
  expect(route('xxhash', ['DATE'], 'VARCHAR', text)).toBe(want);
});

test('without a column type only digits route, by integer vindexes', () => {
  expect(route('hash', undefined, 'INT64', '12')).toBe('UINT64 12');
  expect(route('numeric', undefined, 'UINT64', '12')).toBe('UINT64 12');
  expect(route('hash', undefined, 'VARCHAR', '012')).toBe('UINT64 12');
  expect(route('hash', undefined, 'VARCHAR', '12.0')).toBe('scatter');
  expect(route('hash', undefined, 'VARCHAR', '-12')).toBe('scatter');
  expect(route('hash', undefined, 'VARCHAR', '9007199254740993')).toBe('scatter');
  expect(route('hash', undefined, 'DECIMAL', '12.0')).toBe('scatter');
  expect(route('xxhash', undefined, 'INT64', '12')).toBe('scatter');
  expect(route('unicode_loose_md5', undefined, 'VARCHAR', 'a')).toBe('scatter');
});

test('a vindex that does not say what it keeps together never routes', () => {
  const custom = { ...createVindex('hash', 'v'), sameness: undefined };
  const value = { type: Type.INT64, value: Buffer.from('1') };
  expect(canRouteByValue(custom, { type: Type.INT64, collation: '' }, value)).toBe('scatter');
});
