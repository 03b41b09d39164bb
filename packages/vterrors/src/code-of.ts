import {
  AssertionError,
  CanceledError,
  DeadlineExceededError,
  PoolClosedError,
  PoolTimeoutError,
  PoolWaitersFullError,
  QueueClosedError,
} from '@vitess-ts/base';
import { InvalidProtoValue } from '@vitess-ts/proto';
import { Code } from './code';
import { SqlError, VtError } from './errors';

/** The code of anything that was thrown; UNKNOWN for what we did not make. */
export function codeOf(err: unknown): Code {
  if (err instanceof VtError || err instanceof SqlError) return err.code;
  for (const [type, code] of codesOfTypes) if (err instanceof type) return code;
  // What an AbortSignal throws: a DOMException, which tells by its name.
  const name = typeof err === 'object' && err !== null ? (err as { name?: unknown }).name : undefined;
  if (name === 'AbortError') return Code.CANCELED;
  if (name === 'TimeoutError') return Code.DEADLINE_EXCEEDED;
  return Code.UNKNOWN;
}

type ErrorType = abstract new (...args: never[]) => Error;

/** The errors of the packages that are below this one and so have no code. */
const codesOfTypes: readonly (readonly [ErrorType, Code])[] = [
  [DeadlineExceededError, Code.DEADLINE_EXCEEDED],
  [CanceledError, Code.CANCELED],
  [PoolTimeoutError, Code.RESOURCE_EXHAUSTED],
  [PoolWaitersFullError, Code.RESOURCE_EXHAUSTED],
  [PoolClosedError, Code.UNAVAILABLE],
  [QueueClosedError, Code.UNAVAILABLE],
  [InvalidProtoValue, Code.INVALID_ARGUMENT],
  [AssertionError, Code.INTERNAL],
];
