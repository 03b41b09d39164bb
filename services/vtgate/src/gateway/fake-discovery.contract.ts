import type { TabletHealth, TabletHealthChange } from '@vitess-ts/discovery';
import { keyRangeOrFull, parseKeyRange } from '@vitess-ts/key';
import { tabletAliasString } from '@vitess-ts/proto';
import type { Target } from '@vitess-ts/proto/query';
import { SrvKeyspace, Tablet, TabletType } from '@vitess-ts/proto/topodata';
import type { SrvVSchema } from '@vitess-ts/proto/vschema';
import type { QueryService } from '@vitess-ts/queryservice';
import type { KeyspaceGraph } from './followed-keyspaces';
import type { TabletHealthSource } from './tablet-gateway';

/** Tablets whose health a test sets. */
export class FakeHealth implements TabletHealthSource {
  private readonly known = new Map<string, TabletHealth>();
  private readonly listeners = new Set<(change: TabletHealthChange) => void>();

  set(
    uid: number,
    target: Pick<Target, 'keyspace' | 'shard' | 'tabletType'>,
    serving: boolean,
    queryService: QueryService = {} as QueryService,
    changed: { tablesChanged?: string[]; viewsChanged?: string[]; primaryTermStart?: number } = {},
  ): TabletHealth {
    const tablet = Tablet.fromPartial({ ...target, type: target.tabletType, alias: { cell: 'zone1', uid } });
    const alias = tabletAliasString(tablet.alias);
    const health: TabletHealth = {
      alias,
      tablet,
      target: { ...target, cell: 'zone1' },
      serving,
      primaryTermStart: changed.primaryTermStart ?? 1,
      lagSeconds: 0,
      queryService,
    };
    const previous = this.known.get(alias);
    this.known.set(alias, health);
    const { tablesChanged = [], viewsChanged = [] } = changed;
    for (const listener of this.listeners)
      listener({ health, previous, removed: false, tablesChanged, viewsChanged });
    return health;
  }

  healthy(target: Pick<Target, 'keyspace' | 'shard' | 'tabletType'>): TabletHealth[] {
    return this.tablets().filter(
      (t) =>
        t.serving &&
        t.target.keyspace === target.keyspace &&
        t.target.shard === target.shard &&
        t.target.tabletType === target.tabletType,
    );
  }

  tablet(alias: string): TabletHealth | undefined {
    return this.known.get(alias);
  }

  tablets(): TabletHealth[] {
    return [...this.known.values()];
  }

  onChange(listener: (change: TabletHealthChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  get listenerCount(): number {
    return this.listeners.size;
  }
}

/** A serving graph that a test writes. */
export class FakeGraph implements KeyspaceGraph {
  readonly keyspaces = new Map<string, SrvKeyspace>();
  vschema: SrvVSchema | null = null;
  failure?: Error;
  namesRead = 0;
  private readonly keyspaceListeners = new Set<(keyspace: string, value: SrvKeyspace | null) => void>();
  private readonly vschemaListeners = new Set<(value: SrvVSchema | null) => void>();

  /** Serves all tablet types from the shards; without shards the keyspace is gone. */
  serve(keyspace: string, ...shards: string[]): void {
    const record = srvKeyspace(shards);
    if (shards.length === 0) this.keyspaces.delete(keyspace);
    else this.keyspaces.set(keyspace, record);
    for (const listener of this.keyspaceListeners) listener(keyspace, shards.length === 0 ? null : record);
  }

  setVSchema(value: SrvVSchema | null): void {
    this.vschema = value;
    for (const listener of this.vschemaListeners) listener(value);
  }

  keyspaceNames(): Promise<string[]> {
    this.namesRead++;
    return this.failure === undefined
      ? Promise.resolve([...this.keyspaces.keys()])
      : Promise.reject(this.failure);
  }

  srvKeyspace(keyspace: string): Promise<SrvKeyspace | null> {
    return Promise.resolve(this.keyspaces.get(keyspace) ?? null);
  }

  srvVSchema(): Promise<SrvVSchema | null> {
    return Promise.resolve(this.vschema);
  }

  onKeyspace(listener: (keyspace: string, value: SrvKeyspace | null) => void): () => void {
    this.keyspaceListeners.add(listener);
    return () => this.keyspaceListeners.delete(listener);
  }

  onVSchema(listener: (value: SrvVSchema | null) => void): () => void {
    this.vschemaListeners.add(listener);
    if (this.vschema !== null) listener(this.vschema);
    return () => this.vschemaListeners.delete(listener);
  }
}

function srvKeyspace(shards: readonly string[]): SrvKeyspace {
  const shardReferences = shards.map((name) => ({
    name,
    keyRange: keyRangeOrFull(name.includes('-') ? parseKeyRange(name) : undefined),
  }));
  return SrvKeyspace.fromPartial({
    partitions: [TabletType.PRIMARY, TabletType.REPLICA].map((servedType) => ({
      servedType,
      shardReferences,
    })),
  });
}

/** Polls until the condition holds; a test must not sleep. */
export async function until(condition: () => boolean, what: string, timeoutMs = 5000): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`it did not happen in ${timeoutMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
