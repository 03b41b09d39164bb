import type { MysqlConnection } from '@vitess-ts/mysql';

/** What mysqld itself enforces on a connection's statements. 0 and Infinity are "no limit". */
export interface StatementLimits {
  timeoutMs: number;
  /** Most rows of a SELECT without LIMIT; one more than allowed is asked for, so that too many can be told from enough. */
  selectLimit: number;
}

export function isMariaDB(connection: MysqlConnection): boolean {
  return connection.serverVersion.includes('MariaDB');
}

/** The statement that gives a new connection its limits, so that most statements need none of their own. */
export function sessionLimitsSql(mariadb: boolean, limits: StatementLimits): string {
  // MySQL limits SELECTs only; everything else is killed by the tablet.
  const timeout = mariadb
    ? `max_statement_time = ${limits.timeoutMs / 1000}`
    : `max_execution_time = ${Math.ceil(limits.timeoutMs)}`;
  return `SET SESSION ${timeout}, sql_select_limit = ${selectLimit(limits)}`;
}

/** The statement under limits that differ from its connection's; unchanged where they do not. */
export function limitStatement(sql: string, session: StatementLimits, wanted: StatementLimits): string {
  const variables: string[] = [];
  if (wanted.timeoutMs !== session.timeoutMs) {
    variables.push(`max_statement_time=${wanted.timeoutMs / 1000}`);
  }
  if (wanted.selectLimit !== session.selectLimit) variables.push(`sql_select_limit=${selectLimit(wanted)}`);
  return variables.length === 0 ? sql : `SET STATEMENT ${variables.join(',')} FOR ${sql}`;
}

function selectLimit(limits: StatementLimits): string {
  return limits.selectLimit === Infinity ? 'DEFAULT' : String(limits.selectLimit);
}
