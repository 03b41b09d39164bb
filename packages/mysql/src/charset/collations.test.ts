import { charsetByName } from './charset';
import { collationById, collationByName, defaultCollation } from './collations';

test.each([
  [8, 'latin1_swedish_ci'],
  [45, 'utf8mb4_general_ci'],
  [46, 'utf8mb4_bin'],
  [63, 'binary'],
  [224, 'utf8mb4_unicode_ci'],
  [255, 'utf8mb4_0900_ai_ci'],
  [309, 'utf8mb4_0900_bin'],
  [2048, 'utf8mb3_uca1400_ai_ci'],
  [2304, 'utf8mb4_uca1400_ai_ci'],
  [2311, 'utf8mb4_uca1400_nopad_as_cs'],
])('id %i is %s', (id, name) => {
  expect(collationById(id)?.name).toBe(name);
  expect(collationByName(name)?.id).toBe(id);
  expect(collationByName(name.toUpperCase())?.id).toBe(id);
});

test('every id in the UCA 14 range that has a name is found by it, and by no other', () => {
  for (let id = 2048; id < 3328; id++) {
    const collation = collationById(id);
    if (collation !== undefined) expect(collationByName(collation.name)?.id).toBe(id);
  }
  expect(collationById(2304 + 21 * 8)).toBeUndefined();
});

test('defaults and aliases', () => {
  expect(defaultCollation('utf8')?.name).toBe('utf8mb3_general_ci');
  expect(defaultCollation('utf8mb4')?.id).toBe(45);
  expect(defaultCollation('binary')?.id).toBe(63);
  expect(collationByName('utf8_bin')?.id).toBe(83);
  expect(collationByName('no_such_ci')).toBeUndefined();
  expect(collationByName('utf8mb4_uca1400_klingon_ai_ci')).toBeUndefined();
});

test('each decoder exists in this Node', () => {
  for (const name of [
    'latin1',
    'utf8mb4',
    'sjis',
    'gbk',
    'cp1251',
    'latin7',
    'euckr',
    'koi8r',
    'big5',
    'greek',
  ]) {
    const { decoder } = charsetByName(name)!;
    expect(() => new TextDecoder(decoder)).not.toThrow();
  }
  expect(charsetByName('nope')).toBeUndefined();
});
