import { RowBatch } from '@vitess-ts/sqltypes';
import { copyBytes } from '../protocol/packets';

/** Gathers row payloads into one `RowBatch`: bytes are copied once, no object is made per row or value. */
export class RowCollector {
  private data: Buffer | null = null;
  private at = 0;
  private ends: number[] = [];

  constructor(private readonly columns: number) {}

  get length(): number {
    return this.ends.length;
  }

  get byteLength(): number {
    return this.at;
  }

  /** Adds the row buf[start, end). */
  add(buf: Buffer, start: number, end: number): void {
    const needed = this.at + end - start;
    let data = this.data;
    if (data === null || needed > data.length) data = this.grow(needed);
    this.at = copyBytes(data, this.at, buf, start, end);
    this.ends.push(this.at);
  }

  /** The rows so far; the collector is empty after it. */
  take(): RowBatch {
    if (this.data === null) return new RowBatch(this.columns, EMPTY, []);
    const batch = new RowBatch(this.columns, this.data.subarray(0, this.at), this.ends);
    this.data = null;
    this.at = 0;
    this.ends = [];
    return batch;
  }

  private grow(needed: number): Buffer {
    const size = this.data === null ? Math.max(needed, FIRST_BYTES) : Math.max(needed, this.data.length * 2);
    const larger = Buffer.allocUnsafe(size);
    if (this.data !== null) larger.set(this.data.subarray(0, this.at));
    this.data = larger;
    return larger;
  }
}

const FIRST_BYTES = 512;
const EMPTY = Buffer.alloc(0);
