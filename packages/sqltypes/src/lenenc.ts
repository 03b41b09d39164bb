import { assert } from '@vitess-ts/base';

/** Marks NULL in a text row (MySQL manual, Text Resultset Row). */
export const NULL_BYTE = 0xfb;

/** Bytes that a length-encoded integer takes. */
export function lenencSize(n: number): number {
  return n < 0xfb ? 1 : n <= 0xffff ? 3 : n <= 0xffffff ? 4 : 9;
}

/** Writes a length-encoded integer and returns the offset after it. */
export function writeLenenc(buf: Buffer, at: number, n: number): number {
  if (n < 0xfb) {
    buf[at] = n;
    return at + 1;
  }
  if (n <= 0xffff) {
    buf[at] = 0xfc;
    buf.writeUInt16LE(n, at + 1);
    return at + 3;
  }
  if (n <= 0xffffff) {
    buf[at] = 0xfd;
    buf.writeUIntLE(n, at + 1, 3);
    return at + 4;
  }
  buf[at] = 0xfe;
  buf.writeUInt32LE(n % 0x100000000, at + 1);
  buf.writeUInt32LE(Math.floor(n / 0x100000000), at + 5);
  return at + 9;
}

/** A cursor over length-encoded strings. `value` is undefined-free: NULL reads as null. */
export class LenencReader {
  constructor(
    private readonly buf: Buffer,
    public at: number,
    private readonly end: number,
  ) {}

  /** Reads the length of the next string; -1 for NULL. Leaves `at` at its first byte. */
  length(): number {
    const buf = this.buf;
    assert(this.at < this.end, 'text row is shorter than its columns');
    const first = buf[this.at++];
    if (first < NULL_BYTE) return first;
    if (first === NULL_BYTE) return -1;
    let n: number;
    if (first === 0xfc) {
      n = buf.readUInt16LE(this.at);
      this.at += 2;
    } else if (first === 0xfd) {
      n = buf.readUIntLE(this.at, 3);
      this.at += 3;
    } else {
      n = buf.readUInt32LE(this.at) + buf.readUInt32LE(this.at + 4) * 0x100000000;
      this.at += 8;
    }
    return n;
  }

  skip(): void {
    const n = this.length();
    if (n > 0) this.at += n;
  }

  next(): Buffer | null {
    const n = this.length();
    if (n < 0) return null;
    const from = this.at;
    this.at += n;
    assert(this.at <= this.end, 'text row value reaches over the end of its row');
    return this.buf.subarray(from, this.at);
  }
}
