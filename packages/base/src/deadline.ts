import { systemClock, type Clock } from './clock';

/** The time allowed was used up. */
export class DeadlineExceededError extends Error {
  override readonly name = 'DeadlineExceededError';
}

/** The caller gave up. */
export class CanceledError extends Error {
  override readonly name = 'CanceledError';
}

/** The error that an aborted signal stands for: its own reason where that says more than "aborted". */
export function abortError(signal: AbortSignal): Error {
  const reason: unknown = signal.reason;
  if (isError(reason)) {
    if (reason.name === 'TimeoutError') {
      return new DeadlineExceededError('deadline exceeded', { cause: reason });
    }
    if (reason.name !== 'AbortError') return reason;
  }
  return new CanceledError('canceled', { cause: reason });
}

/** Also true for errors that another realm of the same process made. */
const isError = (value: unknown): value is Error =>
  typeof value === 'object' && value !== null && 'name' in value && 'message' in value;

export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

const nothing = (): void => undefined;

/** Calls `fn` when the signal aborts (at once if it has). The returned function takes the listener off again; always call it. */
export function onAbort(signal: AbortSignal | undefined, fn: () => void): () => void {
  if (!signal) return nothing;
  if (signal.aborted) {
    fn();
    return nothing;
  }
  signal.addEventListener('abort', fn, { once: true });
  return () => signal.removeEventListener('abort', fn);
}

export interface ChildSignal {
  readonly signal: AbortSignal;
  abort(reason: Error): void;
  /** Takes the listener and the timer off; the signal never aborts after this. Always call it. */
  dispose(): void;
}

/** A signal that aborts with its parent, after `timeoutMs`, or when told to, whichever is first. */
export function childSignal(
  parent: AbortSignal | undefined,
  timeoutMs?: number,
  clock: Clock = systemClock,
): ChildSignal {
  const controller = new AbortController();
  const cancelTimer =
    timeoutMs === undefined || timeoutMs === Infinity || parent?.aborted
      ? nothing
      : clock.after(timeoutMs, () => {
          dispose();
          controller.abort(new DeadlineExceededError(`deadline of ${timeoutMs} ms exceeded`));
        });
  const removeListener = onAbort(parent, () => {
    cancelTimer();
    controller.abort(abortError(parent as AbortSignal));
  });
  const dispose = (): void => {
    cancelTimer();
    removeListener();
  };
  return {
    signal: controller.signal,
    abort(reason) {
      dispose();
      controller.abort(reason);
    },
    dispose,
  };
}

/**
 * Runs `fn` with a signal that aborts with the caller's and after `timeoutMs` (undefined or Infinity: no limit of its
 * own). Rejects at that moment with DeadlineExceededError, or with what the caller's signal stands for, even when `fn`
 * does not listen; so `fn` must free by itself whatever it opens after its signal has aborted.
 */
export async function withDeadline<T>(
  signal: AbortSignal | undefined,
  timeoutMs: number | undefined,
  fn: (signal: AbortSignal) => Promise<T>,
  clock: Clock = systemClock,
): Promise<T> {
  throwIfAborted(signal);
  const child = childSignal(signal, timeoutMs, clock);
  try {
    return await new Promise<T>((resolve, reject) => {
      onAbort(child.signal, () => reject(abortError(child.signal)));
      // After an abort the promise is settled and a late outcome of `fn` has nowhere to go.
      fn(child.signal).then(resolve, reject);
    });
  } finally {
    child.dispose();
  }
}

/** Resolves after `ms`; rejects with what the signal stands for as soon as it aborts. */
export async function sleep(ms: number, signal?: AbortSignal, clock: Clock = systemClock): Promise<void> {
  throwIfAborted(signal);
  await new Promise<void>((resolve, reject) => {
    const cancelTimer = clock.after(ms, () => {
      removeListener();
      resolve();
    });
    const removeListener = onAbort(signal, () => {
      cancelTimer();
      reject(abortError(signal as AbortSignal));
    });
  });
}
