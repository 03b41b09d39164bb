import type { CancelTimer, Clock } from './clock';
import { abortError, onAbort } from './deadline';

/** No resource came within the time allowed. */
export class PoolTimeoutError extends Error {
  override readonly name = 'PoolTimeoutError';
  constructor(readonly timeoutMs: number) {
    super(`no resource within ${timeoutMs} ms`);
  }
}

/** The pool has been closed. */
export class PoolClosedError extends Error {
  override readonly name = 'PoolClosedError';
  constructor() {
    super('pool is closed');
  }
}

/** As many requests as allowed are waiting already. */
export class PoolWaitersFullError extends Error {
  override readonly name = 'PoolWaitersFullError';
  constructor(readonly waiters: number) {
    super(`${waiters} requests are waiting already`);
  }
}

/**
 * One request for a resource. It settles once: with a resource, or with an error when its signal aborts or its time
 * is up, whichever is first; a resource that comes after that is refused, never lost.
 */
export class PoolRequest<R> {
  readonly promise: Promise<R>;
  /** When it was put in the queue; monotonic. */
  waitsSinceMs = 0;
  private resolve!: (resource: R) => void;
  private reject!: (error: unknown) => void;
  private settled = false;
  private readonly removeListener: () => void;
  private readonly cancelTimer?: CancelTimer;
  private controller?: AbortController;

  constructor(
    signal: AbortSignal | undefined,
    timeoutMs: number | undefined,
    clock: Clock,
    /** Called when it settles with an error. */
    private readonly onFail: () => void,
  ) {
    this.promise = new Promise<R>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.removeListener = onAbort(signal, () => this.fail(abortError(signal as AbortSignal)));
    if (timeoutMs !== undefined && timeoutMs !== Infinity) {
      this.cancelTimer = clock.after(timeoutMs, () => this.fail(new PoolTimeoutError(timeoutMs)));
    }
  }

  get isSettled(): boolean {
    return this.settled;
  }

  /** Aborts when the request is given up. */
  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    return this.controller.signal;
  }

  /** False when the request is settled already: the resource is still the caller's. */
  deliver(resource: R): boolean {
    if (this.settled) return false;
    this.settle();
    this.resolve(resource);
    return true;
  }

  fail(error: unknown): void {
    if (this.settled) return;
    this.settle();
    this.onFail();
    this.reject(error);
    this.controller?.abort(error);
  }

  private settle(): void {
    this.settled = true;
    this.removeListener();
    this.cancelTimer?.();
  }
}
