import { systemClock, type Clock } from '@vitess-ts/base';

const windowMs = 10_000;
const sampleMs = 500;

/** How often something happens, of a counter that only grows: the mean of the last ten seconds. */
export class CallRate {
  /** Oldest first; the first is as old as the window at most. */
  private readonly samples: { atMs: number; count: number }[];

  constructor(
    private readonly count: () => number,
    private readonly clock: Clock = systemClock,
  ) {
    this.samples = [{ atMs: clock.monotonic(), count: count() }];
  }

  /** Events a second. Call it now and then: what it knows of the past are the counts at earlier calls. */
  perSecond(): number {
    const now = { atMs: this.clock.monotonic(), count: this.count() };
    const { samples } = this;
    while (samples.length > 1 && samples[1].atMs <= now.atMs - windowMs) samples.shift();
    const passedMs = now.atMs - samples[0].atMs;
    const rate = passedMs > 0 ? ((now.count - samples[0].count) * 1000) / passedMs : 0;
    if (now.atMs - samples[samples.length - 1].atMs >= sampleMs) samples.push(now);
    return rate;
  }
}
