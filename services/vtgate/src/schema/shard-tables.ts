import { Backoff, Mutex, withDeadline } from '@vitess-ts/base';
import type { TabletHealth } from '@vitess-ts/discovery';
import { SchemaTableType } from '@vitess-ts/proto/query';
import { TableSchema } from '@vitess-ts/proto/vttsquery';
import { Code, VtError } from '@vitess-ts/vterrors';
import { trackedTable, type TrackedTable } from './tracked-table';

export interface ShardTablesOptions {
  keyspace: string;
  shard: string;
  /** The tablet to ask: a healthy primary, else a healthy replica. */
  tablet: () => TabletHealth | undefined;
  /** Called after every successful read. */
  onChange: () => void;
  onError: (error: Error) => void;
  /** Changes that follow each other within this time are read together. */
  debounceMs: number;
  /** Limit of one read. */
  timeoutMs: number;
}

/** More changed tables than this at once, and all are read. */
const MOST_NAMES = 200;

/** The tables of one shard as last read from one of its tablets. A read that fails changes nothing. */
export class ShardTables {
  private known: ReadonlyMap<string, TrackedTable> = new Map();
  private loaded = false;
  private readFrom?: string;
  private readonly reading = new Mutex();
  private readonly abort = new AbortController();
  private readonly backoff = new Backoff({ initialMs: 50, maxMs: 1000 });
  /** A read of everything that has not begun; whoever asks for one meanwhile shares it. */
  private queued?: Promise<void>;
  private readonly changed = new Set<string>();
  private timer?: NodeJS.Timeout;

  constructor(private readonly options: ShardTablesOptions) {}

  get shard(): string {
    return this.options.shard;
  }

  get tables(): ReadonlyMap<string, TrackedTable> {
    return this.known;
  }

  get isLoaded(): boolean {
    return this.loaded;
  }

  /** Alias of the tablet that the tables came from. */
  get source(): string | undefined {
    return this.readFrom;
  }

  /** Reads all tables, beginning after this call. Never rejects: a failure is reported, and tried again later. */
  async reload(): Promise<void> {
    this.queued ??= this.reading.runExclusive(async () => {
      this.queued = undefined;
      await this.readAll();
    });
    await this.queued;
  }

  /** Reads these tables again soon, together with others that change meanwhile. */
  noteChanged(names: readonly string[]): void {
    for (const name of names) this.changed.add(name);
    if (this.changed.size > 0) this.schedule(this.options.debounceMs);
  }

  stop(): void {
    this.abort.abort();
    clearTimeout(this.timer);
  }

  private schedule(ms: number): void {
    if (this.timer !== undefined || this.abort.signal.aborted) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      void this.readChanged();
    }, ms);
    this.timer.unref();
  }

  private async readChanged(): Promise<void> {
    if (!this.loaded || this.changed.size > MOST_NAMES) return this.reload();
    await this.reading.runExclusive(async () => {
      const names = [...this.changed];
      if (names.length === 0) return;
      this.changed.clear();
      const read = await this.attempt(names);
      if (read === undefined) return;
      const tables = new Map(this.known);
      // What was asked for and did not come is gone.
      for (const name of names) tables.delete(name);
      for (const [name, table] of read) tables.set(name, table);
      this.accept(tables);
    });
  }

  private async readAll(): Promise<void> {
    this.changed.clear();
    const read = await this.attempt([]);
    if (read !== undefined) this.accept(read);
  }

  private accept(tables: ReadonlyMap<string, TrackedTable>): void {
    this.known = tables;
    this.loaded = true;
    this.backoff.reset();
    this.options.onChange();
  }

  /** Undefined when the read failed; then all is read again later. */
  private async attempt(names: readonly string[]): Promise<Map<string, TrackedTable> | undefined> {
    try {
      return await this.read(names);
    } catch (error) {
      if (this.abort.signal.aborted) return undefined;
      this.options.onError(error instanceof Error ? error : new Error(String(error)));
      this.retryAll();
      return undefined;
    }
  }

  /** Without a tablet there is nothing to try: the health check tells when there is one again. */
  private retryAll(): void {
    if (this.options.tablet() === undefined || this.abort.signal.aborted) return;
    const timer = setTimeout(() => void this.reload(), this.backoff.next());
    timer.unref();
  }

  private async read(names: readonly string[]): Promise<Map<string, TrackedTable>> {
    const { keyspace, shard, timeoutMs } = this.options;
    const tablet = this.options.tablet();
    if (tablet === undefined) {
      throw new VtError(
        Code.UNAVAILABLE,
        `no healthy tablet of ${keyspace}/${shard} to read its tables from`,
      );
    }
    const tables = new Map<string, TrackedTable>();
    await withDeadline(this.abort.signal, timeoutMs, async (signal) => {
      const target = { keyspace, shard, tabletType: tablet.target.tabletType, cell: '' };
      const answers = tablet.queryService.getSchema(
        { signal, timeoutMs },
        target,
        SchemaTableType.ALL,
        names,
      );
      for await (const answer of answers) {
        // A tablet that says no columns still says which tables there are.
        for (const name of Object.keys(answer.tableDefinition)) {
          tables.set(name, trackedTable(answer.tables[name] ?? TableSchema.create()));
        }
        for (const [name, table] of Object.entries(answer.tables)) tables.set(name, trackedTable(table));
      }
    });
    this.readFrom = tablet.alias;
    return tables;
  }
}
