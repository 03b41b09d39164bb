/** Cancels a timer; calling it again, or after the timer fired, does nothing. */
export type CancelTimer = () => void;

/** Time as a dependency, so that tests decide how it passes. */
export interface Clock {
  /** Milliseconds since the Unix epoch. It may jump; never measure durations with it. */
  now(): number;
  /** Milliseconds, with fractions, from an arbitrary start; never goes back. */
  monotonic(): number;
  /**
   * Calls `fn` once, `ms` from now. A `background` timer does not keep the process alive: use it for sweepers and
   * for periodic work that may be lost at exit.
   */
  after(ms: number, fn: () => void, options?: { background?: boolean }): CancelTimer;
}

/** Node fires a longer timer at once. */
const longestTimerMs = 2 ** 31 - 1;

export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(ms: number, fn: () => void, options: { background?: boolean } = {}): CancelTimer {
    if (ms === Infinity) return () => undefined;
    let timer: NodeJS.Timeout;
    const arm = (leftMs: number): void => {
      const stepMs = Math.min(leftMs, longestTimerMs);
      timer = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : fn()), Math.max(0, stepMs));
      if (options.background) timer.unref();
    };
    arm(ms);
    return () => clearTimeout(timer);
  },
});

interface FakeTimer {
  atMs: number;
  sequence: number;
  fn: () => void;
}

/** A clock that stands still until a test moves it. */
export class FakeClock implements Clock {
  private elapsedMs = 0;
  private sequence = 0;
  private readonly timers = new Set<FakeTimer>();

  constructor(private readonly epochMs = 1_700_000_000_000) {}

  now(): number {
    return this.epochMs + this.elapsedMs;
  }

  monotonic(): number {
    return this.elapsedMs;
  }

  after(ms: number, fn: () => void): CancelTimer {
    const timer = { atMs: this.elapsedMs + Math.max(0, ms), sequence: this.sequence++, fn };
    this.timers.add(timer);
    return () => void this.timers.delete(timer);
  }

  /** Timers that are armed: a test asserts that nothing was left behind. */
  get pendingTimers(): number {
    return this.timers.size;
  }

  /** Passes `ms`: fires the due timers in order and lets the promises that they settle run on, each at its own time. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.elapsedMs + ms;
    await settle();
    for (let due = this.nextDue(untilMs); due; due = this.nextDue(untilMs)) {
      this.timers.delete(due);
      this.elapsedMs = due.atMs;
      due.fn();
      await settle();
    }
    this.elapsedMs = untilMs;
    await settle();
  }

  private nextDue(untilMs: number): FakeTimer | undefined {
    let next: FakeTimer | undefined;
    for (const timer of this.timers) {
      if (timer.atMs > untilMs) continue;
      if (!next || timer.atMs < next.atMs || (timer.atMs === next.atMs && timer.sequence < next.sequence)) {
        next = timer;
      }
    }
    return next;
  }
}

/** One turn of the event loop drains every promise that can go on without time passing. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
