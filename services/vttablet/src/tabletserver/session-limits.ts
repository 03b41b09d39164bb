import type { MysqlConnection } from '@vitess-ts/mysql';

/** What mysqld itself enforces on all statements of a connection. 0 is no limit. */
export interface SessionLimits {
  timeoutMs: number;
}

/** What mysqld is to enforce on one statement. */
export interface StatementLimits {
  /** 0 is no limit. */
  timeoutMs: number;
  /** Most rows of a SELECT without LIMIT; Infinity is no limit. Never the session's: it would cut SHOW short as well. */
  selectLimit: number;
  /** The statement's clock, in seconds; absent: mysqld's own. */
  timestamp?: string;
  /** Longest wait for a row lock; absent or 0: mysqld's own. */
  lockWaitSeconds?: number;
}

export function isMariaDB(connection: MysqlConnection): boolean {
  return connection.serverVersion.includes('MariaDB');
}

/** The statement that gives a new connection its limits, so that most statements need none of their own. */
export function sessionLimitsSql(mariadb: boolean, limits: SessionLimits): string {
  // MySQL limits SELECTs only; everything else is killed by the tablet.
  return mariadb
    ? `SET SESSION max_statement_time = ${limits.timeoutMs / 1000}`
    : `SET SESSION max_execution_time = ${Math.ceil(limits.timeoutMs)}`;
}

/**
 * MariaDB: what to put before a statement that is to have limits which differ from its connection's; '' where they do
 * not.
 */
export function limitPrefix(session: SessionLimits, wanted: StatementLimits): string {
  const variables: string[] = [];
  if (wanted.timeoutMs !== session.timeoutMs) {
    variables.push(`max_statement_time=${wanted.timeoutMs / 1000}`);
  }
  if (wanted.selectLimit !== Infinity) variables.push(`sql_select_limit=${wanted.selectLimit}`);
  if (wanted.timestamp !== undefined) variables.push(`timestamp=${wanted.timestamp}`);
  if (wanted.lockWaitSeconds) variables.push(`innodb_lock_wait_timeout=${wanted.lockWaitSeconds}`);
  return variables.length === 0 ? '' : `SET STATEMENT ${variables.join(',')} FOR `;
}

/** The statement under its limits. */
export function limitStatement(
  connection: MysqlConnection,
  sql: Buffer,
  session: SessionLimits,
  wanted: StatementLimits,
): Buffer {
  const prefix = isMariaDB(connection) ? limitPrefix(session, wanted) : '';
  return prefix === '' ? sql : Buffer.concat([Buffer.from(prefix, 'latin1'), sql]);
}

/**
 * COMMIT without the connection's time limit, which would report success without the replicas that are waited for: the
 * wait ends with their answer or with the connection.
 */
export function commitSql(connection: MysqlConnection, { timeoutMs }: SessionLimits): string {
  const bare = isMariaDB(connection) && timeoutMs > 0;
  return bare ? 'SET STATEMENT max_statement_time=0 FOR COMMIT' : 'COMMIT';
}
