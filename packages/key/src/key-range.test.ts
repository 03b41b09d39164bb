import {
  compareKeyRanges,
  compareKeys,
  formatKeyRange,
  fullKeyRange,
  isFullKeyRange,
  keyRangeContains,
  keyRangeCovers,
  keyRangesEqual,
  keyRangesIntersect,
  parseHexKey,
  parseKeyRange,
} from './index';

const range = parseKeyRange;

test('reads and prints key ranges in lower-case hex', () => {
  for (const text of ['-80', '80-', '40-80', '-', '40c0-8001', '0a-0b'])
    expect(formatKeyRange(range(text))).toBe(text);
  expect(formatKeyRange(range('A0-Ff'))).toBe('a0-ff');
  expect(isFullKeyRange(range('-'))).toBe(true);
  expect(isFullKeyRange(range('-80'))).toBe(false);
});

test.each(['', '0', '80', '4-8', '80-40', '80-80', '80-8000', '-00', '40-80-c0', 'xy-', '-8g', '- 80'])(
  'refuses %j',
  (text) => {
    expect(() => range(text)).toThrow(expect.objectContaining({ code: 3 }));
  },
);

test('missing bytes of a key count as zeros', () => {
  expect(compareKeys(parseHexKey('80'), parseHexKey('8000'))).toBe(0);
  expect(compareKeys(parseHexKey('80'), parseHexKey('800001'))).toBeLessThan(0);
  expect(compareKeys(parseHexKey('8001'), parseHexKey('80'))).toBeGreaterThan(0);
  expect(compareKeys(parseHexKey('7fff'), parseHexKey('80'))).toBeLessThan(0);
  expect(keyRangesEqual(range('40-80'), range('4000-800000'))).toBe(true);
});

test('a range has its start and not its end', () => {
  expect(keyRangeContains(range('40-80'), parseHexKey('40'))).toBe(true);
  expect(keyRangeContains(range('40-80'), parseHexKey('7fffffff'))).toBe(true);
  expect(keyRangeContains(range('40-80'), parseHexKey('80'))).toBe(false);
  expect(keyRangeContains(range('40-80'), parseHexKey('8000'))).toBe(false);
  expect(keyRangeContains(range('40-80'), parseHexKey('3fff'))).toBe(false);
  expect(keyRangeContains(range('4000-80'), parseHexKey('40'))).toBe(true);
  expect(keyRangeContains(range('80-'), parseHexKey('ffffffffffffffffffff'))).toBe(true);
  expect(keyRangeContains(range('-80'), Buffer.alloc(0))).toBe(true);
  expect(keyRangeContains(fullKeyRange(), parseHexKey('00'))).toBe(true);
});

test.each([
  ['-80', '80-', false, false],
  ['-80', '7f-', true, false],
  ['-', '40-80', true, true],
  ['40-80', '-', true, false],
  ['40-80', '50-60', true, true],
  ['40-80', '40-80', true, true],
  ['40-80', '80-c0', false, false],
  ['40-80', '-4000', false, false],
  ['80-', 'f0-', true, true],
  ['80-c0', 'f0-', false, false],
])('%s and %s: intersect %s, covers %s', (a, b, intersect, covers) => {
  expect(keyRangesIntersect(range(a), range(b))).toBe(intersect);
  expect(keyRangesIntersect(range(b), range(a))).toBe(intersect);
  expect(keyRangeCovers(range(a), range(b))).toBe(covers);
});

test('orders by start, then by end with the open one last', () => {
  const sorted = ['c0-', '40-', '40-80', '-40', '-', '80-c0'].map(range).sort(compareKeyRanges);
  expect(sorted.map(formatKeyRange)).toEqual(['-40', '-', '40-80', '40-', '80-c0', 'c0-']);
});
