import { Code, VtError } from '@vitess-ts/vterrors';

/** Writes values in ZooKeeper's encoding: big-endian, lengths as 32 bits, -1 for what is absent. */
export class JuteWriter {
  private readonly parts: Buffer[] = [];

  int(value: number): this {
    const part = Buffer.allocUnsafe(4);
    part.writeInt32BE(value);
    this.parts.push(part);
    return this;
  }

  long(value: bigint): this {
    const part = Buffer.allocUnsafe(8);
    part.writeBigInt64BE(value);
    this.parts.push(part);
    return this;
  }

  bool(value: boolean): this {
    this.parts.push(Buffer.of(value ? 1 : 0));
    return this;
  }

  buffer(value: Buffer | null): this {
    if (value === null) return this.int(-1);
    this.int(value.length);
    this.parts.push(value);
    return this;
  }

  text(value: string): this {
    return this.buffer(Buffer.from(value));
  }

  /** What was written, as a frame: with its length before it. */
  frame(): Buffer {
    const length = this.parts.reduce((sum, part) => sum + part.length, 0);
    const head = Buffer.allocUnsafe(4);
    head.writeInt32BE(length);
    return Buffer.concat([head, ...this.parts], length + 4);
  }
}

/** Reads what `JuteWriter` writes. DATA_LOSS when an answer is shorter than it must be. */
export class JuteReader {
  private at = 0;

  constructor(private readonly bytes: Buffer) {}

  int(): number {
    return this.bytes.readInt32BE(this.step(4));
  }

  long(): bigint {
    return this.bytes.readBigInt64BE(this.step(8));
  }

  buffer(): Buffer | null {
    const length = this.int();
    if (length < 0) return null;
    const start = this.step(length);
    return this.bytes.subarray(start, start + length);
  }

  text(): string {
    return this.buffer()?.toString() ?? '';
  }

  texts(): string[] {
    const count = this.int();
    return Array.from({ length: Math.max(0, count) }, () => this.text());
  }

  private step(length: number): number {
    const start = this.at;
    this.at += length;
    if (this.at > this.bytes.length) throw new VtError(Code.DATA_LOSS, 'an answer of zookeeper is cut short');
    return start;
  }
}
