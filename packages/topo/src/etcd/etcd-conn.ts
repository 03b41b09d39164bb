import { Code, VtError } from '@vitess-ts/vterrors';
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
import { checkContents, cleanFilePath, cleanPath, isAtOrBelow } from '../path';
import { EtcdClient, type EtcdCallSettings, type EtcdTls } from './etcd-client';
import { EtcdElection } from './etcd-election';
import { EtcdFiles } from './etcd-files';
import { EtcdLock } from './etcd-lock';
import type { KeyRange } from './etcd-messages';
import { fileFollower, recursiveFollower } from './etcd-watch';
import { followRange, type RangeFollower } from './follow-range';
import { KeySpace } from './key-space';
import { hasFile, readDir } from './read-range';

export interface EtcdConnOptions {
  /** `host:port`, or several of one cluster with commas between them. */
  address: string;
  /** What all keys begin with, `/vitess/global` say. */
  root?: string;
  tls?: EtcdTls;
  /** Limit of each call that is no watch or wait for a lock; 5,000 when not given. */
  timeoutMs?: number;
}

/**
 * A topology in etcd (API v3), with the keys, lock queues and elections of Vitess's `etcd2`, so that its processes
 * and ours work side by side. Locks and candidacies are keys under leases; `list` and `watchRecursive` leave them out.
 *
 * Watches outlast etcd's absence: they then give what was changed meanwhile. Files above 1.5 MB need an etcd with
 * `--max-request-bytes` (8388608 is enough for all); others refuse them, which is INVALID_ARGUMENT.
 */
export class EtcdConn implements Conn {
  private readonly files: EtcdFiles;
  private readonly closing = connectionController();
  private readonly streams = new Set<{ fail(error: VtError): void }>();
  private readonly elections = new Set<EtcdElection>();
  private readonly locks = new Set<EtcdLock>();
  /** What `close` waits for: locks that are being taken or freed. */
  private readonly pending = new Set<Promise<unknown>>();

  private constructor(
    private readonly client: EtcdClient,
    private readonly keys: KeySpace,
  ) {
    this.files = new EtcdFiles(client, keys);
  }

  /** INVALID_ARGUMENT for an address that is none. It does not wait for etcd: the first call does. */
  static async open({ address, root = '', tls, timeoutMs }: EtcdConnOptions): Promise<EtcdConn> {
    const keys = new KeySpace(root);
    return new EtcdConn(await EtcdClient.open({ addresses: addressesOf(address), tls, timeoutMs }), keys);
  }

  async listDir(path: string, full: boolean, signal?: AbortSignal): Promise<DirEntry[]> {
    return readDir(this.client, this.keys, path, full, this.settings(path, signal));
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
    const { kv } = await this.files.read(path, this.settings(path, signal));
    if (!kv) throw noNode(path);
    return { contents: kv.value, version: kv.mod_revision };
  }

  async list(prefix: string, signal?: AbortSignal): Promise<ListedFile[]> {
    const trimmed = prefix.replace(/^\//, '');
    // Refuses what no path begins with.
    cleanPath(trimmed);
    const range = this.keys.startingWith(trimmed);
    const { files } = await this.files.list(range, this.settings(prefix, signal));
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
    return this.acquire(name, contents, options);
  }

  async watch(path: string, signal: AbortSignal): Promise<Watch> {
    const { kv, revision } = await this.files.read(path, this.settings(path, signal));
    if (!kv) throw noNode(path);
    const range = { key: this.keys.file(path) };
    const changes = this.follow<FileContents>(`watch of ${path}`, range, revision, signal, (stream) =>
      fileFollower(this.files, path, kv, stream),
    );
    return { initial: { contents: kv.value, version: kv.mod_revision }, changes };
  }

  async watchRecursive(path: string, signal: AbortSignal): Promise<RecursiveWatch> {
    const settings = this.settings(path, signal);
    const target = cleanPath(path);
    const range = this.keys.startingWith(target);
    const { files, revision } = await this.files.list(range, settings);
    const initial = files.filter((file) => isAtOrBelow(file.path, target));
    const changes = this.follow<RecursiveChange>(`watch below ${path}`, range, revision, signal, (stream) =>
      recursiveFollower(this.files, this.keys, target, range, initial, stream),
    );
    return { initial, changes };
  }

  newLeaderParticipation(name: string, id: string): LeaderParticipation {
    this.throwIfClosed();
    const path = this.keys.election(name);
    const election = new EtcdElection(this.client, {
      name,
      id,
      queue: this.keys.locks(path),
      acquire: (signal) => this.acquire(path, id, { signal }),
      closing: this.closing.signal,
      onStop: () => this.elections.delete(election),
    });
    this.elections.add(election);
    return election;
  }

  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    const held = [...this.locks];
    this.closing.abort(connClosed());
    for (const stream of [...this.streams]) stream.fail(connClosed());
    await Promise.all(held.map((lock) => lock.resign('its connection was closed')));
    await Promise.all([...this.elections].map((election) => election.stop()));
    // Taking a lock that fails begins to free it.
    while (this.pending.size > 0) await Promise.allSettled([...this.pending]);
    this.client.close();
  }

  private throwIfClosed(): void {
    if (this.closing.signal.aborted) throw connClosed();
  }

  private settings(path: string, signal: AbortSignal | undefined): EtcdCallSettings {
    this.throwIfClosed();
    throwIfInterrupted(signal, path);
    return { signal: signal ? AbortSignal.any([signal, this.closing.signal]) : this.closing.signal };
  }

  private async needDirectory(path: string, signal: AbortSignal | undefined): Promise<void> {
    const settings = this.settings(path, signal);
    if (!(await hasFile(this.client, this.keys.below(path), settings))) throw noNode(path);
  }

  private async acquire(
    path: string,
    contents: string,
    { signal, ttlMs }: LockOptions,
    mustBeFree = false,
  ): Promise<EtcdLock> {
    this.throwIfClosed();
    throwIfInterrupted(signal, `waiting for lock ${path}`);
    const queue = this.keys.locks(path);
    const acquiring = EtcdLock.acquire(
      this.client,
      { path, queue, contents, ttlMs, signal, closing: this.closing.signal, mustBeFree },
      {
        added: (lock) => this.locks.add(lock),
        removed: (lock) => this.locks.delete(lock),
        freeing: (done) => void this.untilSettled(done),
      },
    );
    return this.untilSettled(acquiring);
  }

  private async untilSettled<T>(work: Promise<T>): Promise<T> {
    this.pending.add(work);
    try {
      return await work;
    } finally {
      this.pending.delete(work);
    }
  }

  private follow<T>(
    what: string,
    range: KeyRange,
    revision: string,
    signal: AbortSignal,
    follower: (stream: EventStream<T>) => RangeFollower,
  ): EventStream<T> {
    this.throwIfClosed();
    if (signal.aborted) throw interrupted(signal, what);
    const own = new AbortController();
    const stream = new EventStream<T>(what, signal, () => {
      own.abort();
      this.streams.delete(stream);
    });
    this.streams.add(stream);
    followRange(this.client, range, revision, follower(stream), own.signal).catch((error: unknown) =>
      stream.fail(asVtError(error)),
    );
    return stream;
  }
}

function addressesOf(address: string): string[] {
  const addresses = address.split(',').map((one) => one.trim().replace(/^https?:\/\//, ''));
  for (const one of addresses) {
    if (!/^(\[[0-9A-Fa-f:.]+\]|[^\s:/[\]]+):[0-9]{1,5}$/.test(one)) {
      throw new VtError(
        Code.INVALID_ARGUMENT,
        `"${address.slice(0, 200)}" is no address of etcd: give host:port, and commas between several of one cluster`,
      );
    }
  }
  return addresses;
}

function asBuffer(path: string, contents: Uint8Array): Buffer {
  cleanFilePath(path);
  checkContents(path, contents);
  return Buffer.from(contents.buffer, contents.byteOffset, contents.byteLength);
}
