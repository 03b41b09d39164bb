import { Sequences, blockOf, type SequenceBlock } from './sequences';

/** A sequence row in memory, taken from with a turn of the event loop in between. */
function table(cache: bigint): {
  take: () => Promise<SequenceBlock>;
  takes: () => number;
  skip: (n: bigint) => void;
} {
  let next = 1n;
  let takes = 0;
  return {
    take: async (_table = '', count = 1n) => {
      takes++;
      await new Promise((resolve) => setImmediate(resolve));
      const block = blockOf(next, cache, count);
      next = block.end;
      return block;
    },
    takes: () => takes,
    skip: (n) => (next += n),
  };
}

test('blocks are whole multiples of the cache and hold what is asked for', () => {
  expect(blockOf(1n, 10n, 1n)).toEqual({ first: 1n, end: 11n });
  expect(blockOf(11n, 10n, 25n)).toEqual({ first: 11n, end: 41n });
  expect(blockOf(5n, 10n, 10n)).toEqual({ first: 5n, end: 15n });
});

test('takers at once get values of their own from as few blocks as it takes', async () => {
  const row = table(100n);
  const sequences = new Sequences(row.take);
  const firsts = await Promise.all(Array.from({ length: 50 }, () => sequences.next('s', 4n)));
  expect(new Set(firsts).size).toBe(50);
  expect(firsts.every((first) => (first - 1n) % 4n === 0n)).toBe(true);
  expect(row.takes()).toBe(2);
});

test('values that are asked for together are consecutive, also when somebody else took a block', async () => {
  const row = table(10n);
  const sequences = new Sequences(row.take);
  expect(await sequences.next('s', 7n)).toBe(1n);
  row.skip(100n);
  expect(await sequences.next('s', 5n)).toBe(111n);
  expect(await sequences.next('s', 5n)).toBe(116n);
});

test('after a reset the values at hand are never given', async () => {
  const row = table(10n);
  const sequences = new Sequences(row.take);
  expect(await sequences.next('s', 1n)).toBe(1n);
  sequences.reset();
  expect(await sequences.next('s', 1n)).toBe(11n);
});

test('counts that make no sense are refused', async () => {
  const sequences = new Sequences(table(10n).take);
  await expect(sequences.next('s', -1n)).rejects.toThrow('invalid increment');
  await expect(sequences.next('s', 10n ** 18n)).rejects.toThrow('invalid increment');
});

test('a failed take fails its taker alone', async () => {
  const row = table(10n);
  let failures = 1;
  const sequences = new Sequences(async () => {
    if (failures-- > 0) throw new Error('no connection');
    return row.take();
  });
  const [first, second] = await Promise.allSettled([sequences.next('s', 1n), sequences.next('s', 1n)]);
  expect(first.status).toBe('rejected');
  expect(second).toEqual({ status: 'fulfilled', value: 1n });
});
