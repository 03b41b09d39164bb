import type { FunctionalType } from './functional-vindex';
import { bigEndian, uint64Of, uint64Value } from './input';

/** The bits of the number in reverse order, so that consecutive numbers spread over shards. */
export const reverseBits: FunctionalType = {
  type: 'reverse_bits',
  cost: 1,
  sameness: 'integer',
  make: () => ({
    hash(value) {
      const n = uint64Of(value);
      return n === null ? null : reversed(bigEndian(n));
    },
    reverse: (id) => (id.length === 8 ? uint64Value(reversed(id).readBigUInt64BE()) : null),
  }),
};

function reversed(bytes: Buffer): Buffer {
  const out = Buffer.allocUnsafe(8);
  for (let i = 0; i < 8; i++) {
    let bits = 0;
    for (let b = 0; b < 8; b++) bits |= ((bytes[7 - i] >> b) & 1) << (7 - b);
    out[i] = bits;
  }
  return out;
}
