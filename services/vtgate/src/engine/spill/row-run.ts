import { Code, VtError } from '@vitess-ts/vterrors';
import type { SpillFile } from './spill-files';

const WRITE_BYTES = 256 * 1024;
const READ_BYTES = 64 * 1024;
const LENGTH_BYTES = 4;

/** Rows in a file, one after the other: the length of each, then its encoded bytes. */
export interface RowRun {
  start: number;
  end: number;
}

/** Writes runs of rows, one at a time. */
export class RowRunWriter {
  private readonly pieces: Buffer[] = [];
  private bytes = 0;
  private start: number | undefined;
  private end = 0;

  constructor(private readonly file: SpillFile) {}

  /** True when `flush` should be awaited. */
  get isFull(): boolean {
    return this.bytes >= WRITE_BYTES;
  }

  add(row: Buffer): void {
    const length = Buffer.allocUnsafe(LENGTH_BYTES);
    length.writeUInt32LE(row.length);
    this.pieces.push(length, row);
    this.bytes += LENGTH_BYTES + row.length;
  }

  async flush(): Promise<void> {
    if (this.bytes === 0) return;
    const bytes = Buffer.concat(this.pieces, this.bytes);
    this.pieces.length = 0;
    this.bytes = 0;
    const at = await this.file.append(bytes);
    this.start ??= at;
    this.end = at + bytes.length;
  }

  /** Ends the run; the writer then begins another. */
  async finish(): Promise<RowRun> {
    await this.flush();
    const run = { start: this.start ?? 0, end: this.start === undefined ? 0 : this.end };
    this.start = undefined;
    return run;
  }
}

/** Reads a run's rows from its first to its last. */
export class RowRunReader {
  private buffer: Buffer = Buffer.alloc(0);
  private at = 0;
  private position: number;

  constructor(
    private readonly file: SpillFile,
    private readonly run: RowRun,
  ) {
    this.position = run.start;
  }

  /** The next row if it needs no reading; undefined says nothing of the end. */
  take(): Buffer | undefined {
    const left = this.buffer.length - this.at;
    if (left < LENGTH_BYTES) return undefined;
    const length = this.buffer.readUInt32LE(this.at);
    if (left < LENGTH_BYTES + length) return undefined;
    const start = this.at + LENGTH_BYTES;
    this.at = start + length;
    return this.buffer.subarray(start, this.at);
  }

  /** The next row, or undefined at the end. */
  async next(): Promise<Buffer | undefined> {
    for (;;) {
      const row = this.take();
      if (row !== undefined) return row;
      if (this.position >= this.run.end && this.at >= this.buffer.length) return undefined;
      await this.fill();
    }
  }

  private async fill(): Promise<void> {
    const rest = this.buffer.subarray(this.at);
    const needed = rest.length >= LENGTH_BYTES ? LENGTH_BYTES + rest.readUInt32LE(0) - rest.length : 0;
    const length = Math.min(Math.max(READ_BYTES, needed), this.run.end - this.position);
    const read = length > 0 ? await this.file.read(this.position, length) : Buffer.alloc(0);
    if (read.length === 0) throw new VtError(Code.INTERNAL, 'a file of rows ends within a row');
    this.position += read.length;
    this.buffer = rest.length === 0 ? read : Buffer.concat([rest, read]);
    this.at = 0;
  }
}
