import { Code, VtError } from '@vitess-ts/vterrors';
import { tabletTypeName } from '@vitess-ts/proto';
import type { ShardReference, SrvKeyspace, TabletType } from '@vitess-ts/proto/topodata';
import type { SrvVSchema } from '@vitess-ts/proto/vschema';
import { pause } from './health-stream';
import type { ServingRecords, Watch } from './topo-source';

export interface ServingGraphOptions {
  /** The cell whose serving graph is followed. */
  cell: string;
  topo: ServingRecords;
  /** Delay before a broken watch is opened again. Default 200 ms. */
  retryDelayMs?: number;
  /** Told of watches that broke; the last known state stays in use. */
  onError?: (error: Error) => void;
}

/** One followed value: the last state that is known and everybody who waits for the first one. */
class Followed<T> {
  value: T | null = null;
  /** False until the topology has answered once. */
  known = false;
  lastError?: Error;
  private waiters: (() => void)[] = [];
  private readonly listeners = new Set<(value: T | null) => void>();

  set(value: T | null): void {
    this.value = value;
    this.known = true;
    this.lastError = undefined;
    this.wake();
    for (const listener of this.listeners) listener(value);
  }

  fail(error: Error): void {
    this.lastError = error;
  }

  wake(): void {
    const waiters = this.waiters;
    this.waiters = [];
    for (const resolve of waiters) resolve();
  }

  listen(listener: (value: T | null) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Waits until the value is known; rejects when the signal ends first. */
  async first(what: string, signal?: AbortSignal): Promise<T | null> {
    if (this.known) return this.value;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        signal?.removeEventListener('abort', done);
        resolve();
      };
      this.waiters.push(done);
      signal?.addEventListener('abort', done, { once: true });
      if (signal?.aborted) done();
    });
    if (this.known) return this.value;
    throw new VtError(Code.UNAVAILABLE, `the topology has not yet given ${what}`, { cause: this.lastError });
  }
}

/**
 * What a cell serves: each keyspace's shards (SrvKeyspace) and the vschema (SrvVSchema), kept current by watches.
 * Once known, a value is answered from memory; while the topology is down the last state goes on being used.
 */
export class ServingGraph {
  private readonly keyspaces = new Map<string, Followed<SrvKeyspace>>();
  private readonly vschema = new Followed<SrvVSchema>();
  private readonly abort = new AbortController();
  private readonly loops: Promise<void>[] = [];
  private readonly keyspaceListeners = new Set<(keyspace: string, value: SrvKeyspace | null) => void>();
  private started = false;
  private lastNames: string[] = [];

  constructor(private readonly options: ServingGraphOptions) {}

  /** Begins to follow the vschema; keyspaces are followed from their first use on. */
  start(): void {
    if (this.started) return;
    this.started = true;
    const { topo, cell } = this.options;
    this.loops.push(this.follow(this.vschema, (signal) => topo.watchSrvVSchema(cell, signal)));
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await Promise.all(this.loops);
    for (const followed of this.keyspaces.values()) followed.wake();
    this.vschema.wake();
  }

  /** Names of the keyspaces that the cell serves; the last known ones while the topology is down. */
  async keyspaceNames(signal?: AbortSignal): Promise<string[]> {
    try {
      this.lastNames = await this.options.topo.getSrvKeyspaceNames(this.options.cell, signal);
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      this.options.onError?.(cause);
      const followed = [...this.keyspaces].filter(([, f]) => f.value !== null).map(([name]) => name);
      const names = [...new Set([...this.lastNames, ...followed])].sort();
      if (names.length === 0) throw error;
      return names;
    }
    return this.lastNames;
  }

  /** The serving record of a keyspace; null when the cell does not serve it. */
  async srvKeyspace(keyspace: string, signal?: AbortSignal): Promise<SrvKeyspace | null> {
    return this.followKeyspace(keyspace).first(`the serving graph of keyspace ${keyspace}`, signal);
  }

  /** Shards of a keyspace that serve a tablet type, in key range order. Rejects with NOT_FOUND when there are none. */
  async shards(keyspace: string, tabletType: TabletType, signal?: AbortSignal): Promise<ShardReference[]> {
    const followed = this.followKeyspace(keyspace);
    const srv = followed.known ? followed.value : await this.srvKeyspace(keyspace, signal);
    const partition = srv?.partitions.find((p) => p.servedType === tabletType);
    if (!srv || !partition) {
      throw new VtError(
        Code.NOT_FOUND,
        srv
          ? `No partition found for tabletType ${tabletTypeName(tabletType)} in keyspace ${keyspace}`
          : `keyspace ${keyspace} is not served in cell ${this.options.cell}`,
      );
    }
    return partition.shardReferences;
  }

  /** The vschema of the cell; null when none was ever written. */
  async srvVSchema(signal?: AbortSignal): Promise<SrvVSchema | null> {
    return this.vschema.first('the vschema', signal);
  }

  /** Called with each new vschema, and at once with the known one. The listener must not throw. */
  onVSchema(listener: (value: SrvVSchema | null) => void): () => void {
    const stop = this.vschema.listen(listener);
    if (this.vschema.known) listener(this.vschema.value);
    return stop;
  }

  /** Called at each change of a followed keyspace (a traffic switch, for example). The listener must not throw. */
  onKeyspace(listener: (keyspace: string, value: SrvKeyspace | null) => void): () => void {
    this.keyspaceListeners.add(listener);
    return () => this.keyspaceListeners.delete(listener);
  }

  private followKeyspace(keyspace: string): Followed<SrvKeyspace> {
    let followed = this.keyspaces.get(keyspace);
    if (followed) return followed;
    followed = new Followed<SrvKeyspace>();
    followed.listen((value) => {
      for (const listener of this.keyspaceListeners) listener(keyspace, value);
    });
    this.keyspaces.set(keyspace, followed);
    const { topo, cell } = this.options;
    this.loops.push(this.follow(followed, (signal) => topo.watchSrvKeyspace(cell, keyspace, signal)));
    return followed;
  }

  private async follow<T>(followed: Followed<T>, open: (signal: AbortSignal) => Watch<T>): Promise<void> {
    const { signal } = this.abort;
    while (!signal.aborted) {
      try {
        for await (const value of open(signal)) followed.set(value);
      } catch (error) {
        if (signal.aborted) return;
        const cause = error instanceof Error ? error : new Error(String(error));
        followed.fail(cause);
        this.options.onError?.(cause);
      }
      await pause(this.options.retryDelayMs ?? 200, signal);
    }
  }
}
