import { setImmediate } from 'node:timers/promises';

const checkEveryRows = 256;
const sliceMs = 8;

/**
 * Keeps long loops from blocking the event loop. The loop calls `due()` once a row; when it says true it must await
 * `pause()`, which also ends the statement if its signal was aborted.
 */
export class CpuSlice {
  private rows = 0;
  private started = performance.now();

  constructor(private readonly signal: AbortSignal) {}

  due(): boolean {
    if (++this.rows < checkEveryRows) return false;
    this.rows = 0;
    return performance.now() - this.started >= sliceMs;
  }

  async pause(): Promise<void> {
    await setImmediate();
    this.signal.throwIfAborted();
    this.started = performance.now();
  }
}
