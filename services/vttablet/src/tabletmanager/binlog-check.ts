import type { MysqlConnection } from '@vitess-ts/mysql';

/**
 * Why this server must not serve, '' when it may. With any other format than ROW, temporary tables and statements whose
 * outcome is not determined would be written to the binlog as text, and replicas and streams would differ.
 */
export async function binlogProblem(connection: MysqlConnection): Promise<string> {
  const { rows } = await connection.query('SELECT @@global.log_bin, @@global.binlog_format');
  const [logBin, format] = rows.row(0).map((value) => value?.toString() ?? '');
  if (logBin !== '1') return 'mysqld writes no binlog: start it with log_bin';
  if (format !== 'ROW') return `binlog_format is ${format}, not ROW: set it and restart the tablet`;
  return '';
}
