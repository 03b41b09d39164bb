/** Bytes being put together; grows by doubling. */
export class ByteSink {
  private bytes: Buffer;
  length = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafe(Math.max(capacity, 64));
  }

  finish(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /** Returns where they start. */
  zeros(count: number): number {
    this.reserve(count);
    const at = this.length;
    this.bytes.fill(0, at, at + count);
    this.length += count;
    return at;
  }

  /** Sets a bit of a bitmap that starts at `at`. */
  orBit(at: number, bit: number): void {
    this.bytes[at + (bit >> 3)] |= 1 << (bit & 7);
  }

  copy(from: Buffer, start: number, end: number): void {
    this.reserve(end - start);
    from.copy(this.bytes, this.length, start, end);
    this.length += end - start;
  }

  /** The low bytes of an integer, signed or not. */
  integer(value: number, bytes: 1 | 2 | 4): void {
    this.reserve(bytes);
    const { bytes: out } = this;
    for (let i = 0; i < bytes; i++) out[this.length++] = (value >> (8 * i)) & 0xff;
  }

  /** A safe integer, as 64 bits. */
  integer64(value: number): void {
    this.reserve(8);
    const low = value % 0x100000000;
    this.integer(low | 0, 4);
    this.integer(Math.floor(value / 0x100000000) | 0, 4);
  }

  bigint64(value: bigint): void {
    this.reserve(8);
    this.length = this.bytes.writeBigUInt64LE(BigInt.asUintN(64, value), this.length);
  }

  float(value: number): void {
    this.reserve(4);
    this.length = this.bytes.writeFloatLE(value, this.length);
  }

  double(value: number): void {
    this.reserve(8);
    this.length = this.bytes.writeDoubleLE(value, this.length);
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + more));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }
}
