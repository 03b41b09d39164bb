import { SqlError } from '@vitess-ts/vterrors';
import { RowBatch, type Result } from '@vitess-ts/sqltypes';
import type { CallContext } from '@vitess-ts/queryservice';
import type { Session } from '../session/session';
import { isConnectionLoss } from './shard-connections';
import type { TransactionObserver } from './statement-stats';
import type { Transactions } from './transactions';
import { mayHaveRun, unknownOutcome } from './unknown-outcome';

/** Runs the shard work of one statement; told whether it is in a transaction. */
export type Work = (inTransaction: boolean) => AsyncIterableIterator<Result>;

/** InnoDB rolls the whole transaction back on a deadlock (MySQL manual, InnoDB Error Handling). */
const ER_LOCK_DEADLOCK = 1213;

/**
 * Puts a statement into the transaction that MySQL would run it in.
 *
 * - A read outside transactions just runs.
 * - A write under autocommit gets a transaction of its own, which commits before the client hears of success.
 * - Inside a transaction, a write that fails on some shards is undone on all of them, as one MySQL would.
 */
export class StatementRunner {
  constructor(
    private readonly transactions: Transactions,
    private readonly observer?: TransactionObserver,
  ) {}

  read(session: Session, call: CallContext, work: Work): AsyncIterableIterator<Result> {
    if (!session.inTransaction && !session.autocommit) this.transactions.begin(session, {});
    return session.inTransaction ? this.readInside(session, call, work) : work(false);
  }

  private async *readInside(session: Session, call: CallContext, work: Work): AsyncGenerator<Result> {
    try {
      yield* work(true);
    } catch (error) {
      await this.afterFailure(session, call, error);
      throw error;
    }
  }

  /** `oneShard`: the statement is one query to one shard, which mysqld undoes by itself when it fails. */
  async write(session: Session, call: CallContext, oneShard: boolean, work: Work): Promise<Result[]> {
    if (!session.inTransaction && !session.autocommit) this.transactions.begin(session, {});
    if (session.inTransaction) return this.writeInside(session, call, oneShard, work);
    const results = await this.orRollback(session, call, () => drain(work(true)));
    session.inTransaction = true;
    await this.transactions.commit(session, call);
    return results;
  }

  private async writeInside(
    session: Session,
    call: CallContext,
    oneShard: boolean,
    work: Work,
  ): Promise<Result[]> {
    const removals = session.lookupRemovals.length;
    const guarded = oneShard ? undefined : await this.transactions.guardStatement(session, call);
    try {
      return await drain(work(true));
    } catch (error) {
      if (!(await this.afterFailure(session, call, error)) && guarded) {
        await this.transactions.undoStatement(session, guarded, call);
        session.lookupRemovals.splice(removals);
      }
      throw error;
    }
  }

  private async orRollback<T>(session: Session, call: CallContext, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      // With a transaction open nothing is committed, whatever happened to the statement.
      const committedByItself = !session.shardSessions.some((s) => s.transactionId !== 0n);
      await this.transactions.rollback(session, call);
      if (!committedByItself || !mayHaveRun(error)) throw error;
      this.observer?.outcomeUnknown('statement');
      throw unknownOutcome('the statement', error);
    }
  }

  /** True when the error has ended the transaction as a whole. */
  private async afterFailure(session: Session, call: CallContext, error: unknown): Promise<boolean> {
    if (!session.inTransaction) return false;
    if (error instanceof SqlError && error.errno === ER_LOCK_DEADLOCK) {
      await this.transactions.rollback(session, call);
      return true;
    }
    if (isConnectionLoss(error)) session.failedTransaction ??= 'a shard of it was lost';
    return session.failedTransaction !== undefined;
  }
}

/** A write's results are small (counts, RETURNING rows) and must be whole before the client hears of success. */
async function drain(results: AsyncIterable<Result>): Promise<Result[]> {
  const all: Result[] = [];
  for await (const result of results) all.push(result);
  return all;
}

/** Several results of one statement as one. */
export function joinResults(results: readonly Result[]): Result {
  const [first] = results;
  if (results.length === 1) return first;
  const last = results[results.length - 1];
  return {
    ...last,
    fields: first.fields,
    rows: RowBatch.concat(
      first.fields.length,
      results.map((r) => r.rows),
    ),
  };
}
