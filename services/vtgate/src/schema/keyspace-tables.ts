import type { ShardTables } from './shard-tables';
import { agree, type AgreedTable, type TrackedTable } from './tracked-table';

/** The tables of one keyspace, as its shards have them. */
export class KeyspaceTables {
  private shards = new Map<string, ShardTables>();
  private agreed: ReadonlyMap<string, AgreedTable> = new Map();
  private isStale = false;

  /** Keeps the trackers of shards that go on serving, and makes those of new ones. */
  setShards(names: readonly string[], create: (shard: string) => ShardTables): void {
    const before = this.shards;
    this.shards = new Map(names.map((name) => [name, before.get(name) ?? create(name)]));
    for (const [name, tracker] of before) if (!this.shards.has(name)) tracker.stop();
    this.isStale = true;
  }

  shard(name: string): ShardTables | undefined {
    return this.shards.get(name);
  }

  all(): ShardTables[] {
    return [...this.shards.values()];
  }

  /** A shard has been read. */
  invalidate(): void {
    this.isStale = true;
  }

  /** The same map until something changes. What was known before stays until some shard of now has been read. */
  tables(): ReadonlyMap<string, AgreedTable> {
    if (!this.isStale) return this.agreed;
    const loaded = this.all().filter((s) => s.isLoaded);
    if (loaded.length > 0) this.agreed = agreedTables(loaded);
    this.isStale = false;
    return this.agreed;
  }

  stop(): void {
    for (const tracker of this.shards.values()) tracker.stop();
  }
}

function agreedTables(shards: readonly ShardTables[]): Map<string, AgreedTable> {
  const byName = new Map<string, TrackedTable[]>();
  for (const { tables } of shards) {
    for (const [name, table] of tables) {
      const same = byName.get(name);
      if (same === undefined) byName.set(name, [table]);
      else same.push(table);
    }
  }
  const names = [...byName.keys()].sort();
  return new Map(names.map((name) => [name, agree(byName.get(name)!)]));
}
