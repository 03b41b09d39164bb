import { setTimeout as delay } from 'node:timers/promises';
import { MysqlConnection } from '@vitess-ts/mysql';
import { SqlError } from '@vitess-ts/vterrors';
import { readStatements, type KeyspaceSchema } from './schema-files';

/** Runs the statements of schema files that are no DDL, then those of `rowsFile`, through the gate. */
export async function loadRows(
  host: string,
  port: number,
  schemas: readonly { keyspace: string; schema: KeyspaceSchema }[],
  rowsFile: string | undefined,
): Promise<void> {
  const connection = await MysqlConnection.connect({ host, port, user: 'vtlocal', password: '' });
  try {
    for (const { keyspace, schema } of schemas) {
      if (schema.statements.length === 0) continue;
      await connection.query(`use \`${keyspace}\``);
      for (const sql of schema.statements) await untilKnown(connection, sql);
    }
    if (rowsFile === undefined) return;
    for (const sql of readStatements(rowsFile)) await untilKnown(connection, sql);
  } finally {
    await connection.close();
  }
}

/** Longest that the gate may take to see a table that was just made. */
const SCHEMA_WAIT_MS = 10_000;

/** A statement that names a table that the gate has not seen yet did nothing, and is tried again. */
async function untilKnown(connection: MysqlConnection, sql: string): Promise<void> {
  const deadline = Date.now() + SCHEMA_WAIT_MS;
  for (;;) {
    try {
      await connection.query(sql);
      return;
    } catch (error) {
      if (!(error instanceof SqlError) || error.errno !== 1146 || Date.now() > deadline) throw error;
      await delay(50);
    }
  }
}
