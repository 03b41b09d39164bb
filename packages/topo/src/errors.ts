import { setMaxListeners } from 'node:events';
import { abortError, DeadlineExceededError } from '@vitess-ts/base';
import { Code, VtError } from '@vitess-ts/vterrors';

export const noNode = (path: string): VtError =>
  new VtError(Code.NOT_FOUND, `node doesn't exist: ${path === '' ? '/' : path}`);

export const nodeExists = (path: string): VtError =>
  new VtError(Code.ALREADY_EXISTS, `node already exists: ${path}`);

export const badVersion = (path: string): VtError => new VtError(Code.ABORTED, `bad node version: ${path}`);

export const notEmpty = (what: string): VtError =>
  new VtError(Code.FAILED_PRECONDITION, `node not empty: ${what}`);

export const lockLost = (path: string, why: string): VtError =>
  new VtError(Code.FAILED_PRECONDITION, `lock of ${path} was lost: ${why}`);

export const connClosed = (): VtError => new VtError(Code.UNAVAILABLE, 'the topology connection is closed');

/** For the end of a connection: any number of calls listen to it at a time. */
export function connectionController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}

/** What an aborted signal stands for, as an error of the topology. */
export function interrupted(signal: AbortSignal, what: string): VtError {
  const cause = abortError(signal);
  if (cause instanceof VtError) return cause;
  const deadline = cause instanceof DeadlineExceededError;
  return new VtError(
    deadline ? Code.DEADLINE_EXCEEDED : Code.CANCELED,
    `${deadline ? 'deadline exceeded' : 'interrupted'}: ${what}`,
    { cause },
  );
}

export function throwIfInterrupted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw interrupted(signal, what);
}

export function isNoNode(error: unknown): boolean {
  return error instanceof VtError && error.code === Code.NOT_FOUND;
}

export function isNodeExists(error: unknown): boolean {
  return error instanceof VtError && error.code === Code.ALREADY_EXISTS;
}

export function isBadVersion(error: unknown): boolean {
  return error instanceof VtError && error.code === Code.ABORTED;
}

/** What a topology call threw, as a VtError. */
export function asVtError(error: unknown): VtError {
  if (error instanceof VtError) return error;
  return new VtError(Code.INTERNAL, error instanceof Error ? error.message : String(error), { cause: error });
}

/** True for what passes when the server, or another one, can be reached again. */
export function isAway(error: VtError): boolean {
  return error.code === Code.UNAVAILABLE || error.code === Code.DEADLINE_EXCEEDED;
}
