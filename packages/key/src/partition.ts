import { Code, VtError } from '@vitess-ts/vterrors';
import type { KeyRange } from './key-range';
import { compareKeyRanges, compareRangeEnds, formatKeyRange } from './key-range';
import { compareKeys } from './keyspace-id';

/**
 * Says what is wrong with key ranges that should hold every keyspace id exactly once, or undefined when nothing is.
 * The order of the ranges does not matter.
 */
export function partitionProblem(ranges: readonly KeyRange[]): string | undefined {
  if (ranges.length === 0) return 'there are no shards';
  const sorted = [...ranges].sort(compareKeyRanges);
  if (compareKeys(sorted[0].start, Buffer.alloc(0)) !== 0) {
    return `no shard holds the keyspace ids below ${sorted[0].start.toString('hex')}`;
  }
  for (let i = 1; i < sorted.length; i++) {
    const [left, right] = [sorted[i - 1], sorted[i]];
    const order = compareRangeEnds(left.end, right.start.length === 0 ? Buffer.from([0]) : right.start);
    if (order > 0) return `shards ${formatKeyRange(left)} and ${formatKeyRange(right)} overlap`;
    if (order < 0)
      return `no shard holds the keyspace ids between ${formatKeyRange(left)} and ${formatKeyRange(right)}`;
  }
  const last = sorted[sorted.length - 1];
  if (last.end.length > 0) return `no shard holds the keyspace ids from ${last.end.toString('hex')}`;
  return undefined;
}

/** Throws FAILED_PRECONDITION unless the ranges hold every keyspace id exactly once. */
export function checkPartition(ranges: readonly KeyRange[]): void {
  const problem = partitionProblem(ranges);
  if (problem) throw new VtError(Code.FAILED_PRECONDITION, `shards do not form a whole keyspace: ${problem}`);
}
