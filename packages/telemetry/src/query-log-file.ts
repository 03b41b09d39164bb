import { createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { Code, VtError } from '@vitess-ts/vterrors';

/** Bytes that may wait for the disk; what comes on top is dropped, for queries must not wait for their log. */
const MAX_PENDING_BYTES = 16 << 20;

/** Appends the lines of a query log to a file. */
export class QueryLogFile {
  private isBroken = false;
  private droppedLines = 0;

  private constructor(
    private readonly stream: WriteStream,
    onError: (error: Error) => void,
  ) {
    stream.on('error', (error) => {
      this.isBroken = true;
      onError(error);
    });
  }

  /** Rejects with FAILED_PRECONDITION when the file cannot be opened. Whoever opens it closes it. */
  static async open(path: string, onError: (error: Error) => void): Promise<QueryLogFile> {
    const stream = createWriteStream(path, { flags: 'a', mode: 0o640 });
    try {
      await once(stream, 'open');
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new VtError(Code.FAILED_PRECONDITION, `cannot open the query log ${path}: ${why}`, {
        cause: error,
      });
    }
    return new QueryLogFile(stream, onError);
  }

  /** Lines that were not written because the disk was too slow, or failed. */
  get dropped(): number {
    return this.droppedLines;
  }

  /** `line` ends with its line feed. */
  write(line: string): void {
    if (this.isBroken || this.stream.writableLength > MAX_PENDING_BYTES) this.droppedLines++;
    else this.stream.write(line);
  }

  /** Resolves when all lines are written. */
  async close(): Promise<void> {
    if (this.isBroken) return;
    await new Promise<void>((resolve) => {
      this.stream.once('close', () => resolve());
      this.stream.end();
    });
  }
}
