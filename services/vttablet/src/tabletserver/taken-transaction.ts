import type { MysqlConnection } from '@vitess-ts/mysql';
import type { TransactionRecord } from './twopc/transaction-record';

/** A transaction that was taken from its session, with its connection; `done` is called once, when it has ended. */
export interface TakenTransaction {
  readonly connection: MysqlConnection;
  /** Commits it; no time limit of the session may end the wait for replicas. */
  readonly commitSql: string;
  /** What it has written. */
  readonly record: TransactionRecord;
  done(how: 'committed' | 'rolled back' | 'lost'): void;
}
