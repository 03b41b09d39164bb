import { assert } from '@vitess-ts/base';

const FIRST_BYTES = 4096;
/** Bytes that the length of an opened message takes, whatever it is: protobuf lets a varint have leading zeros. */
const LENGTH_BYTES = 4;
const MAX_LENGTH = 1 << 28;

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

/** Writes protobuf into a buffer that grows. Field numbers are below 2^20, lengths below 2^28. */
export class WireWriter {
  buffer = Buffer.allocUnsafe(FIRST_BYTES);
  at = 0;

  /** What was written; the writer starts anew. */
  take(): Buffer {
    const taken = this.buffer.subarray(0, this.at);
    // What is taken may be in use for long: the next bytes go behind it, or into another buffer.
    this.buffer =
      this.buffer.length - this.at >= FIRST_BYTES / 4
        ? this.buffer.subarray(this.at)
        : Buffer.allocUnsafe(FIRST_BYTES);
    this.at = 0;
    return taken;
  }

  reserve(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.at + bytes, FIRST_BYTES));
    larger.set(this.buffer.subarray(0, this.at), 0);
    this.buffer = larger;
  }

  /** A whole number from 0 to 2^53 - 1, without a tag. */
  varint(n: number): void {
    this.reserve(10);
    const { buffer } = this;
    let { at } = this;
    while (n > 0x7fffffff) {
      buffer[at++] = (n % 128) | 0x80;
      n = Math.floor(n / 128);
    }
    while (n > 127) {
      buffer[at++] = (n & 127) | 0x80;
      n >>>= 7;
    }
    buffer[at++] = n;
    this.at = at;
  }

  /** Absent when 0, as in proto3. */
  number(field: number, n: number): void {
    if (n === 0) return;
    this.varint(field << 3);
    this.varint(n);
  }

  /** A 64-bit number, signed or not. */
  bigint(field: number, n: bigint): void {
    if (n === 0n) return;
    this.varint(field << 3);
    if (n > 0n && n <= Number.MAX_SAFE_INTEGER) return this.varint(Number(n));
    let rest = BigInt.asUintN(64, n);
    this.reserve(10);
    while (rest > 127n) {
      this.buffer[this.at++] = Number(rest & 127n) | 0x80;
      rest >>= 7n;
    }
    this.buffer[this.at++] = Number(rest);
  }

  flag(field: number, on: boolean): void {
    if (on) this.number(field, 1);
  }

  /** Also when empty: of a message it tells that it is there. */
  bytes(field: number, bytes: Uint8Array): void {
    this.varint((field << 3) | BYTES);
    this.varint(bytes.length);
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.at);
    this.at += bytes.length;
  }

  string(field: number, text: string): void {
    if (text !== '') this.presentString(field, text);
  }

  /** Of a repeated field: an element may be empty. */
  presentString(field: number, text: string): void {
    this.varint((field << 3) | BYTES);
    // A UTF-16 unit takes three bytes of UTF-8 at most, and a varint of one byte takes lengths up to 127.
    if (text.length < 42) {
      this.reserve(1 + text.length * 3);
      const length = this.buffer.write(text, this.at + 1);
      this.buffer[this.at] = length;
      this.at += 1 + length;
      return;
    }
    const length = Buffer.byteLength(text, 'utf8');
    this.varint(length);
    this.reserve(length);
    this.at += this.buffer.write(text, this.at, length);
  }

  /** Begins a message within this one; `close` takes what this returns. */
  open(field: number): number {
    this.varint((field << 3) | BYTES);
    this.reserve(LENGTH_BYTES);
    this.at += LENGTH_BYTES;
    return this.at;
  }

  close(start: number): void {
    const length = this.at - start;
    assert(length < MAX_LENGTH, 'a message within another is below 256 MiB');
    const { buffer } = this;
    buffer[start - 4] = (length & 127) | 0x80;
    buffer[start - 3] = ((length >>> 7) & 127) | 0x80;
    buffer[start - 2] = ((length >>> 14) & 127) | 0x80;
    buffer[start - 1] = length >>> 21;
  }
}
