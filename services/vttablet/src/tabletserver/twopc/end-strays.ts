import { sleep } from '@vitess-ts/base';
import { MysqlConnection, type ConnectOptions } from '@vitess-ts/mysql';
import { Account } from '@vitess-ts/mysqlctl';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';

const ER_NO_SUCH_THREAD = 1094;
const LIMIT_MS = 30_000;
const POLL_MS = 20;
/** information_schema.innodb_trx is read anew only when nobody has looked for 0.1 s. */
const FRESH_MS = 150;

/** Transactions of our accounts that have locks, but those of this connection. */
const straysSql = `SELECT p.id FROM information_schema.innodb_trx t
  JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
  WHERE p.user IN ('${Account.APP}', '${Account.DBA}') AND p.id <> CONNECTION_ID()
  AND (t.trx_rows_modified > 0 OR t.trx_rows_locked > 0 OR t.trx_state = 'LOCK WAIT')`;

/**
 * Ends what a tablet process that is no more has left open on mysqld, and waits until it has: a commit that is under
 * way is done, everything else rolled back.
 */
export async function endStrayTransactions(dba: ConnectOptions, signal: AbortSignal): Promise<void> {
  const connection = await MysqlConnection.connect(dba, signal);
  try {
    const deadline = performance.now() + LIMIT_MS;
    // One that has just been started has none.
    if ((await uptimeSeconds(connection)) > 0) await sleep(FRESH_MS, signal);
    for (;;) {
      const { rows } = await connection.query(straysSql);
      if (rows.length === 0) return;
      const ids = rows.rows().map(([id]) => String(id));
      for (const id of ids) await kill(connection, id);
      await untilGone(connection, ids, deadline);
      await sleep(FRESH_MS, signal);
    }
  } finally {
    await connection.close();
  }
}

async function uptimeSeconds(connection: MysqlConnection): Promise<number> {
  const { rows } = await connection.query("SHOW GLOBAL STATUS LIKE 'Uptime'");
  return Number(String(rows.value(0, 1)));
}

/** A connection is in the list until its transaction has ended. */
async function untilGone(
  connection: MysqlConnection,
  ids: readonly string[],
  deadline: number,
): Promise<void> {
  const sql = `SELECT 1 FROM information_schema.processlist WHERE id IN (${ids.join(', ')})`;
  while ((await connection.query(sql)).rows.length > 0) {
    if (performance.now() > deadline) {
      throw new VtError(
        Code.DEADLINE_EXCEEDED,
        'transactions of the tablet process before this one do not end',
      );
    }
    await sleep(POLL_MS);
  }
}

async function kill(connection: MysqlConnection, id: string): Promise<void> {
  try {
    await connection.query(`KILL ${id}`);
  } catch (error) {
    if (!(error instanceof SqlError) || error.errno !== ER_NO_SUCH_THREAD) throw error;
  }
}
