import { Code, VtError } from '@vitess-ts/vterrors';
import { BYTES, FIXED32, FIXED64, VARINT } from './wire-writer';

/** Reads protobuf from a part of a buffer. Throws INVALID_ARGUMENT for what is none. */
export class WireReader {
  /** Of the field that `next` has found. */
  field = 0;
  wireType = 0;

  constructor(
    readonly buffer: Buffer,
    public at = 0,
    public end = buffer.length,
  ) {}

  /** Goes on to the next field; false at the end. What it holds must be read or skipped. */
  next(): boolean {
    if (this.at >= this.end) return false;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.wireType = tag & 7;
    return true;
  }

  /** A number below 2^53. */
  varint(): number {
    const { buffer } = this;
    let byte = this.at < this.end ? buffer[this.at++] : malformed('a number is cut off');
    if (byte < 128) return byte;
    let value = byte & 127;
    let factor = 128;
    for (let i = 0; i < 9; i++) {
      byte = this.at < this.end ? buffer[this.at++] : malformed('a number is cut off');
      value += (byte & 127) * factor;
      if (byte < 128) return value <= Number.MAX_SAFE_INTEGER ? value : malformed('a number is too large');
      factor *= 128;
    }
    return malformed('a number is too long');
  }

  /** The 64 bits of a number, as unsigned. */
  uint64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.at < this.end ? this.buffer[this.at++] : malformed('a number is cut off');
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asUintN(64, value);
    }
    return malformed('a number is too long');
  }

  int64(): bigint {
    return BigInt.asIntN(64, this.uint64());
  }

  /** Start and end of the bytes are `at` and what this returns; the reader stands before them. */
  bytesEnd(): number {
    if (this.wireType !== BYTES) malformed('a field has another type than it should');
    const length = this.varint();
    if (length > this.end - this.at) malformed('a field is cut off');
    return this.at + length;
  }

  /** The bytes share the buffer's memory. */
  bytes(): Buffer {
    const end = this.bytesEnd();
    const bytes = this.buffer.subarray(this.at, end);
    this.at = end;
    return bytes;
  }

  string(): string {
    const end = this.bytesEnd();
    const text = this.buffer.toString('utf8', this.at, end);
    this.at = end;
    return text;
  }

  /** Passes over a field that means nothing to this reader. */
  skip(): void {
    switch (this.wireType) {
      case VARINT:
        this.uint64();
        return;
      case BYTES:
        this.at = this.bytesEnd();
        return;
      case FIXED64:
      case FIXED32:
        this.at += this.wireType === FIXED64 ? 8 : 4;
        if (this.at > this.end) malformed('a field is cut off');
        return;
      default:
        malformed('a field has no type');
    }
  }
}

function malformed(what: string): never {
  throw new VtError(Code.INVALID_ARGUMENT, `malformed message: ${what}`);
}
