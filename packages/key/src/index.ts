export type { KeyspaceId } from './keyspace-id';
export { compareKeys, parseHexKey } from './keyspace-id';
export type { KeyRange } from './key-range';
export {
  compareKeyRanges,
  formatKeyRange,
  fullKeyRange,
  isFullKeyRange,
  keyRangeContains,
  keyRangeCovers,
  keyRangeOrFull,
  keyRangesEqual,
  keyRangesIntersect,
  parseKeyRange,
} from './key-range';
export { canonicalShardName, generateShardRanges, isUnshardedName, keyRangeOfShard } from './shard-name';
export { checkPartition, partitionProblem } from './partition';
export type { Destination, NamedRange } from './destination';
export {
  allShards,
  anyShard,
  formatDestination,
  noShard,
  resolveDestination,
  shardOfKeyspaceId,
  toKeyspaceId,
} from './destination';
export type { TargetString } from './target';
export { formatTarget, parseTarget } from './target';
