import { Code, VtError } from '@vitess-ts/vterrors';
import type { KeyRange } from './key-range';
import { formatKeyRange, fullKeyRange, parseKeyRange } from './key-range';
import { clip } from './keyspace-id';

/** A shard's name that is not a key range: the one shard of an unsharded keyspace, usually `0`. */
export function isUnshardedName(name: string): boolean {
  return !name.includes('-');
}

/**
 * The key range that a shard name stands for; an unsharded name (`0`) stands for all keyspace ids. Throws
 * INVALID_ARGUMENT for a name that cannot be a shard's.
 */
export function keyRangeOfShard(name: string): KeyRange {
  checkShardName(name);
  return isUnshardedName(name) ? fullKeyRange() : parseKeyRange(name);
}

/** The name as it is stored: key ranges in lower-case hex. Throws INVALID_ARGUMENT as `keyRangeOfShard`. */
export function canonicalShardName(name: string): string {
  checkShardName(name);
  return isUnshardedName(name) ? name : formatKeyRange(parseKeyRange(name));
}

function checkShardName(name: string): void {
  // A name becomes part of topology paths.
  if (name === '' || name.length > 128 || !/^[A-Za-z0-9_.-]+$/.test(name) || /^\.+$/.test(name)) {
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `"${clip(name)}" is not a shard name: use a key range such as -80, or a plain name such as 0`,
    );
  }
}

/**
 * Names of `count` shards that split the keyspace evenly, the names that `vtctldclient GenerateShardRanges` gives.
 * `hexChars` is the width of a limit in hex digits; without it 2 up to 256 shards and 4 up to 65536. Limits are
 * rounded down to that width, so for a count that is no power of two shards differ a little in size.
 * Throws INVALID_ARGUMENT for a count that does not fit.
 */
export function generateShardRanges(count: number, hexChars = 0): string[] {
  if (!Number.isInteger(count) || count < 1) {
    throw new VtError(Code.INVALID_ARGUMENT, 'shards must be greater than zero');
  }
  if (count > 65536) {
    throw new VtError(Code.INVALID_ARGUMENT, 'a keyspace of more than 65536 shards is not supported');
  }
  const width = hexChars || (count <= 256 ? 2 : 4);
  // Keys are bytes, so an odd number of digits would name no key.
  if (!Number.isInteger(width) || width < 2 || width > 12 || width % 2 !== 0) {
    throw new VtError(Code.INVALID_ARGUMENT, `hex chars must be 2, 4, 6, 8, 10 or 12, not ${hexChars}`);
  }
  const limits = 16 ** width;
  if (count > limits) {
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `${width} hex chars name at most ${limits} shards, not ${count}`,
    );
  }
  const size = limits / count;
  const limit = (i: number): string =>
    i === 0 || i === count
      ? ''
      : Math.floor(i * size)
          .toString(16)
          .padStart(width, '0');
  return Array.from({ length: count }, (_, i) => `${limit(i)}-${limit(i + 1)}`);
}
