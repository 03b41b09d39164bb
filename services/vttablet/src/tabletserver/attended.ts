import { abortedError } from '@vitess-ts/queryservice';

/** Work that runs to its end whether its caller waits or not. */
export class Attended {
  private readonly unattended = new Set<Promise<unknown>>();

  /** Rejects when the signal aborts; the work goes on. */
  async run<T>(signal: AbortSignal | undefined, run: () => Promise<T>): Promise<T> {
    const work = run();
    if (!signal) return work;
    const kept = work.catch(() => undefined).finally(() => this.unattended.delete(kept));
    this.unattended.add(kept);
    return new Promise<T>((resolve, reject) => {
      const gone = (): void => reject(abortedError(signal));
      if (signal.aborted) gone();
      signal.addEventListener('abort', gone, { once: true });
      work.then(resolve, reject).finally(() => signal.removeEventListener('abort', gone));
    });
  }

  /** Resolves when all of it has ended. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.unattended);
  }
}
