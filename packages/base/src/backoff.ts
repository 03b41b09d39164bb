import { assert } from './assert';

export interface BackoffOptions {
  initialMs: number;
  maxMs: number;
  /** Growth from one delay to the next; 2 when not given. */
  multiplier?: number;
  /** Share of a delay that is random, 0 to 1: 0.2 gives 80 % to 100 % of it. 0.2 when not given. */
  jitter?: number;
  /** Uniform in [0, 1). */
  random?: () => number;
}

/** Delays between attempts: exponential, capped, and spread so that many clients do not come back at once. */
export class Backoff {
  private attempts = 0;
  private readonly options: Required<BackoffOptions>;

  constructor(options: BackoffOptions) {
    this.options = { multiplier: 2, jitter: 0.2, random: Math.random, ...options };
    const { initialMs, maxMs, multiplier, jitter } = this.options;
    assert(initialMs > 0 && maxMs >= initialMs, 'backoff needs 0 < initialMs <= maxMs');
    assert(multiplier >= 1, 'backoff multiplier must be at least 1');
    assert(jitter >= 0 && jitter <= 1, 'backoff jitter must be within 0 and 1');
  }

  /** Delays handed out since the last reset. */
  get attempt(): number {
    return this.attempts;
  }

  /** The next delay in milliseconds. */
  next(): number {
    const { initialMs, maxMs, multiplier, jitter, random } = this.options;
    const fullMs = Math.min(maxMs, initialMs * multiplier ** this.attempts);
    this.attempts++;
    return fullMs * (1 - jitter * random());
  }

  /** Call after a success. */
  reset(): void {
    this.attempts = 0;
  }
}
