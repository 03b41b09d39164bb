import { lenencSize, writeLenenc } from '@vitess-ts/sqltypes';

/** Builds one payload; grows by doubling. For the small packets: rows are copied by their own code. */
export class PayloadWriter {
  private buf: Buffer;
  private at = 0;

  constructor(size = 128) {
    this.buf = Buffer.allocUnsafe(size);
  }

  uint8(value: number): this {
    this.reserve(1);
    this.buf[this.at++] = value;
    return this;
  }

  uint16(value: number): this {
    this.reserve(2);
    this.at = this.buf.writeUInt16LE(value, this.at);
    return this;
  }

  uint32(value: number): this {
    this.reserve(4);
    this.at = this.buf.writeUInt32LE(value >>> 0, this.at);
    return this;
  }

  zeros(count: number): this {
    this.reserve(count);
    this.buf.fill(0, this.at, this.at + count);
    this.at += count;
    return this;
  }

  bytes(value: Uint8Array): this {
    this.reserve(value.length);
    this.buf.set(value, this.at);
    this.at += value.length;
    return this;
  }

  string(value: string): this {
    return this.bytes(Buffer.from(value, 'utf8'));
  }

  nulString(value: string): this {
    return this.string(value).uint8(0);
  }

  lenenc(value: number): this {
    this.reserve(9);
    this.at = writeLenenc(this.buf, this.at, value);
    return this;
  }

  /** An unsigned 64-bit integer, length-encoded. */
  lenencBigint(value: bigint): this {
    if (value <= 0xffffffn) return this.lenenc(Number(value));
    this.reserve(9);
    this.buf[this.at] = 0xfe;
    this.buf.writeBigUInt64LE(BigInt.asUintN(64, value), this.at + 1);
    this.at += 9;
    return this;
  }

  lenencBytes(value: Uint8Array): this {
    this.reserve(lenencSize(value.length) + value.length);
    return this.lenenc(value.length).bytes(value);
  }

  lenencString(value: string): this {
    return this.lenencBytes(Buffer.from(value, 'utf8'));
  }

  finish(): Buffer {
    return this.buf.subarray(0, this.at);
  }

  private reserve(bytes: number): void {
    if (this.at + bytes <= this.buf.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buf.length * 2, this.at + bytes));
    this.buf.copy(larger, 0, 0, this.at);
    this.buf = larger;
  }
}
