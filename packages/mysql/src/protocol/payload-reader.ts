import { malformedPacket } from './protocol-error';

/**
 * A cursor over one payload, buf[start, end). Every read is checked against the end and throws `SqlError` 2027, so
 * that garbage from a peer never reads over its packet.
 */
export class PayloadReader {
  constructor(
    readonly buf: Buffer,
    public at: number,
    readonly end: number,
  ) {}

  get remaining(): number {
    return this.end - this.at;
  }

  uint8(): number {
    this.need(1);
    return this.buf[this.at++];
  }

  uint16(): number {
    this.need(2);
    const value = this.buf.readUInt16LE(this.at);
    this.at += 2;
    return value;
  }

  uint32(): number {
    this.need(4);
    const value = this.buf.readUInt32LE(this.at);
    this.at += 4;
    return value;
  }

  skip(bytes: number): void {
    this.need(bytes);
    this.at += bytes;
  }

  /** The next bytes; they share the packet's memory. */
  bytes(length: number): Buffer {
    this.need(length);
    const from = this.at;
    this.at += length;
    return this.buf.subarray(from, this.at);
  }

  rest(): Buffer {
    return this.bytes(this.end - this.at);
  }

  /** Bytes up to a NUL, which is consumed too. */
  nulBytes(): Buffer {
    const nul = this.buf.indexOf(0, this.at);
    if (nul < 0 || nul >= this.end) throw malformedPacket('string without its end');
    const from = this.at;
    this.at = nul + 1;
    return this.buf.subarray(from, nul);
  }

  nulString(): string {
    return this.nulBytes().toString('utf8');
  }

  /** A length-encoded integer below 2^53; larger ones are malformed here (lengths and counts). */
  lenenc(): number {
    const first = this.uint8();
    if (first < 0xfb) return first;
    if (first === 0xfc) return this.uint16();
    if (first === 0xfd) {
      const low = this.uint16();
      return low + this.uint8() * 0x10000;
    }
    if (first !== 0xfe) throw malformedPacket('not a length-encoded integer');
    const low = this.uint32();
    const value = low + this.uint32() * 0x100000000;
    if (!Number.isSafeInteger(value)) throw malformedPacket('length out of range');
    return value;
  }

  /** A length-encoded integer of the full 64 bits. */
  lenencBigint(): bigint {
    if (this.at < this.end && this.buf[this.at] === 0xfe) {
      this.at++;
      this.need(8);
      const value = this.buf.readBigUInt64LE(this.at);
      this.at += 8;
      return value;
    }
    const value = this.lenenc();
    return value === 0 ? 0n : BigInt(value);
  }

  lenencBytes(): Buffer {
    return this.bytes(this.lenenc());
  }

  lenencString(): string {
    const length = this.lenenc();
    this.need(length);
    const from = this.at;
    this.at += length;
    return length === 0 ? '' : this.buf.toString('utf8', from, this.at);
  }

  private need(bytes: number): void {
    if (this.end - this.at < bytes) throw malformedPacket('payload is too short');
  }
}
