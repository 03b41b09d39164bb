import type { FunctionalType } from './functional-vindex';
import { bigEndian, uint64Of, uint64Value } from './input';

/** The number itself, big-endian in 8 bytes. */
export const numeric: FunctionalType = {
  type: 'numeric',
  cost: 0,
  sameness: 'integer',
  make: () => ({
    hash(value) {
      const n = uint64Of(value);
      return n === null ? null : bigEndian(n);
    },
    reverse: (id) => (id.length === 8 ? uint64Value(id.readBigUInt64BE()) : null),
  }),
};
