import { Code, VtError } from '@vitess-ts/vterrors';

/** The bytes that a vindex computes for a row; ordered as unsigned bytes, shorter ones padded with zeros. */
export type KeyspaceId = Buffer;

const hexPairs = /^(?:[0-9a-fA-F]{2})*$/;

/** Reads hex digits of either case. Throws INVALID_ARGUMENT for anything but pairs of them. */
export function parseHexKey(hex: string): Buffer {
  if (!hexPairs.test(hex)) {
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `"${clip(hex)}" is not a keyspace id: give hex digits in pairs, such as 80 or 4080`,
    );
  }
  return Buffer.from(hex, 'hex');
}

/**
 * Orders keyspace ids and key range limits: missing bytes count as zeros, so that `80` and `8000` are the same
 * point. Returns a negative number, 0 or a positive number.
 */
export function compareKeys(a: Uint8Array, b: Uint8Array): number {
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) {
    if (a[i] !== b[i]) return a[i] - b[i];
  }
  for (let i = common; i < a.length; i++) if (a[i] !== 0) return 1;
  for (let i = common; i < b.length; i++) if (b[i] !== 0) return -1;
  return 0;
}

/** User input for an error message, cut so that a message stays small. */
export function clip(text: string): string {
  return text.length <= 128 ? text : `${text.slice(0, 128)}…`;
}
