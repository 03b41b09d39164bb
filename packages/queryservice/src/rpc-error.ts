import { Metadata, status, type ServiceError, type StatusObject } from '@grpc/grpc-js';
import { abortError } from '@vitess-ts/base';
import { Code, SqlError, VtError, codeName } from '@vitess-ts/vterrors';
import type { RPCError } from '@vitess-ts/proto/vtrpc';

/** gRPC carries error text in a header of limited size: longer texts are cut here (bytes of UTF-16 text, roughly). */
const longestText = 5120;

/** What MySQL said travels as this suffix of the text; it is the only text that is ever parsed back. */
const sqlSuffix = /^([\s\S]*?) \(errno (\d{1,5})\) \(sqlstate ([0-9A-Z]{5})\)/;
const catalogueId = /^(VT\d{5}): /;

/** The cause of an error whose request never left this process, so that it may be sent again whatever it does. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
}

/** True when the request surely reached nobody (safety: only such writes may be sent again). */
export function wasNotSent(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof NotSentError;
}

/** An error as text and code for the wire. Errors that are neither VtError nor SqlError are a fault of ours: INTERNAL. */
export function errorToRpc(error: unknown): RPCError {
  if (error instanceof SqlError) {
    return { code: error.code, message: withSuffix(error.message, error.errno, error.sqlstate) };
  }
  if (error instanceof VtError) {
    const { errno, sqlstate, message } = error;
    return {
      code: error.code,
      message: errno === undefined ? cut(message) : withSuffix(message, errno, sqlstate ?? 'HY000'),
    };
  }
  return { code: Code.INTERNAL, message: cut(error instanceof Error ? error.message : String(error)) };
}

export function errorFromRpc(rpc: RPCError, cause?: unknown): VtError | SqlError {
  const code = codeOf(rpc.code);
  const sql = sqlSuffix.exec(rpc.message);
  if (sql) return new SqlError(Number(sql[2]), sql[3], sql[1], { code, cause });
  return new VtError(code, rpc.message, { id: catalogueId.exec(rpc.message)?.[1], cause });
}

export function errorToStatus(error: unknown): StatusObject {
  const rpc = errorToRpc(error);
  // Vitess sends its own two codes over the standard ones as they are; grpc-js types know only the standard ones.
  return { code: rpc.code as number as status, details: rpc.message, metadata: new Metadata() };
}

/** The error of a failed call; `signal` is the caller's, whose abort it may be. */
export function errorFromStatus(error: ServiceError | Error, signal?: AbortSignal): VtError | SqlError {
  if (!('code' in error) || !('details' in error)) {
    if (error instanceof VtError || error instanceof SqlError) return error;
    return new VtError(Code.INTERNAL, error.message, { cause: error });
  }
  if (signal?.aborted && error.code === status.CANCELLED) return abortedError(signal);
  const cause = neverLeft(error) ? new NotSentError(error.details, { cause: error }) : error;
  return errorFromRpc({ code: error.code as number, message: error.details }, cause);
}

/** The VtError for a call that its caller gave up. */
export function abortedError(signal: AbortSignal): VtError | SqlError {
  const reason = abortError(signal);
  if (reason instanceof VtError || reason instanceof SqlError) return reason;
  const code = reason.name === 'DeadlineExceededError' ? Code.DEADLINE_EXCEEDED : Code.CANCELED;
  return new VtError(code, reason.message, { cause: reason });
}

/** grpc-js says this when it found no connection to send on; a connection that broke later reads otherwise. */
function neverLeft(error: ServiceError): boolean {
  return error.code === status.UNAVAILABLE && error.details.startsWith('No connection established');
}

function codeOf(code: number): Code {
  return Code[codeName(code)];
}

function withSuffix(message: string, errno: number, sqlstate: string): string {
  return `${cut(message)} (errno ${errno}) (sqlstate ${sqlstate})`;
}

function cut(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText)} [TRUNCATED]`;
}
