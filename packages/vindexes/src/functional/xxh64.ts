/**
 * XXH64 with seed 0 (specification: xxHash fast digest algorithm, by Yann Collet). 64-bit words are held in halves of
 * 32 bits: several times faster here than bigint, and unlike a WebAssembly module ready without waiting.
 */
class Word {
  constructor(
    public hi: number,
    public lo: number,
  ) {}

  static at(bytes: Uint8Array, at: number): Word {
    return new Word(uint32At(bytes, at + 4), uint32At(bytes, at));
  }

  add(other: Word): this {
    const lo = (this.lo >>> 0) + (other.lo >>> 0);
    this.hi = (this.hi + other.hi + (lo > 0xffffffff ? 1 : 0)) | 0;
    this.lo = lo | 0;
    return this;
  }

  xor(other: Word): this {
    this.hi ^= other.hi;
    this.lo ^= other.lo;
    return this;
  }

  xorShifted(by: number): this {
    if (by >= 32) {
      this.lo ^= by === 32 ? this.hi : this.hi >>> (by - 32);
      return this;
    }
    this.lo ^= (this.lo >>> by) | (this.hi << (32 - by));
    this.hi ^= this.hi >>> by;
    return this;
  }

  /** `by` is from 1 to 31. */
  rotate(by: number): this {
    const { hi, lo } = this;
    this.hi = (hi << by) | (lo >>> (32 - by));
    this.lo = (lo << by) | (hi >>> (32 - by));
    return this;
  }

  multiply(other: Word): this {
    const [a, b] = [this.lo, other.lo];
    const [a0, a1, b0, b1] = [a & 0xffff, a >>> 16, b & 0xffff, b >>> 16];
    const low = a0 * b0;
    // At most (2^16-1)^2 + 2^16 + (2^16-1)^2 < 2^53.
    const middle = a1 * b0 + a0 * b1 + Math.floor(low / 0x10000);
    const carry = a1 * b1 + Math.floor(middle / 0x10000);
    this.hi = (carry + Math.imul(this.hi, b) + Math.imul(a, other.hi)) | 0;
    this.lo = ((middle & 0xffff) << 16) | (low & 0xffff);
    return this;
  }

  copy(): Word {
    return new Word(this.hi, this.lo);
  }
}

const p1 = new Word(0x9e3779b1, 0x85ebca87);
const p2 = new Word(0xc2b2ae3d, 0x27d4eb4f);
const p3 = new Word(0x165667b1, 0x9e3779f9);
const p4 = new Word(0x85ebca77, 0xc2b2ae63);
const p5 = new Word(0x27d4eb2f, 0x165667c5);
/** Zero minus p1, the start of the fourth lane. */
const minusP1 = new Word(~0x9e3779b1, -0x85ebca87 | 0);

/** The 64-bit sum of the bytes, little-endian. */
export function xxh64(bytes: Uint8Array): Buffer {
  let at = 0;
  let sum: Word;
  if (bytes.length >= 32) {
    const lanes = [p1.copy().add(p2), p2.copy(), new Word(0, 0), minusP1.copy()];
    for (; at + 32 <= bytes.length; at += 32) {
      for (let lane = 0; lane < 4; lane++) round(lanes[lane], Word.at(bytes, at + 8 * lane));
    }
    sum = lanes[0].copy().rotate(1);
    [7, 12, 18].forEach((by, i) => sum.add(lanes[i + 1].copy().rotate(by)));
    for (const lane of lanes)
      sum
        .xor(round(new Word(0, 0), lane))
        .multiply(p1)
        .add(p4);
  } else {
    sum = p5.copy();
  }
  sum.add(new Word(Math.floor(bytes.length / 0x100000000), bytes.length | 0));
  for (; at + 8 <= bytes.length; at += 8) {
    sum.xor(round(new Word(0, 0), Word.at(bytes, at)));
    sum.rotate(27).multiply(p1).add(p4);
  }
  if (at + 4 <= bytes.length) {
    sum.xor(new Word(0, uint32At(bytes, at)).multiply(p1));
    sum.rotate(23).multiply(p2).add(p3);
    at += 4;
  }
  for (; at < bytes.length; at++) {
    sum.xor(new Word(0, bytes[at]).multiply(p5));
    sum.rotate(11).multiply(p1);
  }
  sum.xorShifted(33).multiply(p2).xorShifted(29).multiply(p3).xorShifted(32);
  const out = Buffer.allocUnsafe(8);
  out.writeInt32LE(sum.lo, 0);
  out.writeInt32LE(sum.hi | 0, 4);
  return out;
}

/** Mixes a lane with 8 bytes of input. `input` is left unchanged. */
function round(lane: Word, input: Word): Word {
  return lane.add(input.copy().multiply(p2)).rotate(31).multiply(p1);
}

function uint32At(bytes: Uint8Array, at: number): number {
  return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
}
