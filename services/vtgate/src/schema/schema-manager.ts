import { childSignal, withDeadline } from '@vitess-ts/base';
import type { TabletHealth, TabletHealthChange } from '@vitess-ts/discovery';
import type { Target } from '@vitess-ts/proto/query';
import { TabletType } from '@vitess-ts/proto/topodata';
import { Keyspace, SrvVSchema } from '@vitess-ts/proto/vschema';
import type { TableSchema } from '@vitess-ts/proto/vttsquery';
import { VSchema } from '@vitess-ts/vindexes';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { ShardRange } from '../executor/gateway';
import type { SchemaSource } from '../executor/schema-source';
import { KeyspaceTables } from './keyspace-tables';
import { mergeColumns } from './merge-columns';
import { ShardTables } from './shard-tables';

/** What is needed of discovery's `ServingGraph`. */
export interface VSchemaGraph {
  srvVSchema(signal?: AbortSignal): Promise<SrvVSchema | null>;
  onVSchema(listener: (value: SrvVSchema | null) => void): () => void;
}

/** What is needed of discovery's `HealthCheck`. */
export interface SchemaTablets {
  healthy(target: Pick<Target, 'keyspace' | 'shard' | 'tabletType'>): readonly TabletHealth[];
  onChange(listener: (change: TabletHealthChange) => void): () => void;
}

/** What is needed of the gate's gateway. */
export interface ServedKeyspaces {
  keyspaces(): string[];
  shards(keyspace: string, tabletType: number): ShardRange[];
  onKeyspaceChange(listener: (keyspace: string) => void): () => void;
}

export interface SchemaManagerOptions {
  graph: VSchemaGraph;
  health: SchemaTablets;
  served: ServedKeyspaces;
  /** Told of reads that fail; what was known before stays. */
  onError: (error: Error) => void;
  /** Changes that follow each other within this time are read together. Default 50 ms. */
  debounceMs?: number;
  /** Limit of one read of a shard's tables. Default 30 s. */
  readTimeoutMs?: number;
}

/** A new state is built at most this often while shards report one after the other. */
const BUILD_DELAY_MS = 10;

/** The vschema of the cell with the columns that the tables really have, kept current. */
export class SchemaManager implements SchemaSource {
  private source: SrvVSchema = SrvVSchema.create();
  private readonly keyspaces = new Map<string, KeyspaceTables>();
  private state = { vschema: VSchema.build(SrvVSchema.create()), version: 0 };
  /** What the state was built of, to tell whether a new one differs. */
  private builtOf: Uint8Array = new Uint8Array();
  private stops: (() => void)[] = [];
  private buildTimer?: NodeJS.Timeout;
  private readonly waiters = new Set<() => void>();

  constructor(private readonly options: SchemaManagerOptions) {}

  /** The gateway has started. Resolves when the vschema is known; tables come later (`tablesLoaded`). */
  async start(signal: AbortSignal): Promise<void> {
    const { graph, health, served } = this.options;
    await graph.srvVSchema(signal);
    this.stops = [
      graph.onVSchema((value) => this.setSource(value)),
      served.onKeyspaceChange((keyspace) => this.followKeyspace(keyspace)),
      health.onChange((change) => this.onHealth(change)),
    ];
    for (const keyspace of served.keyspaces()) this.followKeyspace(keyspace);
    this.build();
  }

  stop(): void {
    for (const stop of this.stops) stop();
    for (const tables of this.keyspaces.values()) tables.stop();
    clearTimeout(this.buildTimer);
  }

  current(): { vschema: VSchema; version: number } {
    return this.state;
  }

  /** Keys, comment and kind of a table, which the vschema has no room for; undefined while it is not known. */
  tableSchema(keyspace: string, table: string): TableSchema | undefined {
    return this.keyspaces.get(keyspace)?.tables().get(table)?.schema;
  }

  /**
   * Reads all tables of these keyspaces, beginning now. A shard that cannot be read keeps its last known tables, is
   * reported, and is read again when it can be. Rejects only when the signal ends first.
   */
  async refresh(keyspaces: readonly string[], signal: AbortSignal): Promise<void> {
    for (const keyspace of keyspaces) this.followKeyspace(keyspace);
    const shards = keyspaces.flatMap((k) => this.keyspaces.get(k)?.all() ?? []);
    await withDeadline(signal, undefined, async () => {
      await Promise.all(shards.map((shard) => shard.reload()));
    });
    this.build();
  }

  /** Resolves when the tables of every serving shard have been read once; rejects when the signal ends first. */
  async tablesLoaded(signal: AbortSignal): Promise<void> {
    while (!this.isLoaded) {
      await withDeadline(signal, undefined, () => new Promise<void>((resolve) => this.waiters.add(resolve)));
    }
  }

  async changed(version: number, withinMs: number, signal: AbortSignal): Promise<void> {
    const limited = childSignal(signal, withinMs);
    try {
      while (this.state.version <= version && !limited.signal.aborted) {
        await withDeadline(
          limited.signal,
          undefined,
          () => new Promise<void>((resolve) => this.waiters.add(resolve)),
        ).catch((error: unknown) => {
          if (signal.aborted) throw error;
        });
      }
    } finally {
      limited.dispose();
    }
  }

  private get isLoaded(): boolean {
    return [...this.keyspaces.values()].every((k) => k.all().every((shard) => shard.isLoaded));
  }

  private setSource(value: SrvVSchema | null): void {
    this.source = value ?? SrvVSchema.create();
    this.build();
  }

  /** Brings the trackers of a keyspace in line with the shards that serve. */
  private followKeyspace(keyspace: string): void {
    const shards = this.servingShards(keyspace);
    let tables = this.keyspaces.get(keyspace);
    if (tables === undefined) {
      if (shards.length === 0) return;
      this.keyspaces.set(keyspace, (tables = new KeyspaceTables()));
    }
    const before = new Set(tables.all());
    tables.setShards(shards, (shard) => this.createTracker(keyspace, shard, tables));
    if (shards.length === 0) this.keyspaces.delete(keyspace);
    for (const tracker of tables.all()) {
      // Without a tablet the health check tells when there is one.
      if (!before.has(tracker) && this.tabletOf(keyspace, tracker.shard) !== undefined) void tracker.reload();
    }
    this.buildSoon();
  }

  private createTracker(keyspace: string, shard: string, tables: KeyspaceTables): ShardTables {
    return new ShardTables({
      keyspace,
      shard,
      tablet: () => this.tabletOf(keyspace, shard),
      onChange: () => {
        tables.invalidate();
        this.buildSoon();
      },
      onError: (error) => this.options.onError(error),
      debounceMs: this.options.debounceMs ?? 50,
      timeoutMs: this.options.readTimeoutMs ?? 30_000,
    });
  }

  private servingShards(keyspace: string): string[] {
    try {
      return this.options.served.shards(keyspace, TabletType.PRIMARY).map((s) => s.name);
    } catch (error) {
      if (error instanceof VtError && error.code === Code.NOT_FOUND) return [];
      throw error;
    }
  }

  private tabletOf(keyspace: string, shard: string): TabletHealth | undefined {
    for (const tabletType of [TabletType.PRIMARY, TabletType.REPLICA, TabletType.RDONLY]) {
      const [tablet] = this.options.health.healthy({ keyspace, shard, tabletType });
      if (tablet !== undefined) return tablet;
    }
    return undefined;
  }

  private onHealth({ health, previous, removed, tablesChanged, viewsChanged }: TabletHealthChange): void {
    if (removed || !health.serving) return;
    const { keyspace, shard, tabletType } = health.target;
    const tracker = this.keyspaces.get(keyspace)?.shard(shard);
    if (tracker === undefined) return;
    const isPrimary = tabletType === TabletType.PRIMARY;
    // What it told while nobody listened, or while it was something else, is not known.
    const isNew =
      !previous?.serving ||
      previous.target.tabletType !== tabletType ||
      previous.primaryTermStart !== health.primaryTermStart;
    if (isNew && (isPrimary || !tracker.isLoaded)) void tracker.reload();
    else if (isPrimary || tracker.source === health.alias) {
      tracker.noteChanged([...tablesChanged, ...viewsChanged]);
    }
  }

  private buildSoon(): void {
    this.buildTimer ??= setTimeout(() => this.build(), BUILD_DELAY_MS);
  }

  private build(): void {
    clearTimeout(this.buildTimer);
    this.buildTimer = undefined;
    const merged = this.merged();
    const encoded = SrvVSchema.encode(merged).finish();
    if (this.state.version === 0 || Buffer.compare(encoded, this.builtOf) !== 0) {
      this.builtOf = encoded;
      this.state = { vschema: VSchema.build(merged), version: this.state.version + 1 };
    }
    for (const wake of this.waiters) wake();
    this.waiters.clear();
  }

  private merged(): SrvVSchema {
    const keyspaces: Record<string, Keyspace> = {};
    const names = new Set([...Object.keys(this.source.keyspaces), ...this.options.served.keyspaces()]);
    for (const name of [...names].sort()) {
      const declared = Object.hasOwn(this.source.keyspaces, name)
        ? this.source.keyspaces[name]
        : // A keyspace that nobody has written a vschema for yet is what its shards say it is.
          Keyspace.create({ sharded: this.servingShards(name).length > 1 });
      keyspaces[name] = mergeColumns(declared, this.keyspaces.get(name)?.tables() ?? new Map());
    }
    return { ...this.source, keyspaces };
  }
}
