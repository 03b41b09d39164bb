import type { Logger } from '@vitess-ts/servenv';

/** The same trouble is written this often, however often it is met: a topology that is down is met twice a second. */
const EVERY_MS = 30_000;
/** Different texts that are remembered. */
const MOST_TEXTS = 100;

/** Logs errors of background work, each text at most every 30 seconds. */
export class RepeatedErrors {
  private readonly lastMs = new Map<string, number>();

  constructor(
    private readonly log: Logger,
    private readonly now: () => number = () => performance.now(),
  ) {}

  report(what: string, error: Error): void {
    const key = `${what}: ${error.message}`;
    const now = this.now();
    const last = this.lastMs.get(key);
    if (last !== undefined && now - last < EVERY_MS) return;
    if (this.lastMs.size >= MOST_TEXTS) this.lastMs.clear();
    this.lastMs.set(key, now);
    // Where such an error was met says nothing: its text does.
    this.log.warn(what, { error: error.message });
  }
}
