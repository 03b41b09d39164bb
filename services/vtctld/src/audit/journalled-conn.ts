import {
  badVersion,
  isNoNode,
  nodeExists,
  noNode,
  type Conn,
  type DirEntry,
  type FileContents,
  type LeaderParticipation,
  type ListedFile,
  type LockDescriptor,
  type LockOptions,
  type RecursiveWatch,
  type Version,
  type Watch,
} from '@vitess-ts/topo';
import type { Journal } from './journal';

/** A connection that notes each change, with what was there before. It does not own the other: closing it does nothing. */
export class JournalledConn implements Conn {
  constructor(
    protected readonly conn: Conn,
    protected readonly cell: string,
    protected readonly journal: Journal,
  ) {}

  listDir(path: string, full: boolean, signal?: AbortSignal): Promise<DirEntry[]> {
    return this.conn.listDir(path, full, signal);
  }

  get(path: string, signal?: AbortSignal): Promise<FileContents> {
    return this.conn.get(path, signal);
  }

  list(prefix: string, signal?: AbortSignal): Promise<ListedFile[]> {
    return this.conn.list(prefix, signal);
  }

  async create(path: string, contents: Uint8Array, signal?: AbortSignal): Promise<Version> {
    const version = await this.conn.create(path, contents, signal);
    this.journal.changed(this.cell, path, null, contents);
    return version;
  }

  async update(
    path: string,
    contents: Uint8Array,
    version: Version | null,
    signal?: AbortSignal,
  ): Promise<Version> {
    const before = await this.before(path, signal);
    const written = await this.conn.update(path, contents, version, signal);
    this.journal.changed(this.cell, path, before, contents);
    return written;
  }

  async delete(path: string, version: Version | null, signal?: AbortSignal): Promise<void> {
    const before = await this.before(path, signal);
    await this.conn.delete(path, version, signal);
    this.journal.changed(this.cell, path, before, null);
  }

  lock(path: string, contents: string, options?: LockOptions): Promise<LockDescriptor> {
    return this.conn.lock(path, contents, options);
  }

  tryLock(path: string, contents: string, options?: LockOptions): Promise<LockDescriptor> {
    return this.conn.tryLock(path, contents, options);
  }

  lockName(name: string, contents: string, options?: LockOptions): Promise<LockDescriptor> {
    return this.conn.lockName(name, contents, options);
  }

  watch(path: string, signal: AbortSignal): Promise<Watch> {
    return this.conn.watch(path, signal);
  }

  watchRecursive(path: string, signal: AbortSignal): Promise<RecursiveWatch> {
    return this.conn.watchRecursive(path, signal);
  }

  newLeaderParticipation(name: string, id: string): LeaderParticipation {
    return this.conn.newLeaderParticipation(name, id);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  private async before(path: string, signal?: AbortSignal): Promise<Buffer | null> {
    return this.get(path, signal).then(
      ({ contents }) => contents,
      (error: unknown) => {
        if (isNoNode(error)) return null;
        throw error;
      },
    );
  }
}

/** As `JournalledConn`, but what is written is kept here and seen here only; locks are not taken. */
export class DryRunConn extends JournalledConn {
  /** By path; null for what was deleted. */
  private readonly written = new Map<string, FileContents | null>();
  private versions = 0;

  override async get(path: string, signal?: AbortSignal): Promise<FileContents> {
    const written = this.written.get(clean(path));
    if (written === null) throw noNode(path);
    return written ?? this.conn.get(path, signal);
  }

  override async list(prefix: string, signal?: AbortSignal): Promise<ListedFile[]> {
    const start = prefix.replace(/^\//, '');
    const there = await this.conn.list(prefix, signal).catch((error: unknown) => {
      if (isNoNode(error)) return [];
      throw error;
    });
    const files = new Map(there.map((file) => [file.path, file]));
    for (const [path, file] of this.written) {
      if (!path.startsWith(start)) continue;
      if (file) files.set(path, { path, ...file });
      else files.delete(path);
    }
    if (files.size === 0) throw noNode(prefix);
    return [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  override async listDir(path: string, full: boolean, signal?: AbortSignal): Promise<DirEntry[]> {
    const dir = clean(path);
    const below = dir === '' ? '' : `${dir}/`;
    const entries = new Map<string, DirEntry>();
    for (const file of await this.list(below, signal).catch(none)) {
      const [name, ...rest] = file.path.slice(below.length).split('/');
      const type = rest.length > 0 ? 'directory' : 'file';
      entries.set(name, full ? { name, type, ephemeral: false } : { name });
    }
    if (entries.size === 0) throw noNode(path);
    return [...entries.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  override async create(path: string, contents: Uint8Array, signal?: AbortSignal): Promise<Version> {
    if (await this.there(path, signal)) throw nodeExists(path);
    return this.write(path, null, contents);
  }

  override async update(
    path: string,
    contents: Uint8Array,
    version: Version | null,
    signal?: AbortSignal,
  ): Promise<Version> {
    const before = await this.there(path, signal);
    if (version !== null && !before) throw noNode(path);
    if (version !== null && before?.version !== version) throw badVersion(path);
    return this.write(path, before?.contents ?? null, contents);
  }

  override async delete(path: string, version: Version | null, signal?: AbortSignal): Promise<void> {
    const before = await this.there(path, signal);
    if (!before) throw noNode(path);
    if (version !== null && before.version !== version) throw badVersion(path);
    this.written.set(clean(path), null);
    this.journal.changed(this.cell, path, before.contents, null);
  }

  override async lock(path: string, _contents: string, options?: LockOptions): Promise<LockDescriptor> {
    await this.list(`${clean(path)}/`, options?.signal);
    return heldByNobody();
  }

  override tryLock(path: string, contents: string, options?: LockOptions): Promise<LockDescriptor> {
    return this.lock(path, contents, options);
  }

  override async lockName(): Promise<LockDescriptor> {
    return heldByNobody();
  }

  private async there(path: string, signal?: AbortSignal): Promise<FileContents | undefined> {
    return this.get(path, signal).catch((error: unknown) => {
      if (isNoNode(error)) return undefined;
      throw error;
    });
  }

  private write(path: string, before: Uint8Array | null, contents: Uint8Array): Version {
    const version = `dry run ${++this.versions}`;
    this.written.set(clean(path), { contents: Buffer.from(contents), version });
    this.journal.changed(this.cell, path, before, contents);
    return version;
  }
}

const clean = (path: string): string => path.replace(/^\/|\/$/g, '');

const none = (error: unknown): ListedFile[] => {
  if (isNoNode(error)) return [];
  throw error;
};

function heldByNobody(): LockDescriptor {
  return {
    check: () => Promise.resolve(),
    lost: new AbortController().signal,
    unlock: () => Promise.resolve(),
  };
}
