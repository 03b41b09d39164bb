import { LruCache, systemClock, type CancelTimer, type Clock } from '@vitess-ts/base';
import { durationText } from './duration-text';
import type { StatefulConnection } from './stateful-connection';
import { tabletErrors } from './tablet-errors';

/** Ids whose end is remembered, so that a late user learns why. */
const rememberedIds = 10_000;

export interface StatefulRegistryOptions {
  /** Rolls back what the connection has open and gives it back; must not reject. */
  end: (connection: StatefulConnection) => Promise<void>;
  clock?: Clock;
}

/**
 * All connections that hold state, by id. Ids are never used twice, also not after a restart: they count up from the
 * time of the start. A sweeper ends those that are idle for longer than they may.
 */
export class StatefulRegistry {
  private readonly connections = new Map<bigint, StatefulConnection>();
  private readonly endedIds = new LruCache<bigint, string>({ maxWeight: rememberedIds });
  private readonly clock: Clock;
  private lastId: bigint;
  private cancelSweep?: CancelTimer;
  private readonly ending = new Set<Promise<void>>();

  constructor(private readonly options: StatefulRegistryOptions) {
    this.clock = options.clock ?? systemClock;
    this.lastId = BigInt(this.clock.now()) * 1_000_000n;
  }

  get size(): number {
    return this.connections.size;
  }

  all(): StatefulConnection[] {
    return [...this.connections.values()];
  }

  /** The connection of this id, which somebody else may be using. */
  peek(id: bigint): StatefulConnection | undefined {
    return this.connections.get(id);
  }

  nextId(): bigint {
    return ++this.lastId;
  }

  /** Makes a connection known; it is locked by the caller, who calls the returned function when its statement ended. */
  async add(connection: StatefulConnection): Promise<() => void> {
    const unlock = await connection.mutex.acquire();
    this.connections.set(connection.id, connection);
    this.armSweep();
    return () => this.unlock(connection, unlock);
  }

  /**
   * The connection of this id, locked: waits for the statements before. ABORTED when it is ended or never was. The
   * caller calls `unlock` when its statement ended.
   */
  async lock(
    id: bigint,
    signal: AbortSignal | undefined,
  ): Promise<{ connection: StatefulConnection; unlock: () => void }> {
    const connection = this.connections.get(id);
    if (!connection) throw tabletErrors.transactionEnded(id, this.whyMissing(id));
    const unlock = await connection.mutex.acquire(signal);
    if (this.connections.get(id) !== connection) {
      unlock();
      throw tabletErrors.transactionEnded(id, this.whyMissing(id));
    }
    return { connection, unlock: () => this.unlock(connection, unlock) };
  }

  /** Gives a reserved connection a new id, so that the id of its transaction that has ended means nothing any more. */
  renewId(connection: StatefulConnection, reason: string): void {
    this.forget(connection.id, reason);
    connection.id = this.nextId();
    this.connections.set(connection.id, connection);
  }

  /** Takes a connection out; later users of its id learn the reason. The caller gives the connection back. */
  remove(connection: StatefulConnection, reason: string): void {
    connection.ended = reason;
    this.forget(connection.id, reason);
  }

  /** Ends the connections that `which` selects: idle ones now, those in use when their statement has ended. */
  async endAll(which: (connection: StatefulConnection) => boolean, reason: string): Promise<void> {
    const selected = this.all().filter(which);
    await Promise.all(selected.map((connection) => this.endWhenFree(connection, reason)));
  }

  /** Stops the sweeper and waits for endings that are under way. */
  async close(): Promise<void> {
    this.cancelSweep?.();
    await Promise.all(this.ending);
  }

  private unlock(connection: StatefulConnection, unlock: () => void): void {
    connection.lastUsedMs = this.clock.monotonic();
    unlock();
  }

  private forget(id: bigint, reason: string): void {
    this.connections.delete(id);
    this.endedIds.set(id, `ended at ${timeText(this.clock.now())} (${reason})`);
  }

  private whyMissing(id: bigint): string {
    return this.endedIds.get(id) ?? 'not found (potential transaction timeout)';
  }

  private async endWhenFree(connection: StatefulConnection, reason: string): Promise<void> {
    const unlock = await connection.mutex.acquire();
    try {
      if (this.connections.get(connection.id) !== connection) return;
      this.remove(connection, reason);
      await this.options.end(connection);
    } finally {
      unlock();
    }
  }

  private armSweep(): void {
    if (this.cancelSweep || this.connections.size === 0) return;
    const shortest = Math.min(...this.all().map((c) => (c.timeoutMs > 0 ? c.timeoutMs : Infinity)));
    const everyMs = Math.min(1000, Math.max(10, shortest / 10));
    const sweep = (): void => {
      this.cancelSweep = undefined;
      this.sweep();
      this.armSweep();
    };
    this.cancelSweep = this.clock.after(everyMs, sweep, { background: true });
  }

  private sweep(): void {
    const nowMs = this.clock.monotonic();
    for (const connection of this.connections.values()) {
      const { timeoutMs } = connection;
      if (connection.mutex.isLocked) continue;
      const isDead = !connection.connection.isAlive;
      const isLate = timeoutMs > 0 && nowMs - connection.lastUsedMs >= timeoutMs;
      if (!isDead && !isLate) continue;
      const reason = isDead ? 'lost connection to mysqld' : `exceeded timeout: ${durationText(timeoutMs)}`;
      const ending = this.endWhenFree(connection, reason).finally(() => this.ending.delete(ending));
      this.ending.add(ending);
    }
  }
}

/** `2026-01-31 23:59:59.000 UTC`. */
function timeText(epochMs: number): string {
  return `${new Date(epochMs).toISOString().replace('T', ' ').replace('Z', '')} UTC`;
}
