import { LruCache, Mutex } from '@vitess-ts/base';
import type { MysqlConnection } from '@vitess-ts/mysql';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { TakenTransaction } from '../taken-transaction';
import { removeSql, type RedoLog } from './redo-log';
import type { RedoReplay } from './redo-replay';

/** Rolled back dtids that are remembered, so that a late prepare is refused. */
const REMEMBERED = 10_000;
const END_TIMEOUT_MS = 10_000;

/** A connection with a prepared transaction on it. */
interface Prepared {
  connection: MysqlConnection;
  commitSql: string;
  /** The transaction has ended, or its connection is gone. */
  done(how: 'committed' | 'rolled back' | 'lost'): void;
}

export interface PreparedTransactionsParts {
  log: RedoLog;
  replay: RedoReplay;
  /** Takes an open transaction from its session. */
  take(transactionId: bigint): Promise<TakenTransaction>;
  /** Rolls back an open transaction if there is one. */
  rollback(transactionId: bigint): Promise<void>;
}

/**
 * Transactions between the two phases of a commit. Each keeps its connection, and with it its locks, and is in the redo
 * log, from which it is done again when the connection is lost. One thing at a time is done to a transaction.
 */
export class PreparedTransactions {
  private readonly prepared = new Map<string, Prepared>();
  private readonly rolledBack = new LruCache<string, true>({ maxWeight: REMEMBERED });
  private readonly locks = new Map<string, Mutex>();
  private readonly running = new Set<Promise<unknown>>();
  /** Why nothing may be prepared or ended now. */
  private closed: string | undefined = 'the redo log was not read yet';

  constructor(private readonly parts: PreparedTransactionsParts) {}

  /** Whether transactions may be prepared and ended. */
  get isOpen(): boolean {
    return this.closed === undefined;
  }

  get size(): number {
    return this.prepared.size;
  }

  /** The transaction is in the redo log, and held open, when this resolves. After a failure it is rolled back. */
  async prepare(transactionId: bigint, dtid: string): Promise<void> {
    await this.exclusive(dtid, async () => {
      if (this.rolledBack.has(dtid))
        throw new VtError(Code.ABORTED, `${dtid} was rolled back before it was prepared`);
      if (this.prepared.has(dtid)) throw new VtError(Code.ALREADY_EXISTS, `${dtid} is prepared already`);
      const taken = await this.parts.take(transactionId);
      try {
        if (taken.record.isEmpty) {
          // It has only read: there is nothing to be done again, and nothing that a crash could undo.
          await taken.connection.query(taken.commitSql);
          taken.done('committed');
          return;
        }
        const statements = await taken.record.redoStatements(taken.connection);
        await this.parts.log.save(dtid, statements, taken.record.foundRows);
      } catch (error) {
        await rollBack(taken);
        throw error;
      }
      this.prepared.set(dtid, taken);
    });
  }

  /** Resolves as well when the transaction is not known: it was committed before. */
  async commit(dtid: string): Promise<void> {
    await this.exclusive(dtid, async () => {
      const prepared = await this.find(dtid);
      if (prepared === undefined) return;
      const { connection } = prepared;
      try {
        for (const sql of removeSql(dtid)) await connection.query(sql);
        await connection.query(prepared.commitSql);
      } catch (error) {
        // Alive: it stays prepared. Else the redo log knows whether it has committed.
        if (!connection.isAlive) this.drop(dtid, 'lost');
        throw error;
      }
      this.drop(dtid, 'committed');
    });
  }

  /** `transactionId`: of the transaction if it is not prepared; 0n when unknown. */
  async rollback(dtid: string, transactionId: bigint): Promise<void> {
    await this.exclusive(dtid, async () => {
      this.rolledBack.set(dtid, true);
      if (transactionId !== 0n) await this.parts.rollback(transactionId);
      const prepared = this.prepared.get(dtid);
      if (prepared !== undefined) {
        this.prepared.delete(dtid);
        await rollBack(prepared);
      }
      await this.parts.log.remove(dtid);
    });
  }

  /** Does what the redo log holds again, before anybody may write. Rejects when that fails; then it stays closed. */
  async recover(signal: AbortSignal | undefined): Promise<void> {
    await this.close('the redo log is being read');
    const opened = await this.parts.replay.all(signal);
    for (const [dtid, connection] of opened) this.prepared.set(dtid, replayed(connection));
    this.closed = undefined;
  }

  /**
   * Ends the connections: mysqld rolls their transactions back, the redo log keeps them. Nobody may write to the shard
   * through this tablet until they are recovered.
   */
  async close(reason: string): Promise<void> {
    this.closed = reason;
    await Promise.allSettled(this.running);
    for (const dtid of [...this.prepared.keys()]) {
      this.prepared.get(dtid)?.connection.destroy();
      this.drop(dtid, 'lost');
    }
  }

  private async find(dtid: string): Promise<Prepared | undefined> {
    const prepared = this.prepared.get(dtid);
    if (prepared?.connection.isAlive) return prepared;
    if (prepared !== undefined) this.drop(dtid, 'lost');
    if (!(await this.parts.log.has(dtid))) return undefined;
    const again = replayed(await this.parts.replay.one(dtid));
    this.prepared.set(dtid, again);
    return again;
  }

  private drop(dtid: string, how: 'committed' | 'rolled back' | 'lost'): void {
    this.prepared.get(dtid)?.done(how);
    this.prepared.delete(dtid);
  }

  private async exclusive<T>(dtid: string, work: () => Promise<T>): Promise<T> {
    this.checkOpen();
    let mutex = this.locks.get(dtid);
    if (mutex === undefined) this.locks.set(dtid, (mutex = new Mutex()));
    const lock = mutex;
    const run = lock.runExclusive(async () => {
      this.checkOpen();
      return work();
    });
    this.running.add(run);
    try {
      return await run;
    } finally {
      this.running.delete(run);
      if (!lock.isLocked) this.locks.delete(dtid);
    }
  }

  private checkOpen(): void {
    if (this.closed === undefined) return;
    throw new VtError(Code.UNAVAILABLE, `prepared transactions cannot be ended now: ${this.closed}`);
  }
}

function replayed(connection: MysqlConnection): Prepared {
  return { connection, commitSql: 'COMMIT', done: () => connection.destroy() };
}

async function rollBack(prepared: Prepared): Promise<void> {
  try {
    await prepared.connection.query('ROLLBACK', { timeoutMs: END_TIMEOUT_MS });
    prepared.done('rolled back');
  } catch {
    // mysqld rolls back when the connection ends.
    prepared.connection.destroy();
    prepared.done('lost');
  }
}
