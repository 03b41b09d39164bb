import type { MysqlConnection } from '@vitess-ts/mysql';
import type { TabletAlias } from '@vitess-ts/proto/topodata';
import { tabletAliasString } from '@vitess-ts/proto';
import { quoteName, quoteString } from '@vitess-ts/sqlparser';
import { Code, VtError } from '@vitess-ts/vterrors';
import { distributedTransactionTables } from '../tabletserver/twopc/distributed-transactions';
import { redoTables } from '../tabletserver/twopc/redo-log';

const reparentJournal = `CREATE TABLE IF NOT EXISTS _vt.reparent_journal (
  time_created_ns BIGINT UNSIGNED NOT NULL,
  action_name VARBINARY(250) NOT NULL,
  primary_alias VARBINARY(32) NOT NULL,
  replication_position TEXT DEFAULT NULL,
  PRIMARY KEY (time_created_ns)
) ENGINE = InnoDB CHARSET = utf8mb4`;

/**
 * Makes the tablet's database and the sidecar database. Not written to the binlog: each tablet makes its own, and a
 * replica must have no transactions that its primary does not have.
 */
export async function createDatabases(connection: MysqlConnection, database: string): Promise<void> {
  await connection.query('SET SESSION sql_log_bin = 0');
  await connection.query(`CREATE DATABASE IF NOT EXISTS ${quoteName(database)}`);
  await connection.query('CREATE DATABASE IF NOT EXISTS _vt');
  await connection.query(reparentJournal);
  for (const table of [...distributedTransactionTables, ...redoTables]) await connection.query(table);
}

/** Writes a row that arrives on each replica that follows this primary. */
export async function writeReparentJournal(
  connection: MysqlConnection,
  entry: { timeCreatedNs: bigint; action: string; primary: TabletAlias | undefined; position: string },
): Promise<void> {
  const values = [
    entry.timeCreatedNs.toString(),
    quoteString(entry.action),
    quoteString(tabletAliasString(entry.primary)),
    quoteString(entry.position),
  ];
  await connection.query(
    `INSERT INTO _vt.reparent_journal (time_created_ns, action_name, primary_alias, replication_position)
     VALUES (${values.join(', ')})`,
  );
}

/** Waits until the row has come by replication. */
export async function waitForReparentJournal(
  connection: MysqlConnection,
  timeCreatedNs: bigint,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const { rows } = await connection.query(
      `SELECT 1 FROM _vt.reparent_journal WHERE time_created_ns = ${timeCreatedNs}`,
    );
    if (rows.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new VtError(
    Code.DEADLINE_EXCEEDED,
    `the reparent journal entry ${timeCreatedNs} of the primary has not arrived: does replication run?`,
  );
}

export async function reparentJournalLength(connection: MysqlConnection): Promise<number> {
  const { rows } = await connection.query('SELECT COUNT(*) FROM _vt.reparent_journal');
  return Number(String(rows.value(0, 0)));
}
