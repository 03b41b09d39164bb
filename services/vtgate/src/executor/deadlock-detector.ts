import { TabletType } from '@vitess-ts/proto/topodata';
import type { LockWait } from '@vitess-ts/proto/vtpipeline';
import { SqlError } from '@vitess-ts/vterrors';
import type { Gateway } from './gateway';
import type { TransactionObserver } from './statement-stats';
import { deadlockedTransactions } from './wait-graph';

/** A statement that has run for this long may be waiting for a lock. */
const SUSPICIOUS_MS = 200;
/** InnoDB shows lock waits anew only when nobody has looked for 0.1 s. */
const INTERVAL_MS = 250;
const ASK_TIMEOUT_MS = 2000;

/** A statement of a transaction over several shards, while it runs. */
export interface WatchedStatement {
  /** Aborts with errno 1213 when the transaction is the victim of a deadlock. */
  readonly signal: AbortSignal;
  /** The statement has ended. */
  done(): void;
}

interface Watched {
  sinceMs: number;
  keyspaces: readonly string[];
  controller: AbortController;
}

/**
 * Finds deadlocks over shards, which no server sees. While statements of transactions over several shards take
 * suspiciously long, all shards are asked who waits for whose locks. Transactions have the same name on all shards and
 * gates, so every gate sees the same circle and picks the same victim, the transaction that began last; only the gate
 * that runs it ends it.
 */
export class DeadlockDetector {
  private readonly watched = new Map<string, Watched>();
  private timer?: NodeJS.Timeout;
  private asking = false;
  /** Of the look before: a circle counts when two looks have seen it whole. */
  private before: LockWait[] = [];

  constructor(
    private readonly gateway: Gateway,
    private readonly observer?: Pick<TransactionObserver, 'deadlockVictim'>,
  ) {}

  /** `name`: of the transaction; `keyspaces`: where it has, or may get, locks. */
  watch(name: string, keyspaces: readonly string[]): WatchedStatement {
    const controller = new AbortController();
    const entry = { sinceMs: performance.now(), keyspaces, controller };
    this.watched.set(name, entry);
    this.arm();
    return {
      signal: controller.signal,
      done: () => {
        if (this.watched.get(name) === entry) this.watched.delete(name);
      },
    };
  }

  /** The transaction has ended. */
  forget(name: string): void {
    this.watched.delete(name);
  }

  stop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.watched.clear();
  }

  /** Looks once; public for tests. */
  async look(): Promise<void> {
    const suspicious = this.suspicious();
    if (suspicious.length === 0) {
      this.before = [];
      return;
    }
    const waits = await this.ask(new Set(suspicious.flatMap((s) => s.keyspaces)));
    const seenTwice = waits.filter((w) =>
      this.before.some((b) => b.waiting === w.waiting && b.blocking === w.blocking),
    );
    this.before = waits;
    for (const circle of deadlockedTransactions(seenTwice)) this.endVictim(circle);
  }

  private endVictim(circle: readonly string[]): void {
    const victim = [...circle].sort().at(-1) as string;
    const running = this.watched.get(victim);
    if (running === undefined) return;
    this.watched.delete(victim);
    this.observer?.deadlockVictim();
    running.controller.abort(
      new SqlError(1213, '40001', 'Deadlock found when trying to get lock; try restarting transaction'),
    );
  }

  private suspicious(): Watched[] {
    const since = performance.now() - SUSPICIOUS_MS;
    return [...this.watched.values()].filter((w) => w.sinceMs <= since);
  }

  private arm(): void {
    if (this.timer !== undefined || this.watched.size === 0) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.asking) return this.arm();
      this.asking = true;
      // What a shard does not answer is asked again; a lock wait has its own end.
      void this.look()
        .catch(() => undefined)
        .finally(() => {
          this.asking = false;
          this.arm();
        });
    }, INTERVAL_MS);
    this.timer.unref();
  }

  private async ask(keyspaces: ReadonlySet<string>): Promise<LockWait[]> {
    const targets = [...keyspaces].flatMap((keyspace) =>
      this.gateway
        .shards(keyspace, TabletType.PRIMARY)
        .map(({ name }) => ({ keyspace, shard: name, tabletType: TabletType.PRIMARY, cell: '' })),
    );
    const lists = await Promise.allSettled(
      targets.map(async (target) => {
        const signal = AbortSignal.timeout(ASK_TIMEOUT_MS);
        const { service } = await this.gateway.choose(target, signal);
        return service.atomic.lockWaits({ signal, timeoutMs: ASK_TIMEOUT_MS }, target);
      }),
    );
    return lists.flatMap((list) => (list.status === 'fulfilled' ? list.value : []));
  }
}
