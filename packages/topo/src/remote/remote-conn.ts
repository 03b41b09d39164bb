import type { Client } from '@grpc/grpc-js';
import { LockRequest_Kind, TopoStoreService, type WatchResponse } from '@vitess-ts/proto/vttopo';
import { createChannel, serverStream, unary, type CallSettings } from '@vitess-ts/servenv';
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
import { connClosed, connectionController, noNode, throwIfInterrupted } from '../errors';
import { checkContents, cleanFilePath, cleanPath, joinPath } from '../path';
import { RemoteElection } from './remote-election';
import { RemoteLock } from './remote-lock';

export interface RemoteConnOptions {
  /** `host:port` of the process that owns the store. */
  address: string;
  /** Where this connection's paths begin in the store. */
  root?: string;
  /** Limit of each call that is no watch or wait for a lock; 15,000 when not given. */
  timeoutMs?: number;
}

/** A connection to the topology store of another process, over its `TopoStore` service. */
export class RemoteConn implements Conn {
  private readonly client: Client;
  private readonly root: string;
  private readonly timeoutMs: number;
  private readonly closing = connectionController();
  private readonly elections = new Set<RemoteElection>();

  constructor({ address, root = '', timeoutMs = 15_000 }: RemoteConnOptions) {
    this.client = createChannel(address, { maxReconnectBackoffMs: 1_000 });
    this.root = cleanPath(root);
    this.timeoutMs = timeoutMs;
  }

  async listDir(path: string, full: boolean, signal?: AbortSignal): Promise<DirEntry[]> {
    const settings = this.call(path, signal);
    const request = { path: this.at(path), full };
    const { entries } = await unary(this.client, TopoStoreService.listDir, request, settings);
    return entries.map(({ name, isDirectory, ephemeral }) =>
      full ? { name, type: isDirectory ? 'directory' : 'file', ephemeral } : { name },
    );
  }

  async create(path: string, contents: Uint8Array, signal?: AbortSignal): Promise<Version> {
    const request = { path: this.atFile(path), contents: asBuffer(path, contents) };
    return (await unary(this.client, TopoStoreService.create, request, this.call(path, signal))).version;
  }

  async update(
    path: string,
    contents: Uint8Array,
    version: Version | null,
    signal?: AbortSignal,
  ): Promise<Version> {
    const request = {
      path: this.atFile(path),
      contents: asBuffer(path, contents),
      version: version ?? undefined,
    };
    return (await unary(this.client, TopoStoreService.update, request, this.call(path, signal))).version;
  }

  async get(path: string, signal?: AbortSignal): Promise<FileContents> {
    const request = { path: this.atFile(path) };
    return unary(this.client, TopoStoreService.get, request, this.call(path, signal));
  }

  async list(prefix: string, signal?: AbortSignal): Promise<ListedFile[]> {
    // Text, not a path: a slash at its end counts, and below a root even the empty prefix needs one.
    const trimmed = prefix.replace(/^\//, '');
    const end = trimmed.endsWith('/') || (trimmed === '' && this.root !== '') ? '/' : '';
    const files: ListedFile[] = [];
    const request = { prefix: `${this.at(trimmed)}${end}` };
    for await (const portion of serverStream(
      this.client,
      TopoStoreService.list,
      request,
      this.call(prefix, signal),
    )) {
      for (const file of portion.files) files.push({ ...file, path: this.relative(file.path) });
    }
    if (files.length === 0) throw noNode(prefix);
    return files;
  }

  async delete(path: string, version: Version | null, signal?: AbortSignal): Promise<void> {
    const request = { path: this.atFile(path), version: version ?? undefined };
    await unary(this.client, TopoStoreService.delete, request, this.call(path, signal));
  }

  lock(path: string, contents: string, options?: LockOptions): Promise<LockDescriptor> {
    return this.acquire(LockRequest_Kind.DIRECTORY, path, contents, options);
  }

  tryLock(path: string, contents: string, options?: LockOptions): Promise<LockDescriptor> {
    return this.acquire(LockRequest_Kind.TRY_DIRECTORY, path, contents, options);
  }

  lockName(name: string, contents: string, options?: LockOptions): Promise<LockDescriptor> {
    return this.acquire(LockRequest_Kind.NAME, name, contents, options);
  }

  async watch(path: string, signal: AbortSignal): Promise<Watch> {
    const request = { path: this.atFile(path), recursive: false };
    const { initial, events } = await this.openWatch(path, request, signal);
    const [file] = initial;
    if (!file) throw noNode(path);
    return {
      initial: { contents: file.contents, version: file.version },
      changes: fileChanges(path, events),
    };
  }

  async watchRecursive(path: string, signal: AbortSignal): Promise<RecursiveWatch> {
    const { initial, events } = await this.openWatch(path, { path: this.at(path), recursive: true }, signal);
    return { initial, changes: this.recursiveChanges(path, events) };
  }

  newLeaderParticipation(name: string, id: string): LeaderParticipation {
    this.throwIfClosed();
    const path = joinPath(this.root, cleanFilePath(name));
    const election = new RemoteElection(this.client, path, id, this.timeoutMs, this.closing.signal, () =>
      this.elections.delete(election),
    );
    this.elections.add(election);
    return election;
  }

  async close(): Promise<void> {
    if (this.closing.signal.aborted) return;
    await Promise.all([...this.elections].map((election) => election.stop()));
    this.closing.abort(connClosed());
    this.client.close();
  }

  private throwIfClosed(): void {
    if (this.closing.signal.aborted) throw connClosed();
  }

  private at(path: string): string {
    return joinPath(this.root, cleanPath(path));
  }

  private atFile(path: string): string {
    return joinPath(this.root, cleanFilePath(path));
  }

  private relative(path: string): string {
    return this.root === '' ? path : path.slice(this.root.length + 1);
  }

  private call(path: string, signal: AbortSignal | undefined, timeoutMs = this.timeoutMs): CallSettings {
    this.throwIfClosed();
    throwIfInterrupted(signal, path);
    return {
      signal: signal ? AbortSignal.any([signal, this.closing.signal]) : this.closing.signal,
      timeoutMs,
    };
  }

  private async acquire(
    kind: LockRequest_Kind,
    path: string,
    contents: string,
    { signal, ttlMs }: LockOptions = {},
  ): Promise<LockDescriptor> {
    this.throwIfClosed();
    const closing = this.closing.signal;
    return RemoteLock.acquire(this.client, { kind, path: this.at(path), contents, signal, ttlMs, closing });
  }

  /** Reads the present state; `events` go on after it. */
  private async openWatch(
    path: string,
    request: { path: string; recursive: boolean },
    signal: AbortSignal,
  ): Promise<{ initial: ListedFile[]; events: AsyncGenerator<WatchResponse, void, undefined> }> {
    const events = serverStream(
      this.client,
      TopoStoreService.watch,
      request,
      this.call(path, signal, Infinity),
    );
    const initial: ListedFile[] = [];
    for (;;) {
      const next = await events.next();
      if (next.done) throw watchEnded(path);
      const { event } = next.value;
      if (event?.$case === 'initialDone') return { initial, events };
      if (event?.$case === 'file') initial.push({ ...event.value, path: this.relative(event.value.path) });
    }
  }

  private async *recursiveChanges(
    path: string,
    events: AsyncGenerator<WatchResponse, void, undefined>,
  ): AsyncGenerator<RecursiveChange, void, undefined> {
    for await (const { event } of events) {
      if (event?.$case === 'file') yield { ...event.value, path: this.relative(event.value.path) };
      else if (event?.$case === 'deleted') yield { path: this.relative(event.value), deleted: true };
    }
    throw watchEnded(path);
  }
}

async function* fileChanges(
  path: string,
  events: AsyncGenerator<WatchResponse, void, undefined>,
): AsyncGenerator<FileContents, void, undefined> {
  for await (const { event } of events) {
    if (event?.$case === 'file') yield { contents: event.value.contents, version: event.value.version };
  }
  throw watchEnded(path);
}

function watchEnded(path: string): VtError {
  return new VtError(Code.UNAVAILABLE, `the server ended the watch of ${path}`);
}

function asBuffer(path: string, contents: Uint8Array): Buffer {
  checkContents(path, contents);
  return Buffer.from(contents.buffer, contents.byteOffset, contents.byteLength);
}
