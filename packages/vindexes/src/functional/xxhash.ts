import { bytesOf } from './input';
import type { FunctionalType } from './functional-vindex';
import { xxh64 } from './xxh64';

/** XXH64 of the bytes, seed 0, the sum written little-endian. Integers are hashed as their text. */
export const xxhash: FunctionalType = {
  type: 'xxhash',
  cost: 1,
  sameness: 'bytes',
  make: () => ({
    hash(value) {
      const bytes = bytesOf(value);
      return bytes && xxh64(bytes);
    },
  }),
};
