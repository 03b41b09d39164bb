import { unreachable } from '@vitess-ts/base';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { KeyRange } from './key-range';
import {
  compareKeyRanges,
  compareRangeEnds,
  formatKeyRange,
  keyRangeContains,
  keyRangesIntersect,
} from './key-range';
import type { KeyspaceId } from './keyspace-id';
import { clip, compareKeys } from './keyspace-id';

/** Which shards of a keyspace a query is for, said without knowing its shards. */
export type Destination =
  /** No shard: the query matches nothing. */
  | { kind: 'none' }
  | { kind: 'keyspaceId'; id: KeyspaceId }
  | { kind: 'keyspaceIds'; ids: readonly KeyspaceId[] }
  /** Every shard that the range touches. */
  | { kind: 'keyRange'; range: KeyRange }
  /** As `keyRange`, but an error unless the range begins and ends where shards do. */
  | { kind: 'exactKeyRange'; range: KeyRange }
  | { kind: 'shard'; shard: string }
  | { kind: 'allShards' }
  /** One shard, no matter which: for reference tables and queries without tables. */
  | { kind: 'anyShard' };

/** Destinations that carry nothing. */
export const noShard: Destination = Object.freeze({ kind: 'none' });
export const allShards: Destination = Object.freeze({ kind: 'allShards' });
export const anyShard: Destination = Object.freeze({ kind: 'anyShard' });
export const toKeyspaceId = (id: KeyspaceId): Destination => ({ kind: 'keyspaceId', id });

/** What a destination must know of a shard. Shards of one list do not overlap. */
export interface NamedRange {
  name: string;
  keyRange: KeyRange;
}

/**
 * The shards that a destination covers, each once, in the order of `shards` (for keyspace ids: of the ids).
 * `pick` chooses the index of `anyShard`; random without it. Throws UNAVAILABLE when the keyspace has no shard at
 * all, NOT_FOUND for a shard that is not listed, INVALID_ARGUMENT for a keyspace id that no shard holds or a range
 * that is not exact.
 */
export function resolveDestination<T extends NamedRange>(
  destination: Destination,
  shards: readonly T[],
  pick: (count: number) => number = (count) => Math.floor(Math.random() * count),
): T[] {
  if (destination.kind === 'none') return [];
  if (shards.length === 0) throw new VtError(Code.UNAVAILABLE, 'the keyspace has no serving shard');
  switch (destination.kind) {
    case 'keyspaceId':
      return [shardOfKeyspaceId(destination.id, shards)];
    case 'keyspaceIds':
      return [...new Set(destination.ids.map((id) => shardOfKeyspaceId(id, shards)))];
    case 'keyRange':
      return shards.filter((shard) => keyRangesIntersect(destination.range, shard.keyRange));
    case 'exactKeyRange':
      return exactShards(destination.range, shards);
    case 'shard':
      return [namedShard(destination.shard, shards)];
    case 'allShards':
      return [...shards];
    case 'anyShard':
      return [shards[pick(shards.length)]];
    default:
      return unreachable(destination);
  }
}

/** The shard that holds a keyspace id. Throws INVALID_ARGUMENT when none does. */
export function shardOfKeyspaceId<T extends NamedRange>(id: KeyspaceId, shards: readonly T[]): T {
  for (const shard of shards) if (keyRangeContains(shard.keyRange, id)) return shard;
  throw new VtError(
    Code.INVALID_ARGUMENT,
    `keyspace id ${clip(id.toString('hex'))} lies in none of the shards ${shardNames(shards)}`,
  );
}

function namedShard<T extends NamedRange>(name: string, shards: readonly T[]): T {
  const shard = shards.find((s) => s.name === name);
  if (shard) return shard;
  throw new VtError(
    Code.NOT_FOUND,
    `there is no serving shard "${clip(name)}": shards are ${shardNames(shards)}`,
  );
}

function exactShards<T extends NamedRange>(range: KeyRange, shards: readonly T[]): T[] {
  const touched = shards
    .filter((shard) => keyRangesIntersect(range, shard.keyRange))
    .sort((a, b) => compareKeyRanges(a.keyRange, b.keyRange));
  const [first, last] = [touched[0], touched[touched.length - 1]];
  const exact =
    first !== undefined &&
    compareKeys(first.keyRange.start, range.start) === 0 &&
    compareRangeEnds(last.keyRange.end, range.end) === 0;
  if (exact) return touched;
  throw new VtError(
    Code.INVALID_ARGUMENT,
    `keyrange ${formatKeyRange(range)} does not exactly match shards: they are ${shardNames(shards)}`,
  );
}

function shardNames(shards: readonly NamedRange[]): string {
  const names = shards.slice(0, 16).map((s) => s.name);
  return names.join(', ') + (shards.length > names.length ? `, … (${shards.length} in all)` : '');
}

/** A destination for logs and plans: `KeyspaceID(166b40b44aba4bd6)`. */
export function formatDestination(destination: Destination): string {
  switch (destination.kind) {
    case 'none':
      return 'None()';
    case 'keyspaceId':
      return `KeyspaceID(${destination.id.toString('hex')})`;
    case 'keyspaceIds':
      return `KeyspaceIDs(${destination.ids.map((id) => id.toString('hex')).join(',')})`;
    case 'keyRange':
      return `KeyRange(${formatKeyRange(destination.range)})`;
    case 'exactKeyRange':
      return `ExactKeyRange(${formatKeyRange(destination.range)})`;
    case 'shard':
      return `Shard(${destination.shard})`;
    case 'allShards':
      return 'AllShards()';
    case 'anyShard':
      return 'AnyShard()';
    default:
      return unreachable(destination);
  }
}
