import type { Destination } from './index';
import { formatDestination, keyRangeOfShard, parseHexKey, parseKeyRange, resolveDestination } from './index';

const shards = ['80-c0', '-40', 'c0-', '40-80'].map((name) => ({
  name,
  keyRange: keyRangeOfShard(name),
  extra: 1,
}));
const names = (destination: Destination, of = shards): string[] =>
  resolveDestination(destination, of, (n) => n - 1).map((s) => s.name);

test.each<[Destination, string[], string]>([
  [{ kind: 'none' }, [], 'None()'],
  [{ kind: 'keyspaceId', id: parseHexKey('166b40b44aba4bd6') }, ['-40'], 'KeyspaceID(166b40b44aba4bd6)'],
  [{ kind: 'keyspaceId', id: parseHexKey('80') }, ['80-c0'], 'KeyspaceID(80)'],
  [
    { kind: 'keyspaceIds', ids: ['ff', '41', 'c0'].map(parseHexKey) },
    ['c0-', '40-80'],
    'KeyspaceIDs(ff,41,c0)',
  ],
  [{ kind: 'keyRange', range: parseKeyRange('60-90') }, ['80-c0', '40-80'], 'KeyRange(60-90)'],
  [{ kind: 'exactKeyRange', range: parseKeyRange('-80') }, ['-40', '40-80'], 'ExactKeyRange(-80)'],
  [
    { kind: 'exactKeyRange', range: parseKeyRange('-') },
    ['-40', '40-80', '80-c0', 'c0-'],
    'ExactKeyRange(-)',
  ],
  [{ kind: 'shard', shard: 'c0-' }, ['c0-'], 'Shard(c0-)'],
  [{ kind: 'allShards' }, ['80-c0', '-40', 'c0-', '40-80'], 'AllShards()'],
  [{ kind: 'anyShard' }, ['40-80'], 'AnyShard()'],
])('%j', (destination, want, text) => {
  expect(names(destination)).toEqual(want);
  expect(formatDestination(destination)).toBe(text);
});

test('gives the listed objects themselves', () => {
  expect(resolveDestination({ kind: 'shard', shard: '-40' }, shards)[0]).toBe(shards[1]);
});

test('anyShard is random and always one of the list', () => {
  const seen = new Set<string>();
  for (let i = 0; i < 500; i++) seen.add(resolveDestination({ kind: 'anyShard' }, shards)[0].name);
  expect(seen.size).toBe(4);
});

test('what cannot be resolved is an error, never a wrong shard', () => {
  const gap = [shards[1]];
  expect(() => names({ kind: 'keyspaceId', id: parseHexKey('90') }, gap)).toThrow(/90 lies in none.*-40/);
  expect(() => names({ kind: 'shard', shard: '-80' })).toThrow(expect.objectContaining({ code: 5 }));
  expect(() => names({ kind: 'exactKeyRange', range: parseKeyRange('-60') })).toThrow(/exactly match/);
  expect(() => names({ kind: 'exactKeyRange', range: parseKeyRange('20-40') })).toThrow(/exactly match/);
  expect(() => names({ kind: 'exactKeyRange', range: parseKeyRange('80-') }, gap)).toThrow(/exactly match/);
  expect(() => names({ kind: 'allShards' }, [])).toThrow(expect.objectContaining({ code: 14 }));
  expect(names({ kind: 'none' }, [])).toEqual([]);
});

test('an unsharded keyspace takes every keyspace id', () => {
  const one = [{ name: '0', keyRange: keyRangeOfShard('0'), extra: 1 }];
  expect(names({ kind: 'keyspaceId', id: parseHexKey('ff00') }, one)).toEqual(['0']);
  expect(names({ kind: 'exactKeyRange', range: parseKeyRange('-') }, one)).toEqual(['0']);
});
