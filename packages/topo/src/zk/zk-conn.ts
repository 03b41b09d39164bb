import { Mutex } from '@vitess-ts/base';
import { Code, VtError } from '@vitess-ts/vterrors';
import {
  defaultLockTtlMs,
  minLockTtlMs,
  type Conn,
  type DirEntry,
  type FileContents,
  type LeaderParticipation,
  type ListedFile,
  type LockDescriptor,
  type LockOptions,
  type RecursiveChange,
  type RecursiveWatch,
  type Version,
  type Watch,
} from '../conn';
import {
  asVtError,
  connClosed,
  connectionController,
  interrupted,
  noNode,
  throwIfInterrupted,
} from '../errors';
import { EventStream } from '../event-stream';
import { checkContents, cleanFilePath, cleanPath, joinPath } from '../path';
import type { TlsPem } from '../tls-files';
import { ZkClient } from './zk-client';
import { ZkElection } from './zk-election';
import { electionsDir, locksDir, ZkFiles } from './zk-files';
import { filesBelow, fileWatcher, recursiveWatcher } from './zk-followers';
import { ZkLock, type ZkLockContext } from './zk-lock';
import type { ZkCallSettings } from './zk-session';
import { ZkWatches } from './zk-watches';
import type { ZkAddress, ZkAuth } from './zk-wire';

export interface ZkConnOptions {
  /** `host:port`, or several of one ensemble with commas between them. */
  address: string;
  /** What all paths begin with, `/vitess/global` say. */
  root?: string;
  tls?: TlsPem;
  /** With an identity, what is made can be read and changed by this identity only. */
  auth?: readonly ZkAuth[];
  /** How long the session, and with it locks, outlive a connection that was cut; 30,000 when not given. */
  sessionTimeoutMs?: number;
}

/**
 * A topology in ZooKeeper (3.6 or later), with the nodes, lock queues and elections of Vitess's `zk2`, so that its
 * processes and ours work side by side. Locks and candidacies are ephemeral nodes of a session: a lock that shall
 * outlive its holder for a shorter time than the session has a session of its own.
 *
 * ZooKeeper tells that a file has changed, not how: a watch gives the state after each change that it could read, the
 * last one always. `list` is not of one moment. An update with a version compares the transaction that wrote the file,
 * then has ZooKeeper compare its count of changes. Files above 1 MB need servers with `-Djute.maxbuffer=8388608`.
 */
export class ZkConn implements Conn {
  private readonly closing = connectionController();
  private readonly streams = new Set<{ fail(error: VtError): void }>();
  private readonly elections = new Set<ZkElection>();
  private readonly locks = new Set<ZkLock>();
  /** What `close` waits for: locks that are being taken or freed. */
  private readonly pending = new Set<Promise<unknown>>();
  private readonly main: ZkLockContext;
  /** For locks with a shorter time than the main session's, by that time. */
  private readonly shorter = new Map<number, ZkLockContext>();
  private readonly files: ZkFiles;
  private readonly sessionTimeoutMs: number;
  private readonly addresses: readonly ZkAddress[];

  /** INVALID_ARGUMENT for an address that is none. It does not connect: the first call does. */
  constructor(private readonly options: ZkConnOptions) {
    this.addresses = addressesOf(options.address);
    this.sessionTimeoutMs = options.sessionTimeoutMs ?? defaultLockTtlMs;
    this.main = this.context(this.sessionTimeoutMs);
    this.files = this.main.files;
  }

  async listDir(path: string, full: boolean, signal?: AbortSignal): Promise<DirEntry[]> {
    return this.files.listDir(path, full, this.settings(path, signal));
  }

  async create(path: string, contents: Uint8Array, signal?: AbortSignal): Promise<Version> {
    return this.files.create(path, asBuffer(path, contents), this.settings(path, signal));
  }

  async update(
    path: string,
    contents: Uint8Array,
    version: Version | null,
    signal?: AbortSignal,
  ): Promise<Version> {
    const settings = this.settings(path, signal);
    const value = asBuffer(path, contents);
    return version === null
      ? this.files.replace(path, value, settings)
      : this.files.update(path, value, version, settings);
  }

  async get(path: string, signal?: AbortSignal): Promise<FileContents> {
    const { contents, version } = await this.files.read(path, this.settings(path, signal));
    return { contents, version };
  }

  async list(prefix: string, signal?: AbortSignal): Promise<ListedFile[]> {
    const trimmed = prefix.replace(/^\//, '');
    // Refuses what no path begins with.
    cleanPath(trimmed);
    const files = await this.files.list(trimmed, this.settings(prefix, signal));
    if (files.length === 0) throw noNode(prefix);
    return files;
  }

  async delete(path: string, version: Version | null, signal?: AbortSignal): Promise<void> {
    await this.files.delete(path, version, this.settings(path, signal));
  }

  async lock(path: string, contents: string, options: LockOptions = {}): Promise<LockDescriptor> {
    await this.needDirectory(path, options.signal);
    return this.acquire(path, contents, options);
  }

  async tryLock(path: string, contents: string, options: LockOptions = {}): Promise<LockDescriptor> {
    await this.needDirectory(path, options.signal);
    return this.acquire(path, contents, options, true);
  }

  async lockName(name: string, contents: string, options: LockOptions = {}): Promise<LockDescriptor> {
    cleanFilePath(name);
    return this.acquire(name, contents, options);
  }

  async watch(path: string, signal: AbortSignal): Promise<Watch> {
    const settings = this.settings(path, signal);
    const { stream, own } = this.stream<FileContents>(`watch of ${path}`, signal);
    try {
      const watcher = fileWatcher(this.files, path, stream, own.signal);
      const unwatch = await this.main.watches.add(this.files.node(cleanFilePath(path)), watcher, settings);
      own.signal.addEventListener('abort', unwatch, { once: true });
      const { node, ...initial } = await this.files.read(path, settings);
      watcher.begin(initial, node.stat.czxid);
      return { initial, changes: stream };
    } catch (error) {
      stream.fail(asVtError(error));
      throw error;
    }
  }

  async watchRecursive(path: string, signal: AbortSignal): Promise<RecursiveWatch> {
    const settings = this.settings(path, signal);
    const target = cleanPath(path);
    const { stream, own } = this.stream<RecursiveChange>(`watch below ${path}`, signal);
    try {
      const watcher = recursiveWatcher(this.files, target, stream, own.signal);
      const unwatch = await this.main.watches.add(this.files.node(target), watcher, settings);
      own.signal.addEventListener('abort', unwatch, { once: true });
      const initial = await filesBelow(this.files, target, own.signal);
      watcher.begin(initial);
      return { initial, changes: stream };
    } catch (error) {
      stream.fail(asVtError(error));
      throw error;
    }
  }

  newLeaderParticipation(name: string, id: string): LeaderParticipation {
    this.throwIfClosed();
    const queue = `${electionsDir}/${cleanFilePath(name)}`;
    const election = new ZkElection(this.main, {
      name,
      id,
      queue,
      acquire: (signal) =>
        this.untilSettled(ZkLock.acquire(this.main, { path: queue, queue, contents: id, signal })),
      onStop: () => this.elections.delete(election),
    });
    this.elections.add(election);
    return election;
  }

  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    this.closing.abort(connClosed());
    for (const stream of [...this.streams]) stream.fail(connClosed());
    // With the sessions all places in queues go.
    await Promise.all([this.main, ...this.shorter.values()].map(({ client }) => client.close()));
    await Promise.all([...this.elections].map((election) => election.stop()));
    while (this.pending.size > 0) await Promise.allSettled([...this.pending]);
  }

  private context(timeoutMs: number): ZkLockContext {
    const { tls, auth = [], root = '' } = this.options;
    const onError = (error: unknown): void => {
      for (const stream of [...this.streams]) stream.fail(asVtError(error));
    };
    const client = new ZkClient({ addresses: this.addresses, tls, auth, timeoutMs }, onError);
    return {
      client,
      files: new ZkFiles(client, root),
      watches: new ZkWatches(client),
      placing: new Mutex(),
      places: new Set(),
      closing: this.closing.signal,
      freeing: (done) => void this.untilSettled(done),
      added: (lock) => this.locks.add(lock),
      removed: (lock) => this.locks.delete(lock),
    };
  }

  private contextFor(ttlMs: number): ZkLockContext {
    if (ttlMs >= this.sessionTimeoutMs) return this.main;
    let context = this.shorter.get(ttlMs);
    if (!context) this.shorter.set(ttlMs, (context = this.context(ttlMs)));
    return context;
  }

  private throwIfClosed(): void {
    if (this.closing.signal.aborted) throw connClosed();
  }

  private settings(path: string, signal: AbortSignal | undefined): ZkCallSettings {
    this.throwIfClosed();
    throwIfInterrupted(signal, path);
    return { signal };
  }

  private async needDirectory(path: string, signal: AbortSignal | undefined): Promise<void> {
    if (!(await this.files.hasFile(path, this.settings(path, signal)))) throw noNode(path);
  }

  private async acquire(
    path: string,
    contents: string,
    { signal, ttlMs = defaultLockTtlMs }: LockOptions,
    mustBeFree = false,
  ): Promise<ZkLock> {
    this.throwIfClosed();
    throwIfInterrupted(signal, `waiting for lock ${path}`);
    const queue = joinPath(cleanPath(path), locksDir);
    const context = this.contextFor(Math.max(ttlMs, minLockTtlMs));
    return this.untilSettled(ZkLock.acquire(context, { path, queue, contents, signal, mustBeFree }));
  }

  private async untilSettled<T>(work: Promise<T>): Promise<T> {
    this.pending.add(work);
    try {
      return await work;
    } finally {
      this.pending.delete(work);
    }
  }

  private stream<T>(what: string, signal: AbortSignal): { stream: EventStream<T>; own: AbortController } {
    if (signal.aborted) throw interrupted(signal, what);
    const own = new AbortController();
    const stream = new EventStream<T>(what, signal, () => {
      own.abort();
      this.streams.delete(stream);
    });
    this.streams.add(stream);
    return { stream, own };
  }
}

function addressesOf(address: string): ZkAddress[] {
  return address.split(',').map((one) => {
    const match = /^(\[[0-9A-Fa-f:.]+\]|[^\s:/[\]]+):([0-9]{1,5})$/.exec(one.trim());
    if (match) return { host: match[1].replace(/^\[|\]$/g, ''), port: Number(match[2]) };
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `"${address.slice(0, 200)}" is no address of zookeeper: give host:port, and commas between several of one ensemble`,
    );
  });
}

function asBuffer(path: string, contents: Uint8Array): Buffer {
  cleanFilePath(path);
  checkContents(path, contents);
  return Buffer.from(contents.buffer, contents.byteOffset, contents.byteLength);
}
