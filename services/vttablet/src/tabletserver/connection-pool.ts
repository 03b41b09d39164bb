import { MysqlConnection, type ConnectOptions } from '@vitess-ts/mysql';
import {
  DeadlineExceededError,
  Pool,
  PoolClosedError,
  PoolTimeoutError,
  PoolWaitersFullError,
  type PoolStats,
  type PooledResource,
} from '@vitess-ts/base';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import { isMariaDB, sessionLimitsSql, type SessionLimits } from './session-limits';
import { tabletErrors } from './tablet-errors';

export type Lent = PooledResource<MysqlConnection>;

export interface ConnectionPoolOptions {
  /** Name in error texts and metrics. */
  name: string;
  /** Asked for each new connection: a mysqld that was restarted may listen elsewhere. */
  connect: () => ConnectOptions;
  capacity: number;
  idleTimeoutMs: number;
  maxLifetimeMs: number;
  waiterCap: number;
  limits: SessionLimits;
  /** The errors of a transaction pool read differently. */
  forTransactions?: boolean;
  /** Told of every failure to connect: mysqld may be down. */
  onConnectError?: (error: unknown) => void;
}

/**
 * mysqld connections of one kind. Who gets one gives it back with `put`, which keeps it only while it is alive; its
 * session state must be as it was.
 */
export class ConnectionPool {
  private readonly pool: Pool<MysqlConnection>;
  readonly limits: SessionLimits;

  constructor(private readonly options: ConnectionPoolOptions) {
    this.limits = options.limits;
    this.pool = new Pool<MysqlConnection>({
      capacity: options.capacity,
      idleTimeoutMs: options.idleTimeoutMs,
      maxLifetimeMs: options.maxLifetimeMs,
      maxWaiters: options.waiterCap,
      create: (signal) => this.connect(signal),
      destroy: (connection) => connection.close(),
      onDestroyError: options.onConnectError,
    });
  }

  /** An idle connection that is alive as far as is known, or undefined; costs no promise. */
  tryGet(): Lent | undefined {
    for (let lent = this.pool.tryGet(); lent; lent = this.pool.tryGet()) {
      if (lent.resource.isAlive) return lent;
      this.pool.discard(lent);
    }
    return undefined;
  }

  /**
   * Lends a connection that is alive as far as is known. Rejects with what mysqld said, or RESOURCE_EXHAUSTED when none
   * came within `timeoutMs` (0: no limit but the signal).
   */
  async get(signal: AbortSignal | undefined, timeoutMs: number): Promise<Lent> {
    for (;;) {
      const lent = this.tryGet() ?? (await this.wait(signal, timeoutMs));
      if (lent.resource.isAlive) return lent;
      this.pool.discard(lent);
    }
  }

  put(lent: Lent): void {
    if (lent.resource.isAlive && !lent.resource.isBusy) this.pool.put(lent);
    else this.pool.discard(lent);
  }

  discard(lent: Lent): void {
    lent.resource.destroy();
    this.pool.discard(lent);
  }

  stats(): PoolStats {
    return this.pool.stats();
  }

  /** The connections that are lent now. */
  inUse(): Iterable<MysqlConnection> {
    return this.pool.inUse();
  }

  setCapacity(capacity: number): void {
    this.pool.setCapacity(capacity);
  }

  /** Resolves when all connections are back and closed, or after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    await this.pool.close(graceMs);
    for (const connection of this.pool.inUse()) connection.destroy();
  }

  private async wait(signal: AbortSignal | undefined, timeoutMs: number): Promise<Lent> {
    try {
      return await this.pool.get({ signal, timeoutMs: timeoutMs > 0 ? timeoutMs : undefined });
    } catch (error) {
      throw this.errorOf(error);
    }
  }

  private errorOf(error: unknown): Error {
    const { name, forTransactions } = this.options;
    if (error instanceof VtError || error instanceof SqlError) return error;
    if (error instanceof PoolTimeoutError) {
      return forTransactions
        ? tabletErrors.transactionPoolFull(error)
        : tabletErrors.poolTimedOut(name, error);
    }
    if (error instanceof PoolWaitersFullError) return tabletErrors.poolWaitersFull(name, error);
    if (error instanceof PoolClosedError) return tabletErrors.notServing('NOT_SERVING');
    if (error instanceof DeadlineExceededError && forTransactions) {
      return tabletErrors.transactionPoolExpired(error);
    }
    const code = error instanceof DeadlineExceededError ? Code.DEADLINE_EXCEEDED : Code.CANCELED;
    return new VtError(code, error instanceof Error ? error.message : String(error), { cause: error });
  }

  private async connect(signal: AbortSignal): Promise<MysqlConnection> {
    try {
      const connection = await MysqlConnection.connect(this.options.connect(), signal);
      try {
        await connection.query(sessionLimitsSql(isMariaDB(connection), this.limits), { signal });
        return connection;
      } catch (error) {
        connection.destroy();
        throw error;
      }
    } catch (error) {
      if (!signal.aborted) this.options.onConnectError?.(error);
      throw error;
    }
  }
}
