import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Conn } from './conn';
import { Journal, type JournalOptions } from './file/journal';
import { WriterLock } from './file/writer-lock';
import { Store } from './store';
import { StoreConn } from './store-conn';

const defaultOptions: JournalOptions = {
  compactAboveBytes: 4 * 1024 * 1024,
  onCompactionError: (error) =>
    process.emitWarning(`topology snapshot could not be written: ${error.message}`),
};

/**
 * The embedded durable topology: one process owns a directory, keeps all files in memory, and writes each change to a
 * journal on disk before it acknowledges it. Other processes reach it through the owner (`TopoStore` service).
 * Locks and elections are not stored: they end with the process.
 */
export class FileTopo {
  private constructor(
    readonly store: Store,
    private readonly journal: Journal,
    private readonly lock: WriterLock,
  ) {}

  /**
   * Opens a directory, making it when it is missing. FAILED_PRECONDITION when another process has it open, DATA_LOSS
   * when its files are damaged.
   */
  static async open(dir: string, options: Partial<JournalOptions> = {}): Promise<FileTopo> {
    const path = resolve(dir);
    await mkdir(path, { recursive: true, mode: 0o700 });
    const lock = await WriterLock.acquire(path);
    try {
      const { journal, tree, version } = await Journal.open(path, { ...defaultOptions, ...options });
      return new FileTopo(new Store(tree, version, journal), journal, lock);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** A connection whose paths lie below `root`. */
  connect(root = ''): Conn {
    return new StoreConn(this.store, root);
  }

  /** Waits for the change under way, then gives the directory free. Close the connections first. */
  async close(): Promise<void> {
    await this.store.quiesce(() => this.journal.close());
    await this.lock.release();
  }
}
