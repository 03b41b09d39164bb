import { createCipheriv, createDecipheriv } from 'node:crypto';
import type { FunctionalType } from './functional-vindex';
import { bigEndian, uint64BitsOf, uint64Value } from './input';

/**
 * The DES block of the big-endian number under a null key. It is a permutation of 64-bit numbers, so it reverses.
 * OpenSSL 3 has single DES only among its legacy algorithms; three times the same key is the same function.
 */
export const hash: FunctionalType = {
  type: 'hash',
  cost: 1,
  sameness: 'integer',
  make() {
    const key = Buffer.alloc(24);
    // Block by block without padding or chaining: one cipher serves every value.
    const cipher = createCipheriv('des-ede3-ecb', key, null).setAutoPadding(false);
    const decipher = createDecipheriv('des-ede3-ecb', key, null).setAutoPadding(false);
    return {
      hash(value) {
        const n = uint64BitsOf(value);
        return n === null ? null : cipher.update(bigEndian(n));
      },
      reverse(id) {
        return id.length === 8 ? uint64Value(decipher.update(id).readBigUInt64BE()) : null;
      },
    };
  },
};
