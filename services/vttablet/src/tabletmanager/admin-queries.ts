import { MysqlConnection, type ConnectOptions } from '@vitess-ts/mysql';
import { preview, quoteName, splitStatements } from '@vitess-ts/sqlparser';
import type { Result } from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';

export interface AdminQuery {
  sql: string;
  /** Database to run in; the tablet's own when empty. */
  database: string;
  /** Most rows of a result, more is an error; 0 is none. */
  maxRows: bigint;
  disableBinlogs?: boolean;
  disableForeignKeyChecks?: boolean;
}

export interface AdminQueryOutcome {
  results: Result[];
  /** Some of the statements may have changed the schema. */
  mayHaveChangedSchema: boolean;
}

/**
 * Runs statements on a connection of their own, so that what they set ends with them. They run one after the other and
 * stop at the first failure. The signal closes the connection.
 */
export async function runAdminQueries(
  connect: ConnectOptions,
  query: AdminQuery,
  allowSeveral: boolean,
  signal: AbortSignal,
): Promise<AdminQueryOutcome> {
  const statements = splitStatements(query.sql, { flavor: 'mariadb' }).map((piece) => piece.text);
  if (statements.length === 0) throw new VtError(Code.INVALID_ARGUMENT, 'no statement was given');
  if (statements.length > 1 && !allowSeveral) {
    throw new VtError(
      Code.INVALID_ARGUMENT,
      'expected a single statement: use ExecuteMultiFetchAsDba to run several',
    );
  }
  const connection = await MysqlConnection.connect(connect, signal);
  try {
    if (query.database !== '') await connection.query(`USE ${quoteName(query.database)}`, { signal });
    if (query.disableBinlogs) await connection.query('SET SESSION sql_log_bin = 0', { signal });
    if (query.disableForeignKeyChecks) {
      await connection.query('SET SESSION foreign_key_checks = 0', { signal });
    }
    const results: Result[] = [];
    for (const sql of statements) {
      const all = await connection.queryMulti(sql, { signal, maxRows: Number(query.maxRows) + 1 });
      const result = all.find((r) => r.fields.length > 0) ?? all[all.length - 1];
      if (BigInt(result.rows.length) > query.maxRows) {
        throw new VtError(Code.RESOURCE_EXHAUSTED, `Row count exceeded ${query.maxRows}`);
      }
      results.push(result);
    }
    return { results, mayHaveChangedSchema: statements.some((sql) => preview(sql) === 'ddl') };
  } finally {
    await connection.close();
  }
}
