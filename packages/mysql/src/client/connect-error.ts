import { Code, SqlError } from '@vitess-ts/vterrors';
import type { ConnectOptions } from './options';

/** CR_CONNECTION_ERROR or CR_CONN_HOST_ERROR: nothing was sent. */
export function cannotConnect(options: ConnectOptions, reason: string, cause?: unknown): SqlError {
  return options.socketPath !== undefined
    ? new SqlError(
        2002,
        'HY000',
        `Can't connect to local MySQL server through socket '${options.socketPath}' (${reason})`,
        { cause, code: Code.UNAVAILABLE },
      )
    : new SqlError(
        2003,
        'HY000',
        `Can't connect to MySQL server on '${options.host ?? '127.0.0.1'}:${options.port ?? 3306}' (${reason})`,
        { cause, code: Code.UNAVAILABLE },
      );
}

/** CR_SERVER_LOST: a statement was sent, its outcome is unknown. */
export function lostConnection(cause?: unknown): SqlError {
  return new SqlError(2013, 'HY000', 'Lost connection to MySQL server during query', { cause });
}

/** CR_SERVER_GONE_ERROR: the connection was closed before the statement was sent, so it did not run. */
export function serverGone(cause?: unknown): SqlError {
  return new SqlError(2006, 'HY000', 'MySQL server has gone away', { cause });
}

/** ER_QUERY_INTERRUPTED. */
export function queryAborted(cause?: unknown): SqlError {
  return new SqlError(1317, '70100', 'Query execution was interrupted', { cause });
}

/** ER_QUERY_TIMEOUT. */
export function queryTimedOut(timeoutMs: number): SqlError {
  return new SqlError(
    3024,
    'HY000',
    `Query execution was interrupted, maximum statement execution time exceeded (${timeoutMs} ms)`,
  );
}
