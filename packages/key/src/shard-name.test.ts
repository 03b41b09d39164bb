import {
  canonicalShardName,
  checkPartition,
  formatKeyRange,
  generateShardRanges,
  isUnshardedName,
  keyRangeOfShard,
  partitionProblem,
} from './index';

test('names of even splits', () => {
  expect(generateShardRanges(1)).toEqual(['-']);
  expect(generateShardRanges(2)).toEqual(['-80', '80-']);
  expect(generateShardRanges(3)).toEqual(['-55', '55-aa', 'aa-']);
  expect(generateShardRanges(4)).toEqual(['-40', '40-80', '80-c0', 'c0-']);
  expect(generateShardRanges(10)).toEqual(
    '-19 19-33 33-4c 4c-66 66-80 80-99 99-b3 b3-cc cc-e6 e6-'.split(' '),
  );
  const all = generateShardRanges(256);
  expect(all.slice(0, 2)).toEqual(['-01', '01-02']);
  expect(all.slice(-2)).toEqual(['fe-ff', 'ff-']);
  expect(generateShardRanges(512)[1]).toBe('0080-0100');
  expect(generateShardRanges(2, 4)).toEqual(['-8000', '8000-']);
});

test('every count up to 600 and the largest give a whole keyspace', () => {
  for (let n = 1; n <= 600; n++) {
    const names = generateShardRanges(n);
    expect(names).toHaveLength(n);
    expect(partitionProblem(names.map(keyRangeOfShard))).toBeUndefined();
  }
  expect(partitionProblem(generateShardRanges(65536).map(keyRangeOfShard))).toBeUndefined();
});

test.each([[0], [-1], [1.5], [NaN], [65537], [2, 3], [2, 14], [257, 2]])(
  'refuses %j shards',
  (n: number, ...[hex]: number[]) => {
    expect(() => generateShardRanges(n, hex)).toThrow(expect.objectContaining({ code: 3 }));
  },
);

test('shard names', () => {
  expect(isUnshardedName('0')).toBe(true);
  expect(isUnshardedName('-')).toBe(false);
  expect(isUnshardedName('-80')).toBe(false);
  expect(formatKeyRange(keyRangeOfShard('0'))).toBe('-');
  expect(canonicalShardName('C0-')).toBe('c0-');
  expect(canonicalShardName('0')).toBe('0');
  for (const bad of ['', 'a/b', '..', '80-40', '1-2-3', 'x'.repeat(200)]) {
    expect(() => keyRangeOfShard(bad)).toThrow(expect.objectContaining({ code: 3 }));
  }
});

test.each([
  ['80- -80', undefined],
  ['-', undefined],
  ['-40 40-8000 80-', undefined],
  ['', 'there are no shards'],
  ['40- -30', 'no shard holds the keyspace ids between -30 and 40-'],
  ['-80 40-', 'shards -80 and 40- overlap'],
  ['- -80 80-', 'shards -80 and - overlap'],
  ['- -', 'shards - and - overlap'],
  ['-80 80-c0', 'no shard holds the keyspace ids from c0'],
  ['40-80 80-', 'no shard holds the keyspace ids below 40'],
])('partition %j: %s', (names, problem) => {
  const ranges = names.split(' ').filter(Boolean).map(keyRangeOfShard);
  expect(partitionProblem(ranges)).toBe(problem);
  if (problem) expect(() => checkPartition(ranges)).toThrow(problem);
});
