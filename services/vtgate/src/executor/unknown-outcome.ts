import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import { wasNotSent } from '@vitess-ts/queryservice';

/** ER_NET_READ_ERROR. */
const errno = 1158;
/** Connection exception: transaction resolution unknown (SQL standard). No other error of the gate has it. */
const sqlstate = '08007';

/** True when the request was on its way, or with the server, when the connection was lost: it may have taken effect. */
export function mayHaveRun(error: unknown): boolean {
  if (error instanceof SqlError) return error.errno === serverLost;
  return error instanceof VtError && error.code === Code.UNAVAILABLE && !wasNotSent(error);
}

const serverLost = 2013;

/**
 * What the client gets for a write that may or may not be there. Nobody sends it again: only the client can look, and
 * decide.
 */
export function unknownOutcome(what: string, error: unknown): SqlError {
  const why = error instanceof Error ? error.message : String(error);
  return new SqlError(errno, sqlstate, `the outcome of ${what} is unknown: ${why}`, {
    cause: error,
    code: Code.UNAVAILABLE,
  });
}

/** As `unknownOutcome`, where it is known that a part is committed. */
export function partialCommit(error: unknown, committed: readonly string[], failed: string): SqlError {
  const why = error instanceof Error ? error.message : String(error);
  const text = `commit failed after ${committed.join(', ')} had committed; ${failed} `;
  const fate = mayHaveRun(error) ? 'may have committed' : 'has not committed';
  return new SqlError(errno, sqlstate, `${text}${fate}: ${why}`, { cause: error, code: Code.UNAVAILABLE });
}
