import { ExecuteOptions_TransactionIsolation as Isolation } from '@vitess-ts/proto/query';
import type { ExecuteOptions } from '@vitess-ts/queryservice';
import type { Result } from '@vitess-ts/sqltypes';
import type { QueryPlan } from '../plan';
import { isMariaDB } from '../session-limits';
import type { StatefulConnection } from '../stateful-connection';
import { TransactionRecord } from './transaction-record';

const setsClock = /\btimestamp\s*=/i;

/** The record of a transaction that begins; undefined where nobody asked for one. */
export function recordOf(
  connection: StatefulConnection,
  options: ExecuteOptions | undefined,
): TransactionRecord | undefined {
  if (options?.atomicCommit !== true) return undefined;
  const ownClock = connection.settings.some((sql) => setsClock.test(sql));
  const record = new TransactionRecord(connection.foundRows, ownClock);
  const { transactionIsolation: isolation } = options;
  if (isolation === Isolation.READ_COMMITTED || isolation === Isolation.READ_UNCOMMITTED) {
    // Rows that a statement has looked at and not changed may be others when it is done again.
    record.refuse('its isolation level is below REPEATABLE READ');
  }
  return record;
}

/** The clock that a recorded write is given, in seconds. */
export function statementClock(
  { record, connection }: StatefulConnection,
  plan: QueryPlan,
): string | undefined {
  if (record === undefined || record.ownClock || plan.kind !== 'dml' || !plan.limitable) return undefined;
  return isMariaDB(connection) ? (Date.now() / 1000).toFixed(3) : undefined;
}

export async function beforeRecorded(connection: StatefulConnection, plan: QueryPlan): Promise<void> {
  const { record } = connection;
  if (record !== undefined && plan.kind === 'set') await record.beforeSet(connection.connection);
}

/** The statement has succeeded. */
export function recorded(
  connection: StatefulConnection,
  plan: QueryPlan,
  sql: Buffer,
  result: Result,
  timestamp: string | undefined,
): void {
  if (connection.inTransaction) connection.record?.add(plan, sql, result, timestamp);
}
