import { sleep } from '@vitess-ts/base';
import { compareKeyRanges, keyRangeOrFull } from '@vitess-ts/key';
import { tabletTypeName } from '@vitess-ts/proto';
import type { SrvKeyspace, TabletType } from '@vitess-ts/proto/topodata';
import { Code, VtError, vtError } from '@vitess-ts/vterrors';
import type { ShardRange } from '../executor/gateway';

/** What is needed of discovery's `ServingGraph`. */
export interface KeyspaceGraph {
  keyspaceNames(signal?: AbortSignal): Promise<string[]>;
  srvKeyspace(keyspace: string, signal?: AbortSignal): Promise<SrvKeyspace | null>;
  onKeyspace(listener: (keyspace: string, value: SrvKeyspace | null) => void): () => void;
}

export interface FollowedKeyspacesOptions {
  graph: KeyspaceGraph;
  /** How often the names of the cell's keyspaces are read. Default 500 ms. */
  namesIntervalMs?: number;
  /** Told of names that cannot be read; those known so far stay in use. */
  onError: (error: Error) => void;
}

/**
 * Every keyspace that the cell serves, with its shards by tablet type. Answers come from the last followed state, at
 * once, also while the topology is down.
 */
export class FollowedKeyspaces {
  private readonly records = new Map<string, SrvKeyspace | null>();
  /** Shards by keyspace and tablet type, made at the first question after a change. Callers must not alter them. */
  private readonly shardLists = new Map<string, Map<TabletType, ShardRange[]>>();
  private readonly followed = new Set<string>();
  private readonly listeners = new Set<(keyspace: string) => void>();
  private readonly abort = new AbortController();
  private names?: string[];
  private stopListening?: () => void;
  private loop?: Promise<void>;

  constructor(private readonly options: FollowedKeyspacesOptions) {}

  /** Resolves when the state of every keyspace is known; rejects when the signal ends first. */
  async start(signal: AbortSignal): Promise<void> {
    this.stopListening = this.options.graph.onKeyspace((keyspace, value) => this.changed(keyspace, value));
    const names = await this.firstNames(signal);
    await Promise.all(names.map((name) => this.follow(name, signal)));
    this.loop = this.readNamesForEver();
  }

  async stop(): Promise<void> {
    this.abort.abort();
    this.stopListening?.();
    await this.loop;
  }

  /** Names of the keyspaces that are served, sorted. */
  keyspaces(): string[] {
    this.names ??= [...this.records]
      .filter(([, record]) => record !== null)
      .map(([name]) => name)
      .sort();
    return this.names;
  }

  /**
   * Shards that serve the tablet type, in key range order. Throws NOT_FOUND, for an unknown keyspace as a MySQL client
   * sees it (errno 1049).
   */
  shards(keyspace: string, tabletType: TabletType): ShardRange[] {
    let byType = this.shardLists.get(keyspace);
    const known = byType?.get(tabletType);
    if (known !== undefined) return known;
    const record = this.records.get(keyspace);
    if (record == null) throw vtError('VT05003', keyspace);
    const shards = shardsOf(keyspace, record, tabletType);
    if (byType === undefined) this.shardLists.set(keyspace, (byType = new Map<TabletType, ShardRange[]>()));
    byType.set(tabletType, shards);
    return shards;
  }

  /** Called with the name of each keyspace whose serving state changed. The listener must not throw. */
  onChange(listener: (keyspace: string) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private changed(keyspace: string, value: SrvKeyspace | null): void {
    this.records.set(keyspace, value);
    this.shardLists.delete(keyspace);
    this.names = undefined;
    for (const listener of this.listeners) listener(keyspace);
  }

  /** The graph goes on following a keyspace from the first question on, also when it is gone for a while. */
  private async follow(keyspace: string, signal: AbortSignal): Promise<void> {
    if (this.followed.has(keyspace)) return;
    this.followed.add(keyspace);
    const value = await this.options.graph.srvKeyspace(keyspace, signal);
    // The listener has heard of it, unless the graph knew the keyspace before.
    if (!this.records.has(keyspace)) this.changed(keyspace, value);
  }

  private async firstNames(signal: AbortSignal): Promise<string[]> {
    for (;;) {
      try {
        return await this.options.graph.keyspaceNames(signal);
      } catch (error) {
        if (signal.aborted) throw error;
        this.report(error);
        await sleep(this.interval, signal);
      }
    }
  }

  private async readNamesForEver(): Promise<void> {
    const { signal } = this.abort;
    while (!signal.aborted) {
      try {
        await sleep(this.interval, signal);
        for (const name of await this.options.graph.keyspaceNames(signal)) void this.followInBackground(name);
      } catch (error) {
        if (!signal.aborted) this.report(error);
      }
    }
  }

  private async followInBackground(name: string): Promise<void> {
    try {
      await this.follow(name, this.abort.signal);
    } catch (error) {
      if (!this.abort.signal.aborted) this.report(error);
    }
  }

  private get interval(): number {
    return this.options.namesIntervalMs ?? 500;
  }

  private report(error: unknown): void {
    this.options.onError(error instanceof Error ? error : new Error(String(error)));
  }
}

function shardsOf(keyspace: string, record: SrvKeyspace, tabletType: TabletType): ShardRange[] {
  const partition = record.partitions.find((p) => p.servedType === tabletType);
  if (partition === undefined) {
    const type = tabletTypeName(tabletType);
    throw new VtError(Code.NOT_FOUND, `No partition found for tabletType ${type} in keyspace ${keyspace}`);
  }
  return partition.shardReferences
    .map((shard) => ({ name: shard.name, keyRange: keyRangeOrFull(shard.keyRange) }))
    .sort((a, b) => compareKeyRanges(a.keyRange, b.keyRange));
}
