import { Code, VtError } from '@vitess-ts/vterrors';
import { tabletAliasString, tabletTypeLowerName } from '@vitess-ts/proto';
import type { QueryService } from '@vitess-ts/queryservice';
import type { StreamHealthResponse, Target } from '@vitess-ts/proto/query';
import { TabletType, type Tablet } from '@vitess-ts/proto/topodata';
import { HealthStream, pause } from './health-stream';
import { cellRank, healthyTablets, type CellPreference, type LagLimits } from './healthy-tablets';
import type { TabletHealth, TabletHealthChange } from './tablet-health';
import type { TabletRecords } from './topo-source';

export interface HealthCheckOptions {
  /** The cell of the process that asks; its tablets come first. */
  localCell: string;
  /** Cells whose tablets are watched, or how to find them out each time. */
  cells: readonly string[] | ((signal: AbortSignal) => Promise<readonly string[]>);
  /** Cells that count as local beside `localCell`. */
  nearCells?: readonly string[];
  /** Only tablets of these keyspaces; all when absent. */
  keyspaces?: readonly string[];
  topo: TabletRecords;
  /** Opens the way to a tablet; the health check closes it when the tablet is gone. */
  connect: (tablet: Tablet) => QueryService;
  /** How often the records are read again. Default 1 s. */
  refreshIntervalMs?: number;
  /** First delay after a broken stream, doubled each time. Default 5 ms. */
  retryDelayMs?: number;
  /** Default 1 s. */
  maxRetryDelayMs?: number;
  /** Default 60 s. */
  healthCheckTimeoutMs?: number;
  /** Default: 30 s are low, over 2 h is never taken, 2 tablets at least. */
  lag?: Partial<LagLimits>;
  /** Told of records that cannot be read (the last known tablets stay in use) and connections that do not close. */
  onError?: (error: Error) => void;
}

interface Watched {
  health: TabletHealth;
  address: string;
  abort: AbortController;
  stream: Promise<void>;
}

/**
 * Knows all tablets of some cells and how they are: reads their records again and again and follows one health
 * stream a tablet. What it knows outlives a topology that is down.
 */
export class HealthCheck {
  private readonly watched = new Map<string, Watched>();
  private readonly listeners = new Set<(change: TabletHealthChange) => void>();
  /** Latest primary term seen a shard, kept while its primary is away. */
  private readonly latestTerms = new Map<string, number>();
  private readonly healthyCache = new Map<string, { tablets: TabletHealth[]; local: number; turn: number }>();
  /** Removed tablets whose connections are being closed. */
  private readonly ending = new Set<Promise<void>>();
  private readonly abort = new AbortController();
  private readonly lag: LagLimits;
  private readonly cellPreference: CellPreference;
  private loop?: Promise<void>;
  private refreshing?: Promise<void>;

  constructor(private readonly options: HealthCheckOptions) {
    this.lag = { lowLagSeconds: 30, highLagSeconds: 7200, minTablets: 2, ...options.lag };
    this.cellPreference = { localCell: options.localCell, nearCells: new Set(options.nearCells) };
  }

  /** Begins to watch; returns at once. Use `waitForServing` to wait for tablets. */
  start(): void {
    this.loop ??= this.refreshLoop();
  }

  /** Ends all streams and closes the connections to the tablets. */
  async stop(): Promise<void> {
    this.abort.abort();
    await this.loop;
    await Promise.all([...[...this.watched.values()].map((w) => this.endWatch(w)), ...this.ending]);
    this.watched.clear();
    this.healthyCache.clear();
  }

  /** All known tablets, serving or not. */
  tablets(): TabletHealth[] {
    return [...this.watched.values()].map((w) => w.health);
  }

  tablet(alias: string): TabletHealth | undefined {
    return this.watched.get(alias)?.health;
  }

  /**
   * The tablets that may be asked for this target, best first; empty when none may. Replicas of the nearest cells
   * take turns at the front.
   */
  healthy(target: Pick<Target, 'keyspace' | 'shard' | 'tabletType'>): readonly TabletHealth[] {
    const key = `${target.keyspace}/${target.shard}/${target.tabletType}`;
    let entry = this.healthyCache.get(key);
    if (entry === undefined) {
      const tablets = healthyTablets(
        this.candidates(target),
        target.tabletType,
        this.latestTerms.get(shardKey(target)) ?? 0,
        this.lag,
        this.cellPreference,
      );
      const rank = tablets.length > 0 ? cellRank(tablets[0], this.cellPreference) : 0;
      const local = tablets.filter((t) => cellRank(t, this.cellPreference) === rank).length;
      entry = { tablets, local, turn: 0 };
      this.healthyCache.set(key, entry);
    }
    if (entry.local <= 1) return entry.tablets;
    const first = entry.turn++ % entry.local;
    if (first === 0) return entry.tablets;
    const { tablets, local } = entry;
    return [...tablets.slice(first, local), ...tablets.slice(0, first), ...tablets.slice(local)];
  }

  /** The shard's primary of the latest known term, serving or not. */
  primary(keyspace: string, shard: string): TabletHealth | undefined {
    const target = { keyspace, shard, tabletType: TabletType.PRIMARY };
    const latest = this.latestTerms.get(shardKey(target)) ?? 0;
    return this.candidates(target).find((t) => t.primaryTermStart >= latest);
  }

  /** Calls `listener` at every change until the returned function is called. It must not throw. */
  onChange(listener: (change: TabletHealthChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Resolves when every target has a healthy tablet; rejects with the signal's reason as VtError. */
  async waitForServing(
    targets: readonly Pick<Target, 'keyspace' | 'shard' | 'tabletType'>[],
    signal: AbortSignal,
  ): Promise<void> {
    const missing = (): typeof targets => targets.filter((t) => this.healthy(t).length === 0);
    if (missing().length === 0) return;
    await new Promise<void>((resolve, reject) => {
      const finish = (error?: Error): void => {
        stop();
        signal.removeEventListener('abort', aborted);
        if (error) reject(error);
        else resolve();
      };
      const aborted = (): void => {
        const names = missing().map((t) => `${t.keyspace}.${t.shard}.${tabletTypeLowerName(t.tabletType)}`);
        finish(new VtError(Code.UNAVAILABLE, `no serving tablet for ${names.join(', ')}`));
      };
      const stop = this.onChange(() => {
        if (missing().length === 0) finish();
      });
      if (signal.aborted) return aborted();
      signal.addEventListener('abort', aborted, { once: true });
    });
  }

  /** Reads the records now instead of at the next interval. A cell that cannot be read keeps its tablets. */
  async refresh(): Promise<void> {
    this.refreshing ??= this.readRecords().finally(() => (this.refreshing = undefined));
    await this.refreshing;
  }

  private async refreshLoop(): Promise<void> {
    while (!this.abort.signal.aborted) {
      await this.refresh();
      await pause(this.options.refreshIntervalMs ?? 1000, this.abort.signal);
    }
  }

  private async readRecords(): Promise<void> {
    await Promise.all(
      (await this.cells()).map(async (cell) => {
        try {
          this.applyRecords(cell, await this.options.topo.getTabletsByCell(cell, this.abort.signal));
        } catch (error) {
          if (!this.abort.signal.aborted) this.report(error);
        }
      }),
    );
  }

  private async cells(): Promise<readonly string[]> {
    const { cells } = this.options;
    if (typeof cells !== 'function') return cells;
    try {
      return await cells(this.abort.signal);
    } catch (error) {
      if (!this.abort.signal.aborted) this.report(error);
      return [];
    }
  }

  private applyRecords(cell: string, records: readonly Tablet[]): void {
    if (this.abort.signal.aborted) return;
    const seen = new Set<string>();
    for (const tablet of records) {
      if (this.options.keyspaces && !this.options.keyspaces.includes(tablet.keyspace)) continue;
      const alias = tabletAliasString(tablet.alias);
      seen.add(alias);
      this.applyRecord(alias, tablet);
    }
    for (const [alias, watched] of this.watched) {
      if (watched.health.tablet.alias?.cell === cell && !seen.has(alias)) this.remove(alias, watched);
    }
  }

  private applyRecord(alias: string, tablet: Tablet): void {
    const known = this.watched.get(alias);
    const address = addressOf(tablet);
    if (known?.address === address) {
      const health: TabletHealth = { ...known.health, tablet };
      if (known.health.tablet.type !== tablet.type) this.change(known, health);
      else known.health = health;
      this.healthyCache.clear();
      return;
    }
    if (known) this.remove(alias, known);
    if (address === '') return;
    this.add(alias, address, tablet);
  }

  private add(alias: string, address: string, tablet: Tablet): void {
    const queryService = this.options.connect(tablet);
    const abort = new AbortController();
    const watched: Watched = {
      health: {
        alias,
        tablet,
        target: {
          keyspace: tablet.keyspace,
          shard: tablet.shard,
          tabletType: tablet.type,
          cell: tablet.alias?.cell ?? '',
        },
        serving: false,
        primaryTermStart: 0,
        lagSeconds: 0,
        queryService,
      },
      address,
      abort,
      stream: Promise.resolve(),
    };
    this.watched.set(alias, watched);
    this.notify({ health: watched.health, removed: false, tablesChanged: [], viewsChanged: [] });
    watched.stream = new HealthStream(
      alias,
      queryService,
      {
        retryDelayMs: this.options.retryDelayMs ?? 5,
        maxRetryDelayMs: this.options.maxRetryDelayMs ?? 1000,
        silenceTimeoutMs: this.options.healthCheckTimeoutMs ?? 60_000,
      },
      (message) => this.heard(watched, message),
      (error) => this.change(watched, { ...watched.health, serving: false, lastError: error }),
    ).run(abort.signal);
  }

  private heard(watched: Watched, message: StreamHealthResponse): void {
    const stats = message.realtimeStats;
    const target = message.target ?? watched.health.target;
    const term = Number(message.primaryTermStartTimestamp);
    const healthError = stats?.healthError ?? '';
    if (target.tabletType === TabletType.PRIMARY) {
      const key = shardKey(target);
      this.latestTerms.set(key, Math.max(this.latestTerms.get(key) ?? 0, term));
    }
    this.change(
      watched,
      {
        ...watched.health,
        target,
        serving: message.serving,
        primaryTermStart: term,
        lagSeconds: stats?.replicationLagSeconds ?? 0,
        stats,
        lastError: healthError === '' ? undefined : new VtError(Code.UNAVAILABLE, healthError),
      },
      stats?.tableSchemaChanged,
      stats?.viewSchemaChanged,
    );
  }

  private change(
    watched: Watched,
    health: TabletHealth,
    tablesChanged: readonly string[] = [],
    viewsChanged: readonly string[] = [],
  ): void {
    const previous = watched.health;
    watched.health = health;
    this.notify({ health, previous, removed: false, tablesChanged, viewsChanged });
  }

  private remove(alias: string, watched: Watched): void {
    this.watched.delete(alias);
    const ending = this.endWatch(watched)
      .catch((error: unknown) => this.report(error))
      .finally(() => this.ending.delete(ending));
    this.ending.add(ending);
    this.notify({
      health: { ...watched.health, serving: false },
      previous: watched.health,
      removed: true,
      tablesChanged: [],
      viewsChanged: [],
    });
  }

  private notify(change: TabletHealthChange): void {
    this.healthyCache.clear();
    for (const listener of this.listeners) listener(change);
  }

  private report(error: unknown): void {
    this.options.onError?.(error instanceof Error ? error : new Error(String(error)));
  }

  private async endWatch(watched: Watched): Promise<void> {
    watched.abort.abort();
    await watched.stream;
    await watched.health.queryService.close();
  }

  /** Tablets of one shard and type, the latest primary term first. */
  private candidates(target: Pick<Target, 'keyspace' | 'shard' | 'tabletType'>): TabletHealth[] {
    const found: TabletHealth[] = [];
    for (const { health } of this.watched.values()) {
      const t = health.target;
      if (t.tabletType === target.tabletType && t.shard === target.shard && t.keyspace === target.keyspace) {
        found.push(health);
      }
    }
    return found.sort((a, b) => b.primaryTermStart - a.primaryTermStart);
  }
}

function shardKey(target: Pick<Target, 'keyspace' | 'shard'>): string {
  return `${target.keyspace}/${target.shard}`;
}

function addressOf(tablet: Tablet): string {
  const port = tablet.portMap['grpc'];
  return tablet.hostname === '' || port === undefined ? '' : `${tablet.hostname}:${port}`;
}
