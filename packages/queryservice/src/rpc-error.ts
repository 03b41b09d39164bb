import { status, type ServiceError } from '@grpc/grpc-js';
import { abortError } from '@vitess-ts/base';
import { SqlError, VtError, codeOf, fromServiceError } from '@vitess-ts/vterrors';

/** The cause of an error whose request never left this process, so that it may be sent again whatever it does. */
export class NotSentError extends Error {
  override readonly name = 'NotSentError';
}

/** True when the request surely reached nobody (safety: only such writes may be sent again). */
export function wasNotSent(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof NotSentError;
}

/** The error of a failed call; `signal` is the caller's, whose abort it may be. */
export function errorOfCall(error: ServiceError, signal?: AbortSignal): VtError | SqlError {
  if (signal?.aborted && error.code === status.CANCELLED) return abortedError(signal);
  const ours = fromServiceError(error);
  if (!neverLeft(error)) return ours;
  return new VtError(ours.code, ours.message, { cause: new NotSentError(error.details, { cause: error }) });
}

/** The VtError for a call that its caller gave up. */
export function abortedError(signal: AbortSignal): VtError | SqlError {
  const reason = abortError(signal);
  if (reason instanceof VtError || reason instanceof SqlError) return reason;
  return new VtError(codeOf(reason), reason.message, { cause: reason });
}

/** grpc-js says this when it found no connection to send on; a connection that broke later reads otherwise. */
function neverLeft(error: ServiceError): boolean {
  return error.code === status.UNAVAILABLE && error.details.startsWith('No connection established');
}
