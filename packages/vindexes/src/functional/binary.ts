import { createHash } from 'node:crypto';
import { Type } from '@vitess-ts/sqltypes';
import type { FunctionalType } from './functional-vindex';
import { bytesOf } from './input';

/** The bytes of the value as they are. */
export const binary: FunctionalType = {
  type: 'binary',
  cost: 0,
  sameness: 'bytes',
  make: () => ({
    // A copy: the value may lie in a buffer that is used again.
    hash(value) {
      const bytes = bytesOf(value);
      return bytes && Buffer.from(bytes);
    },
    reverse: (id) => ({ type: Type.VARBINARY, value: id }),
  }),
};

/** MD5 of the bytes: 16 bytes. */
export const binaryMd5: FunctionalType = {
  type: 'binary_md5',
  cost: 1,
  sameness: 'bytes',
  make: () => ({
    hash(value) {
      const bytes = bytesOf(value);
      return bytes && md5(bytes);
    },
  }),
};

export function md5(bytes: Uint8Array): Buffer {
  return createHash('md5').update(bytes).digest();
}
