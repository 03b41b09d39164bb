import type { RPCError } from '@vitess-ts/proto/vtrpc';
import { Code, toCode } from './code';
import { codeOf } from './code-of';
import { SqlError, VtError } from './errors';
import { messageOf } from './message-of';
import { formatSqlError, parseSqlError } from './sql-error-text';

/** An error between two processes, whatever carries it. A `SqlError` is its text, with the marker that is parsed back. */
export interface WireError {
  code: Code;
  message: string;
  /** Catalogue id. */
  id?: string;
  /** Of a `VtError` that has its own. */
  errno?: number;
  sqlstate?: string;
}

export function toWireError(err: unknown): WireError {
  const code = codeOf(err) === Code.OK ? Code.UNKNOWN : codeOf(err);
  if (err instanceof SqlError) return { code, message: formatSqlError(err) };
  if (err instanceof VtError) {
    return { code, message: err.message, id: err.id, errno: err.errno, sqlstate: err.sqlstate };
  }
  return { code, message: messageOf(err) };
}

export function fromWireError(error: WireError, cause?: unknown): VtError | SqlError {
  const code = error.code === Code.OK ? Code.UNKNOWN : error.code;
  if (error.id === undefined && error.errno === undefined) {
    const sqlError = parseSqlError(error.message, code);
    if (sqlError !== undefined) return sqlError;
  }
  const { id, errno, sqlstate } = error;
  return new VtError(code, error.message, { id, errno, sqlstate, cause });
}

/**
 * For a response that has an error inside. `vtrpc.RPCError` has no room for the id and for the errno of a `VtError`:
 * those are lost, the code and the message are not.
 */
export function toRpcError(err: unknown): RPCError {
  const { code, message } = toWireError(err);
  return { code, message };
}

export function fromRpcError(error: RPCError): VtError | SqlError {
  return fromWireError({ code: toCode(error.code), message: error.message });
}
