import { Pool, PoolTimeoutError } from '@vitess-ts/base';
import { FieldCache, type ConnectOptions } from '@vitess-ts/mysql';
import { ConnectionPool, type Lent } from './connection-pool';
import type { TabletServerOptions } from './options';
import { tabletErrors } from './tablet-errors';

export interface TabletPoolsOptions {
  options: TabletServerOptions;
  /** Of the application's account, with the tablet's database. */
  app: () => ConnectOptions;
  /** Of the management account, with the tablet's database. */
  dba: () => ConnectOptions;
  onConnectError: (error: unknown) => void;
}

/** How long a pool waits for its connections at the end. */
const closeGraceMs = 1000;
const dbaTimeoutMs = 5000;

/** Permission to hold one connection of a limited kind; `release` is called once. */
export interface Slot {
  release(): void;
}

/**
 * All connections of a tablet to its mysqld. Transactions, writes outside them and reserved connections share two pools
 * (with and without CLIENT_FOUND_ROWS); how many of each kind there are is limited by slots, because a transaction may
 * become a reserved connection.
 */
export class TabletPools {
  readonly query: ConnectionPool;
  readonly stream: ConnectionPool;
  readonly dba: ConnectionPool;
  /** For the records of commits over several shards. */
  readonly twopc: ConnectionPool;
  private readonly stateful: ConnectionPool;
  private readonly statefulFoundRows: ConnectionPool;
  private readonly transactionSlots: Pool<object>;
  private readonly reservedSlots: Pool<object>;
  private readonly options: TabletServerOptions;

  constructor({ options, app, dba, onConnectError }: TabletPoolsOptions) {
    this.options = options;
    const shared = {
      idleTimeoutMs: options.idleTimeoutMs,
      maxLifetimeMs: options.maxLifetimeMs,
      waiterCap: options.poolWaiterCap,
      onConnectError,
    };
    const limits = { timeoutMs: options.queryTimeoutMs };
    const unlimited = { timeoutMs: 0 };
    const fieldCache = new FieldCache();
    const connect = (): ConnectOptions => ({ ...app(), fieldCache });
    const statefulCapacity = options.transactionCap + options.reservedCap;
    const stateful = { ...shared, limits, capacity: statefulCapacity, forTransactions: true };
    this.query = new ConnectionPool({
      ...shared,
      name: 'query',
      connect,
      limits,
      capacity: options.poolSize,
    });
    this.stream = new ConnectionPool({
      ...shared,
      name: 'stream',
      connect,
      limits: unlimited,
      capacity: options.streamPoolSize,
    });
    this.dba = new ConnectionPool({
      ...shared,
      name: 'dba',
      connect: dba,
      limits: unlimited,
      capacity: options.dbaPoolSize,
    });
    this.twopc = new ConnectionPool({
      ...shared,
      name: 'twopc',
      connect,
      limits: unlimited,
      capacity: options.twopcPoolSize,
    });
    this.stateful = new ConnectionPool({ ...stateful, name: 'transaction', connect });
    this.statefulFoundRows = new ConnectionPool({
      ...stateful,
      name: 'found rows transaction',
      connect: () => ({ ...connect(), foundRows: true }),
    });
    this.transactionSlots = slots(options.transactionCap, options.poolWaiterCap);
    this.reservedSlots = slots(options.reservedCap, options.poolWaiterCap);
  }

  private get all(): ConnectionPool[] {
    return [this.query, this.stream, this.stateful, this.statefulFoundRows, this.twopc, this.dba];
  }

  statefulPool(foundRows: boolean): ConnectionPool {
    return foundRows ? this.statefulFoundRows : this.stateful;
  }

  /** A place for a transaction or a write. RESOURCE_EXHAUSTED when none is free in time. */
  async transactionSlot(signal: AbortSignal | undefined): Promise<Slot> {
    return takeSlot(this.transactionSlots, signal, this.options.txPoolTimeoutMs);
  }

  async reservedSlot(signal: AbortSignal | undefined): Promise<Slot> {
    return takeSlot(this.reservedSlots, signal, this.options.txPoolTimeoutMs);
  }

  /** Runs `fn` on a management connection, which is kept unless it was closed. */
  async withDba<T>(fn: (connection: Lent['resource']) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const lent = await this.dba.get(signal, dbaTimeoutMs);
    try {
      return await fn(lent.resource);
    } finally {
      this.dba.put(lent);
    }
  }

  /**
   * Closes the connections that wait for mysqld, which hangs: their statements end as lost. Transactions between two
   * statements go on when mysqld does.
   */
  closeBusy(): void {
    for (const pool of this.all) {
      for (const connection of pool.inUse()) if (connection.isBusy) connection.destroy();
    }
  }

  stats(): Record<string, ReturnType<ConnectionPool['stats']>> {
    return {
      query: this.query.stats(),
      stream: this.stream.stats(),
      dba: this.dba.stats(),
      twopc: this.twopc.stats(),
      transaction: this.stateful.stats(),
      foundRowsTransaction: this.statefulFoundRows.stats(),
      transactionSlots: this.transactionSlots.stats(),
      reservedSlots: this.reservedSlots.stats(),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.all.map((pool) => pool.close(closeGraceMs)));
    await Promise.all([this.transactionSlots.close(0), this.reservedSlots.close(0)]);
  }
}

function slots(capacity: number, maxWaiters: number): Pool<object> {
  return new Pool<object>({
    capacity,
    maxWaiters,
    create: async () => ({}),
    destroy: () => undefined,
  });
}

async function takeSlot(
  pool: Pool<object>,
  signal: AbortSignal | undefined,
  timeoutMs: number,
): Promise<Slot> {
  try {
    const slot = pool.tryGet() ?? (await pool.get({ signal, timeoutMs }));
    return { release: () => pool.put(slot) };
  } catch (error) {
    if (signal?.aborted) throw tabletErrors.transactionPoolExpired(error);
    if (error instanceof PoolTimeoutError) throw tabletErrors.transactionPoolFull(error);
    throw tabletErrors.poolWaitersFull('transaction', error);
  }
}
