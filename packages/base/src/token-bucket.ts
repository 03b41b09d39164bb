import { assert } from './assert';
import { systemClock, type Clock } from './clock';
import { sleep } from './deadline';

export interface TokenBucketOptions {
  ratePerSecond: number;
  /** Most tokens that can be saved up, and the most that one `take` may ask for. */
  burst: number;
  clock?: Clock;
}

/** Limits a rate, allowing bursts. Starts full. */
export class TokenBucket {
  private tokens: number;
  private updatedMs: number;
  private readonly clock: Clock;

  constructor(private readonly options: TokenBucketOptions) {
    assert(options.ratePerSecond > 0 && options.burst > 0, 'rate and burst must be positive');
    this.clock = options.clock ?? systemClock;
    this.tokens = options.burst;
    this.updatedMs = this.clock.monotonic();
  }

  tryTake(count = 1): boolean {
    this.refill();
    if (this.tokens < count) return false;
    this.tokens -= count;
    return true;
  }

  /** Takes tokens, waiting until they are there. Who waits has reserved them: later callers wait longer. */
  async take(count = 1, signal?: AbortSignal): Promise<void> {
    assert(count <= this.options.burst, `cannot take ${count} tokens from a bucket of ${this.options.burst}`);
    this.refill();
    this.tokens -= count;
    if (this.tokens >= 0) return;
    try {
      await sleep((-this.tokens / this.options.ratePerSecond) * 1000, signal, this.clock);
    } catch (error) {
      this.tokens += count;
      throw error;
    }
  }

  private refill(): void {
    const nowMs = this.clock.monotonic();
    const gained = ((nowMs - this.updatedMs) / 1000) * this.options.ratePerSecond;
    this.updatedMs = nowMs;
    this.tokens = Math.min(this.options.burst, this.tokens + gained);
  }
}
