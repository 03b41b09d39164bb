import { Mutex } from '@vitess-ts/base';
import type { DirEntry, FileContents, ListedFile, RecursiveChange, Version } from './conn';
import { badVersion, noNode, nodeExists } from './errors';
import { FileTree, type StoredFile } from './file-tree';
import { LockTable } from './lock-table';

/** One change of the store. Contents absent: the file is deleted. */
export interface Mutation {
  path: string;
  /** Greater than that of every change before it. */
  version: bigint;
  contents?: Buffer;
}

/** Where a store writes its changes down before they count. */
export interface MutationLog {
  /**
   * Resolves when the change is durable. `tree` is the state before it. When it rejects, the change did not happen as
   * far as this process is concerned, and the log takes no further ones.
   */
  append(mutation: Mutation, tree: FileTree): Promise<void>;
}

export type StoreListener = (change: RecursiveChange) => void;

/**
 * The embedded topology store: all files in memory, changed one after the other, each change first written to the log
 * (if there is one), then seen by readers and watchers. Paths are clean and absolute. Connections are `StoreConn`s.
 */
export class Store {
  readonly locks = new LockTable();
  private readonly writer = new Mutex();
  private readonly listeners = new Set<StoreListener>();

  constructor(
    private readonly tree: FileTree = new FileTree(),
    private lastVersion: bigint = 0n,
    private readonly log?: MutationLog,
  ) {}

  listDir(path: string, full: boolean): DirEntry[] {
    return this.tree.listDir(path, full);
  }

  isDirectory(path: string): boolean {
    return this.tree.isDirectory(path);
  }

  get(path: string): FileContents {
    const file = this.tree.get(path);
    if (!file) throw noNode(path);
    return { contents: file.contents, version: String(file.version) };
  }

  list(prefix: string): ListedFile[] {
    return this.tree.list(prefix);
  }

  create(path: string, contents: Uint8Array, signal?: AbortSignal): Promise<Version> {
    return this.write(path, contents, signal, (file) => {
      if (file) throw nodeExists(path);
      this.tree.checkPlace(path);
    });
  }

  update(
    path: string,
    contents: Uint8Array,
    version: Version | null,
    signal?: AbortSignal,
  ): Promise<Version> {
    return this.write(path, contents, signal, (file) => {
      if (version !== null) checkVersion(path, file, version);
      else if (!file) this.tree.checkPlace(path);
    });
  }

  delete(path: string, version: Version | null, signal?: AbortSignal): Promise<void> {
    return this.writer.runExclusive(async () => {
      const file = this.tree.get(path);
      if (!file) throw noNode(path);
      if (version !== null) checkVersion(path, file, version);
      await this.commit({ path, version: this.lastVersion + 1n });
      this.tree.remove(path);
      this.emit({ path, deleted: true });
    }, signal);
  }

  /** Calls `fn` with each change after it became visible. It must not throw. The returned function takes it off. */
  onChange(fn: StoreListener): () => void {
    this.listeners.add(fn);
    return () => void this.listeners.delete(fn);
  }

  /** Runs `fn` while no change is under way. */
  quiesce<T>(fn: () => Promise<T>): Promise<T> {
    return this.writer.runExclusive(fn);
  }

  private write(
    path: string,
    contents: Uint8Array,
    signal: AbortSignal | undefined,
    check: (file: StoredFile | undefined) => void,
  ): Promise<Version> {
    // The caller may change its buffer later, and what is stored is handed out.
    const copy = Buffer.from(contents);
    return this.writer.runExclusive(async () => {
      check(this.tree.get(path));
      const mutation = { path, version: this.lastVersion + 1n, contents: copy };
      await this.commit(mutation);
      this.tree.put(path, { contents: copy, version: mutation.version });
      this.emit({ path, contents: copy, version: String(mutation.version) });
      return String(mutation.version);
    }, signal);
  }

  private async commit(mutation: Mutation): Promise<void> {
    if (this.log) await this.log.append(mutation, this.tree);
    this.lastVersion = mutation.version;
  }

  private emit(change: RecursiveChange): void {
    for (const listener of [...this.listeners]) listener(change);
  }
}

function checkVersion(path: string, file: StoredFile | undefined, version: Version): void {
  if (!file) throw noNode(path);
  if (String(file.version) !== version) throw badVersion(path);
}
