import { Code, VtError } from '@vitess-ts/vterrors';
import type { KeyspaceId } from './keyspace-id';
import { clip, compareKeys, parseHexKey } from './keyspace-id';

/**
 * The keyspace ids from `start` (included) to `end` (excluded). An empty side is open. Structurally the message
 * `topodata.KeyRange`.
 */
export interface KeyRange {
  start: Buffer;
  end: Buffer;
}

/** All keyspace ids. */
export function fullKeyRange(): KeyRange {
  return { start: Buffer.alloc(0), end: Buffer.alloc(0) };
}

/** A shard record of an unsharded keyspace has no key range: it holds everything. */
export function keyRangeOrFull(range: KeyRange | undefined): KeyRange {
  return range ?? fullKeyRange();
}

/** Reads `-80`, `40-80`, `80-` or `-`. Throws INVALID_ARGUMENT when it is malformed or empty (start not below end). */
export function parseKeyRange(text: string): KeyRange {
  const parts = text.split('-');
  if (parts.length !== 2) {
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `"${clip(text)}" is not a key range: write START-END in hex, such as -80, 40-80 or 80-`,
    );
  }
  const range = { start: parseHexKey(parts[0]), end: parseHexKey(parts[1]) };
  if (range.end.length > 0 && compareKeys(range.start, range.end) >= 0) {
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `key range "${clip(text)}" is empty: its start is not below its end`,
    );
  }
  return range;
}

/** The text of a key range, in lower-case hex: `40-80`. */
export function formatKeyRange(range: KeyRange): string {
  return `${range.start.toString('hex')}-${range.end.toString('hex')}`;
}

export function keyRangeContains(range: KeyRange, id: KeyspaceId): boolean {
  return compareKeys(range.start, id) <= 0 && (range.end.length === 0 || compareKeys(id, range.end) < 0);
}

/** True when the ranges have keyspace ids in common. */
export function keyRangesIntersect(a: KeyRange, b: KeyRange): boolean {
  return (
    (a.end.length === 0 || compareKeys(b.start, a.end) < 0) &&
    (b.end.length === 0 || compareKeys(a.start, b.end) < 0)
  );
}

/** True when `outer` holds every keyspace id of `inner`. */
export function keyRangeCovers(outer: KeyRange, inner: KeyRange): boolean {
  return compareKeys(outer.start, inner.start) <= 0 && compareRangeEnds(inner.end, outer.end) <= 0;
}

export function keyRangesEqual(a: KeyRange, b: KeyRange): boolean {
  return compareKeyRanges(a, b) === 0;
}

/** Orders by start, then by end; an open end is the greatest. */
export function compareKeyRanges(a: KeyRange, b: KeyRange): number {
  return compareKeys(a.start, b.start) || compareRangeEnds(a.end, b.end);
}

/** Orders range ends: an empty one lies behind all others. */
export function compareRangeEnds(a: Uint8Array, b: Uint8Array): number {
  if (a.length === 0 || b.length === 0) return Number(a.length === 0) - Number(b.length === 0);
  return compareKeys(a, b);
}

/** True for the range of all keyspace ids. */
export function isFullKeyRange(range: KeyRange): boolean {
  return range.end.length === 0 && compareKeys(range.start, Buffer.alloc(0)) === 0;
}
