import { VtError } from '@vitess-ts/vterrors';
import type {
  Conn,
  DirEntry,
  FileContents,
  LeaderParticipation,
  ListedFile,
  LockDescriptor,
  LockOptions,
  RecursiveChange,
  RecursiveWatch,
  Version,
  Watch,
} from './conn';
import {
  asVtError,
  connClosed,
  connectionController,
  interrupted,
  noNode,
  throwIfInterrupted,
} from './errors';
import { EventStream } from './event-stream';
import type { HeldLock } from './lock-table';
import { checkContents, cleanFilePath, cleanPath, isAtOrBelow, joinPath } from './path';
import type { Store } from './store';
import { StoreElection } from './store-election';

/**
 * A connection to a store in this process, below a root path. Locks are leases of the connection: closing it loses
 * them. `ttlMs` has no part here: a holder in this process cannot be cut off from its store, only die with it.
 */
export class StoreConn implements Conn {
  private readonly root: string;
  private readonly held = new Set<HeldLock>();
  private readonly streams = new Set<{ fail(error: VtError): void }>();
  private readonly elections = new Set<StoreElection>();
  private readonly closing = connectionController();

  constructor(
    private readonly store: Store,
    root = '',
    private readonly onClose: () => Promise<void> = () => Promise.resolve(),
  ) {
    this.root = cleanPath(root);
  }

  async listDir(path: string, full: boolean, signal?: AbortSignal): Promise<DirEntry[]> {
    return this.store.listDir(this.enter(path, signal), full);
  }

  async create(path: string, contents: Uint8Array, signal?: AbortSignal): Promise<Version> {
    const target = this.enterFile(path, signal);
    checkContents(path, contents);
    return this.write(path, signal, () => this.store.create(target, contents, signal));
  }

  async update(
    path: string,
    contents: Uint8Array,
    version: Version | null,
    signal?: AbortSignal,
  ): Promise<Version> {
    const target = this.enterFile(path, signal);
    checkContents(path, contents);
    return this.write(path, signal, () => this.store.update(target, contents, version, signal));
  }

  async get(path: string, signal?: AbortSignal): Promise<FileContents> {
    return this.store.get(this.enterFile(path, signal));
  }

  async list(prefix: string, signal?: AbortSignal): Promise<ListedFile[]> {
    // Not a path: it may end in the middle of a segment, or with the slash that closes one.
    const trimmed = prefix.replace(/^\//, '');
    const cleaned = this.enter(trimmed, signal);
    const found = this.store.list(
      trimmed.endsWith('/') || trimmed === '' ? `${cleaned}/`.replace(/^\//, '') : cleaned,
    );
    if (found.length === 0) throw noNode(prefix);
    return found.map((file) => ({ ...file, path: this.relative(file.path) }));
  }

  async delete(path: string, version: Version | null, signal?: AbortSignal): Promise<void> {
    const target = this.enterFile(path, signal);
    return this.write(path, signal, () => this.store.delete(target, version, signal));
  }

  async lock(path: string, contents: string, options: LockOptions = {}): Promise<LockDescriptor> {
    const target = this.enter(path, options.signal);
    if (!this.store.isDirectory(target)) throw noNode(path);
    return this.acquire(target, contents, options.signal);
  }

  async tryLock(path: string, contents: string, options: LockOptions = {}): Promise<LockDescriptor> {
    const target = this.enter(path, options.signal);
    if (!this.store.isDirectory(target)) throw noNode(path);
    return this.hold(this.store.locks.tryAcquire(lockKey(target), contents));
  }

  async lockName(name: string, contents: string, options: LockOptions = {}): Promise<LockDescriptor> {
    return this.acquire(this.enter(name, options.signal), contents, options.signal);
  }

  async watch(path: string, signal: AbortSignal): Promise<Watch> {
    const target = this.enterFile(path, signal);
    const initial = this.store.get(target);
    const changes = this.stream<FileContents>(`watch of ${path}`, signal, (stream) =>
      this.store.onChange((change) => {
        if (change.path !== target) return;
        if (change.deleted) stream.fail(noNode(path));
        else stream.push({ contents: change.contents, version: change.version });
      }),
    );
    return { initial, changes };
  }

  async watchRecursive(path: string, signal: AbortSignal): Promise<RecursiveWatch> {
    const target = this.enter(path, signal);
    const initial = this.store
      .list(target)
      .filter((file) => isAtOrBelow(file.path, target))
      .map((file) => ({ ...file, path: this.relative(file.path) }));
    const changes = this.stream<RecursiveChange>(`watch below ${path}`, signal, (stream) =>
      this.store.onChange((change) => {
        if (isAtOrBelow(change.path, target)) stream.push({ ...change, path: this.relative(change.path) });
      }),
    );
    return { initial, changes };
  }

  newLeaderParticipation(name: string, id: string): LeaderParticipation {
    this.throwIfClosed();
    const key = electionKey(joinPath(this.root, cleanFilePath(name)));
    const election = new StoreElection(this.store.locks, key, id, () => this.elections.delete(election));
    this.elections.add(election);
    return election;
  }

  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort(connClosed());
    for (const stream of [...this.streams]) stream.fail(connClosed());
    await Promise.all([...this.elections].map((election) => election.stop()));
    for (const lock of [...this.held]) lock.revoke('its connection was closed');
    await this.onClose();
  }

  private throwIfClosed(): void {
    if (this.closing.signal.aborted) throw connClosed();
  }

  private enter(path: string, signal: AbortSignal | undefined): string {
    this.throwIfClosed();
    throwIfInterrupted(signal, path);
    return joinPath(this.root, cleanPath(path));
  }

  private enterFile(path: string, signal: AbortSignal | undefined): string {
    cleanFilePath(path);
    return this.enter(path, signal);
  }

  private relative(path: string): string {
    return this.root === '' ? path : path.slice(this.root.length + 1);
  }

  /** A write that was given up while it waited its turn has not happened. */
  private async write<T>(path: string, signal: AbortSignal | undefined, fn: () => Promise<T>): Promise<T> {
    try {
      return await fn();
    } catch (error) {
      if (!(error instanceof VtError) && signal?.aborted) throw interrupted(signal, `write of ${path}`);
      throw asVtError(error);
    }
  }

  private async acquire(target: string, contents: string, signal?: AbortSignal): Promise<LockDescriptor> {
    const signals = signal ? AbortSignal.any([signal, this.closing.signal]) : this.closing.signal;
    return this.hold(await this.store.locks.acquire(lockKey(target), contents, signals));
  }

  private hold(lock: HeldLock): LockDescriptor {
    if (this.closing.signal.aborted) {
      lock.revoke('its connection was closed');
      throw connClosed();
    }
    this.held.add(lock);
    lock.onRelease(() => this.held.delete(lock));
    return lock;
  }

  private stream<T>(
    what: string,
    signal: AbortSignal,
    subscribe: (stream: EventStream<T>) => () => void,
  ): EventStream<T> {
    let unsubscribe: () => void = () => undefined;
    const stream = new EventStream<T>(what, signal, () => {
      unsubscribe();
      this.streams.delete(stream);
    });
    unsubscribe = subscribe(stream);
    this.streams.add(stream);
    return stream;
  }
}

/** Locks and elections have names of their own, apart from each other and from files. */
function lockKey(path: string): string {
  return `locks/${path}`;
}

function electionKey(path: string): string {
  return `elections/${path}`;
}
