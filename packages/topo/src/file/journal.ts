import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { FileTree } from '../file-tree';
import type { Mutation, MutationLog } from '../store';
import { damaged, decodeMutation, encodeMutation, readBody } from './record';
import { readIfThere, readSnapshot, replaceFile, writeSnapshot } from './snapshot';

const journalMagic = Buffer.from('VTTOPO JOURNAL 1\n');

export interface JournalOptions {
  /** The journal is folded into a new snapshot above this size, and above twice that of the files it holds. */
  compactAboveBytes: number;
  /** Told when a snapshot could not be written. No change is lost by that: the journal grows on. */
  onCompactionError: (error: Error) => void;
}

/**
 * Changes on disk: a snapshot, and a journal of the changes after it. A change is durable before `append` resolves.
 * After a crash at any moment, `open` gives exactly the changes that were acknowledged, and perhaps the one that was
 * under way. The directory must belong to this process alone.
 */
export class Journal implements MutationLog {
  private broken?: Error;
  private compactAt: number;

  private constructor(
    private readonly dir: string,
    private handle: FileHandle,
    private size: number,
    private readonly options: JournalOptions,
  ) {
    this.compactAt = options.compactAboveBytes;
  }

  static async open(
    dir: string,
    options: JournalOptions,
  ): Promise<{ journal: Journal; tree: FileTree; version: bigint }> {
    const { tree, version: snapshotVersion } = await readSnapshot(join(dir, 'snapshot'));
    const file = join(dir, 'journal');
    let bytes = await readIfThere(file);
    // The journal is made by a rename, so it has its beginning or does not exist.
    if (!bytes) await replaceFile(file, () => [(bytes = journalMagic)]);
    const { end, version } = replay(file, bytes as Buffer, tree, snapshotVersion);
    const handle = await open(file, 'r+');
    try {
      await handle.truncate(end);
      await handle.datasync();
    } catch (error) {
      await handle.close();
      throw error;
    }
    return { journal: new Journal(dir, handle, end, options), tree, version };
  }

  async append(mutation: Mutation, tree: FileTree): Promise<void> {
    if (this.broken) throw this.unavailable('refuses changes since a write failed', this.broken);
    if (this.size > this.compactAt) await this.compact(tree, mutation.version - 1n);
    const record = encodeMutation(mutation);
    try {
      await writeAt(this.handle, record, this.size);
    } catch (error) {
      await this.takeBack(error as Error);
      throw this.unavailable('could not write a change', error as Error);
    }
    try {
      await this.handle.datasync();
    } catch (error) {
      // The record may reach the disk or not, and a second sync would not tell.
      this.broken = error as Error;
      throw this.unavailable('does not know whether a change reached the disk', error as Error);
    }
    this.size += record.length;
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  /** Cuts off what a failed write left; the disk was full, say, and may have room later. */
  private async takeBack(cause: Error): Promise<void> {
    try {
      await this.handle.truncate(this.size);
    } catch {
      // The failed write is what is reported; from here on all changes are refused because of it.
      this.broken = cause;
    }
  }

  /** A crash between the two steps is harmless: changes up to the snapshot's version are skipped when replayed. */
  private async compact(tree: FileTree, version: bigint): Promise<void> {
    const file = join(this.dir, 'journal');
    try {
      await writeSnapshot(join(this.dir, 'snapshot'), tree, version);
      await replaceFile(file, () => [journalMagic]);
    } catch (error) {
      this.compactAt = this.size * 2;
      this.options.onCompactionError(error as Error);
      return;
    }
    try {
      const handle = await open(file, 'r+');
      await this.handle.close();
      this.handle = handle;
    } catch (error) {
      this.broken = error as Error;
      throw this.unavailable('could not open its new journal', error as Error);
    }
    this.size = journalMagic.length;
    this.compactAt = Math.max(this.options.compactAboveBytes, 2 * tree.byteCount);
  }

  private unavailable(what: string, cause: Error): VtError {
    return new VtError(
      Code.UNAVAILABLE,
      `topology store ${this.dir} ${what}: ${cause.message}; when the disk is well again, restart the server`,
      { cause },
    );
  }
}

/** Puts the journal's changes into the tree. `end` is where the next record goes. */
function replay(
  file: string,
  bytes: Buffer,
  tree: FileTree,
  snapshotVersion: bigint,
): { end: number; version: bigint } {
  if (!bytes.subarray(0, journalMagic.length).equals(journalMagic)) {
    throw damaged(file, 0, 'it does not begin as a journal of this version does');
  }
  let end = journalMagic.length;
  let version = snapshotVersion;
  for (let read = readBody(file, bytes, end); read.kind === 'body'; read = readBody(file, bytes, end)) {
    const mutation = decodeMutation(file, end, read.body);
    end = read.next;
    if (mutation.version <= snapshotVersion) continue;
    if (mutation.version !== version + 1n) {
      throw damaged(file, end, `change ${mutation.version} follows change ${version}`);
    }
    version = mutation.version;
    if (mutation.contents) tree.put(mutation.path, { contents: mutation.contents, version });
    else tree.remove(mutation.path);
  }
  return { end, version };
}

async function writeAt(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}
