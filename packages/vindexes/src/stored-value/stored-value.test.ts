import { Type, typeByName } from '@vitess-ts/sqltypes';
import { createVindex, storedVindexValue } from '../index';

function stored(vindex: string, column: [string, string] | undefined, type: string, text: string): string {
  const found = storedVindexValue(
    createVindex(vindex, 'v'),
    column && { type: typeByName(column[0]) ?? -1, collation: column[1], size: 20 },
    { type: typeByName(type) ?? -1, value: Buffer.from(text) },
    'strict',
  );
  if (found === 'unknown') return found;
  return 'stored' in found ? found.stored.value.toString() : found.invalid;
}

test.each([
  ['hash', 'VARCHAR', '012', '12'],
  ['hash', 'DECIMAL', '1.5', 'unknown'],
  ['xxhash', 'INT64', '12', '12'],
  ['xxhash', 'INT64', '012', 'unknown'],
  ['xxhash', 'VARCHAR', '12', '12'],
  ['xxhash', 'VARCHAR', '012', 'unknown'],
  ['xxhash', 'VARCHAR', '1.5', 'unknown'],
  ['xxhash', 'VARCHAR', '-0', 'unknown'],
  ['xxhash', 'VARCHAR', 'Tom', 'Tom'],
  ['xxhash', 'VARCHAR', 'Tom ', 'unknown'],
  ['xxhash', 'FLOAT64', '1e0', 'unknown'],
  ['null', 'VARCHAR', 'Tom ', 'Tom '],
])('without a known column, %s of %s %j is %j', (vindex, type, text, want) => {
  expect(stored(vindex, undefined, type, text)).toBe(want);
});

test.each([
  ['utf8mb4_unicode_ci', 'Tom\u06de', 'hidden'],
  ['utf8mb4_unicode_ci', 'Tom\u00a0', 'hidden'],
  ['utf8mb4_unicode_ci', 'Tom \u0000', 'hidden'],
  ['utf8mb4_unicode_ci', 'Tom\u00a0 ', 'hidden'],
  ['utf8mb4_unicode_ci', 'e\u0301', 'e\u0301'],
  ['utf8mb4_unicode_ci', 'Tom\u00a0Sawyer  ', 'Tom\u00a0Sawyer  '],
  ['utf8mb4_unicode_520_ci', 'ca\u1dca', 'hidden'],
  ['utf8mb4_general_ci', 'Tom\u00a0', 'Tom\u00a0'],
  ['utf8mb4_bin', 'Tom\u06de', 'Tom\u06de'],
  ['utf8mb4_uca1400_ai_ci', 'Tom\u06de', 'Tom\u06de'],
])('a loose key whose equals cannot be found, %s %j -> %j', (collation, text, want) => {
  expect(stored('unicode_loose_md5', ['VARCHAR', collation], 'VARCHAR', text)).toBe(want);
  expect(stored('xxhash', ['VARCHAR', collation], 'VARCHAR', text)).toBe(text);
});

test('types that have no exact form for the vindex', () => {
  for (const type of ['DECIMAL', 'FLOAT64', 'DATETIME', 'ENUM', 'BIT', 'JSON']) {
    expect(stored('xxhash', [type, ''], 'VARCHAR', '12')).toBe('unknown');
  }
  expect(stored('xxhash', ['DATE', ''], 'VARCHAR', '2020-02-29')).toBe('2020-02-29');
  expect(stored('xxhash', ['DATE', ''], 'VARCHAR', '20200229')).toBe('unknown');
  expect(stored('hash', ['YEAR', ''], 'INT64', '20')).toBe('unknown');
  expect(stored('hash', ['VARCHAR', 'utf8mb4_bin'], 'VARCHAR', 'a\ud800')).toBe('a\ufffd');
});

test('bytes that are no text are not certain in a text column', () => {
  const column = { type: Type.VARCHAR, collation: 'utf8mb4_bin', size: 20 };
  const value = { type: Type.VARCHAR, value: Buffer.from([0xff]) };
  expect(storedVindexValue(createVindex('xxhash', 'v'), column, value, 'strict')).toBe('unknown');
});
