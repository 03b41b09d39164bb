import { Mutex } from '@vitess-ts/base';
import type { MysqlConnection } from '@vitess-ts/mysql';
import type { ConnectionPool, Lent } from './connection-pool';
import type { TransactionRecord } from './twopc/transaction-record';

/** A connection that belongs to one session of a client: it is in a transaction, or reserved, or both. */
export class StatefulConnection {
  /** One statement at a time, in the order of arrival. */
  readonly mutex = new Mutex();
  inTransaction = false;
  reserved = false;
  /** Only reads may run: the transaction began READ ONLY. */
  readOnly = false;
  /** Monotonic; when the last statement ended. */
  lastUsedMs = 0;
  /** Wall clock; when the transaction began. */
  begunAtMs = 0;
  /** Idle time after which it is ended. */
  timeoutMs = 0;
  /** What the transaction has written, where it may be committed with others. */
  record?: TransactionRecord;
  /** The gate's name of the transaction; '' where it gave none. */
  transactionName = '';
  /** Set when it was ended, with the reason. */
  ended?: string;

  constructor(
    public id: bigint,
    private readonly lent: Lent,
    private readonly pool: ConnectionPool,
    /** The settings that were applied, for the tablet's pages. */
    readonly settings: readonly string[],
    /** Who opened it, for the tablet's pages. */
    readonly caller: string,
    /** Numbers of rows are those of CLIENT_FOUND_ROWS. */
    readonly foundRows = false,
  ) {}

  get connection(): MysqlConnection {
    return this.lent.resource;
  }

  get limits(): ConnectionPool['limits'] {
    return this.pool.limits;
  }

  /** Gives the connection back: to its pool when its session is as new, else it is closed. */
  giveBack(): void {
    if (this.reserved || this.inTransaction) this.pool.discard(this.lent);
    else this.pool.put(this.lent);
  }
}
