import { open, mkdtemp, rm, unlink, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { SpillFile, SpillFiles } from '../engine/spill/spill-files';

/** What one step of a statement holds in memory: a few dozen megabytes with all that belongs to a row. */
const MEMORY_ROWS = 20_000;
const MEMORY_BYTES = 8 << 20;

export interface SpillLimits {
  /** Where files are made; empty: the system's directory for temporary files. */
  directory: string;
  /** Bytes of all statements' files together. */
  maxBytes: number;
}

/**
 * Files for rows that are too many for memory. A file has no name from the moment that it is open: nothing is left of
 * it, however the process ends.
 */
export class SpillDirectory implements SpillFiles {
  private bytes = 0;
  private openFiles = 0;
  private written = 0;
  private making: Promise<string> | undefined;
  private opened = 0;

  constructor(
    private readonly limits: SpillLimits,
    readonly memoryRows = MEMORY_ROWS,
    readonly memoryBytes = MEMORY_BYTES,
  ) {}

  /** `bytes`: of the files that are open; `written`: of all there ever were. */
  get stats(): { files: number; bytes: number; written: number } {
    return { files: this.openFiles, bytes: this.bytes, written: this.written };
  }

  async open(): Promise<SpillFile> {
    const path = join(await this.directory(), `rows-${this.opened++}`);
    const handle = await open(path, 'wx+', 0o600);
    try {
      await unlink(path);
    } catch (error) {
      await handle.close();
      throw error;
    }
    this.openFiles++;
    return new UnnamedFile(handle, this.take, () => {
      this.openFiles--;
    });
  }

  async close(): Promise<void> {
    const { making } = this;
    this.making = undefined;
    if (making !== undefined) await rm(await making, { recursive: true, force: true });
  }

  private directory(): Promise<string> {
    return (this.making ??= mkdtemp(join(this.limits.directory || tmpdir(), 'vtgate-spill-')));
  }

  private readonly take = (bytes: number): void => {
    if (this.bytes + bytes > this.limits.maxBytes) throw exceeded(this.limits.maxBytes);
    this.bytes += bytes;
    if (bytes > 0) this.written += bytes;
  };
}

function exceeded(limit: number): VtError {
  return new VtError(
    Code.RESOURCE_EXHAUSTED,
    `statements put more than ${limit} bytes of rows into files (spill-max-bytes); narrow the statement's condition, ` +
      `run fewer of them at a time, or raise the limit`,
    { errno: 1114, sqlstate: 'HY000' },
  );
}

class UnnamedFile implements SpillFile {
  private length = 0;
  private closing: Promise<void> | undefined;

  constructor(
    private readonly handle: FileHandle,
    /** Takes bytes of what all files may have, or gives them back. */
    private readonly take: (bytes: number) => void,
    private readonly onClosed: () => void,
  ) {}

  async append(bytes: Buffer): Promise<number> {
    this.take(bytes.length);
    const at = this.length;
    this.length += bytes.length;
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done, at + done);
      done += bytesWritten;
    }
    return at;
  }

  async read(position: number, length: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(length);
    const { bytesRead } = await this.handle.read(buffer, 0, length, position);
    return buffer.subarray(0, bytesRead);
  }

  close(): Promise<void> {
    return (this.closing ??= this.end());
  }

  private async end(): Promise<void> {
    this.take(-this.length);
    this.onClosed();
    try {
      await this.handle.close();
    } catch {
      // The file has no name: it is gone with its handle, whatever the system says of it.
    }
  }
}
