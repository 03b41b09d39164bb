import type { MysqlConnection } from '@vitess-ts/mysql';
import { quoteString } from '@vitess-ts/sqlparser';
import type { ConnectionPool } from '../connection-pool';

/** One statement of a prepared transaction. */
export interface RedoStatement {
  /** In the session's character set. */
  statement: Buffer;
  /** The clock that it was given, in seconds; '' for none. */
  timestamp: string;
  /** First value that AUTO_INCREMENT gave; 0n for none. */
  insertId: bigint;
  /** Rows that it changed; undefined where that is not compared. */
  affectedRows?: bigint;
}

/** Tables of the log; those of Vitess, with what a statement needs to do the same again. */
export const redoTables = [
  `CREATE TABLE IF NOT EXISTS _vt.redo_state (
  dtid VARBINARY(512) NOT NULL,
  state BIGINT NOT NULL,
  time_created BIGINT NOT NULL,
  message TEXT DEFAULT NULL,
  found_rows TINYINT NOT NULL DEFAULT 0,
  PRIMARY KEY (dtid)
) ENGINE = InnoDB CHARSET = utf8mb4`,
  `CREATE TABLE IF NOT EXISTS _vt.redo_statement (
  dtid VARBINARY(512) NOT NULL,
  id BIGINT NOT NULL,
  statement LONGBLOB NOT NULL,
  timestamp VARCHAR(32) CHARACTER SET ascii NOT NULL DEFAULT '',
  insert_id BIGINT UNSIGNED NOT NULL DEFAULT 0,
  affected_rows BIGINT UNSIGNED DEFAULT NULL,
  PRIMARY KEY (dtid, id)
) ENGINE = InnoDB CHARSET = utf8mb4`,
] as const;

/** As Vitess numbers them. */
const statePrepared = 1;

export interface RedoEntry {
  dtid: string;
  timeCreatedNs: bigint;
}

/**
 * The prepared transactions of a shard, in its own database: they come to replicas by replication, so that a promoted
 * one can finish them.
 */
export class RedoLog {
  constructor(private readonly pool: ConnectionPool) {}

  /** Durable when it resolves. `foundRows`: the numbers of rows are those of CLIENT_FOUND_ROWS. */
  async save(
    dtid: string,
    statements: readonly RedoStatement[],
    foundRows: boolean,
    signal?: AbortSignal,
  ): Promise<void> {
    const id = quoteString(dtid);
    await inTransaction(this.pool, signal, async (c) => {
      await c.query(
        `INSERT INTO _vt.redo_state (dtid, state, time_created, found_rows)
         VALUES (${id}, ${statePrepared}, ${nowNs()}, ${Number(foundRows)})`,
      );
      for (const rows of insertedTogether(statements.map((s, i) => rowSql(id, i + 1, s)))) {
        await c.query(
          `INSERT INTO _vt.redo_statement (dtid, id, statement, timestamp, insert_id, affected_rows)
           VALUES ${rows}`,
        );
      }
    });
  }

  /** Resolves when the entry is gone, or there was none. */
  async remove(dtid: string, signal?: AbortSignal): Promise<void> {
    await inTransaction(this.pool, signal, async (c) => {
      for (const sql of removeSql(dtid)) await c.query(sql);
    });
  }

  /** Waits for a commit of the entry that is under way. */
  async has(dtid: string, signal?: AbortSignal): Promise<boolean> {
    return inTransaction(this.pool, signal, async (c) => {
      const { rows } = await c.query(
        `SELECT 1 FROM _vt.redo_state WHERE dtid = ${quoteString(dtid)} FOR UPDATE`,
      );
      return rows.length > 0;
    });
  }

  /** What is known of an entry, for operators. */
  async describe(
    dtid: string,
  ): Promise<{ timeCreatedNs: bigint; message: string; statements: string[] } | undefined> {
    return inTransaction(this.pool, undefined, async (c) => {
      const { rows } = await c.query(
        `SELECT time_created, COALESCE(message, '') FROM _vt.redo_state WHERE dtid = ${quoteString(dtid)}`,
      );
      if (rows.length === 0) return undefined;
      const statements = await c.query(
        `SELECT statement FROM _vt.redo_statement WHERE dtid = ${quoteString(dtid)} ORDER BY id`,
      );
      return {
        timeCreatedNs: BigInt(String(rows.value(0, 0))),
        message: String(rows.value(0, 1)),
        statements: statements.rows.rows().map(([sql]) => String(sql)),
      };
    });
  }
}

/** What makes a prepared transaction forget its entry, within that transaction. */
export function removeSql(dtid: string): string[] {
  const id = quoteString(dtid);
  return [
    `DELETE FROM _vt.redo_state WHERE dtid = ${id}`,
    `DELETE FROM _vt.redo_statement WHERE dtid = ${id}`,
  ];
}

function rowSql(dtid: string, id: number, s: RedoStatement): string {
  const text = s.statement.length === 0 ? "''" : `0x${s.statement.toString('hex')}`;
  const affected = s.affectedRows === undefined ? 'NULL' : s.affectedRows;
  return `(${dtid}, ${id}, ${text}, '${s.timestamp}', ${s.insertId}, ${affected})`;
}

/** Length of one INSERT from which another is begun. */
const INSERT_LENGTH = 1 << 20;

function insertedTogether(rows: readonly string[]): string[] {
  const together: string[] = [];
  for (const row of rows) {
    const last = together[together.length - 1];
    if (last === undefined || last.length + row.length > INSERT_LENGTH) together.push(row);
    else together[together.length - 1] = `${last}, ${row}`;
  }
  return together;
}

/** All entries, oldest first; none where there is no log. */
export async function readEntries(connection: MysqlConnection): Promise<RedoEntry[]> {
  const tables = await connection.query(
    "SELECT 1 FROM information_schema.tables WHERE table_schema = '_vt' AND table_name = 'redo_state'",
  );
  if (tables.rows.length === 0) return [];
  const { rows } = await connection.query(
    'SELECT dtid, time_created FROM _vt.redo_state ORDER BY time_created, dtid',
  );
  return rows.rows().map(([dtid, time]) => ({ dtid: String(dtid), timeCreatedNs: BigInt(String(time)) }));
}

/** Whether the numbers of rows are those of CLIENT_FOUND_ROWS. */
export async function countsFoundRows(connection: MysqlConnection, dtid: string): Promise<boolean> {
  const { rows } = await connection.query(
    `SELECT found_rows FROM _vt.redo_state WHERE dtid = ${quoteString(dtid)}`,
  );
  return rows.length > 0 && String(rows.value(0, 0)) === '1';
}

export async function readStatements(connection: MysqlConnection, dtid: string): Promise<RedoStatement[]> {
  const { rows } = await connection.query(
    `SELECT statement, timestamp, insert_id, affected_rows FROM _vt.redo_statement
     WHERE dtid = ${quoteString(dtid)} ORDER BY id`,
  );
  return rows.rows().map(([statement, timestamp, insertId, affected]) => ({
    statement: Buffer.from(statement ?? ''),
    timestamp: String(timestamp),
    insertId: BigInt(String(insertId)),
    affectedRows: affected === null ? undefined : BigInt(String(affected)),
  }));
}

/** Why an entry could not be done again, for whoever looks. */
export async function noteFailure(connection: MysqlConnection, dtid: string, message: string): Promise<void> {
  await connection.query(
    `UPDATE _vt.redo_state SET message = ${quoteString(message.slice(0, 1000))} WHERE dtid = ${quoteString(dtid)}`,
  );
}

/** Runs `work` in a transaction on a connection of the pool; a failure rolls it back. */
export async function inTransaction<T>(
  pool: ConnectionPool,
  signal: AbortSignal | undefined,
  work: (connection: MysqlConnection) => Promise<T>,
): Promise<T> {
  const lent = await pool.get(signal, 0);
  try {
    await lent.resource.query('BEGIN');
    const result = await work(lent.resource);
    await lent.resource.query('COMMIT');
    pool.put(lent);
    return result;
  } catch (error) {
    // mysqld rolls back what the connection had open.
    pool.discard(lent);
    throw error;
  }
}

export function nowNs(): bigint {
  return BigInt(Date.now()) * 1_000_000n;
}
