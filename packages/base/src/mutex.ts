import { abortError, onAbort, throwIfAborted } from './deadline';

/** Mutual exclusion between asynchronous sections, first come first served. */
export class Mutex {
  private locked = false;
  private readonly waiters = new Set<() => void>();

  get isLocked(): boolean {
    return this.locked;
  }

  /** Waits for the lock; the returned function releases it, once. Rejects when the signal aborts first. */
  async acquire(signal?: AbortSignal): Promise<() => void> {
    throwIfAborted(signal);
    if (this.locked) {
      await new Promise<void>((resolve, reject) => {
        // The lock passes from hand to hand: `locked` stays true while a waiter is woken.
        const granted = (): void => {
          removeListener();
          resolve();
        };
        const removeListener = onAbort(signal, () => {
          this.waiters.delete(granted);
          reject(abortError(signal as AbortSignal));
        });
        this.waiters.add(granted);
      });
    }
    this.locked = true;
    let released = false;
    return () => {
      if (released) return;
      released = true;
      const [next] = this.waiters;
      if (!next) {
        this.locked = false;
        return;
      }
      this.waiters.delete(next);
      next();
    };
  }

  async runExclusive<T>(fn: () => Promise<T> | T, signal?: AbortSignal): Promise<T> {
    const release = await this.acquire(signal);
    try {
      return await fn();
    } finally {
      release();
    }
  }
}
