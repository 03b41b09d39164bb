import { sleep } from '@vitess-ts/base';

const EVERY_MS = 1000;

/**
 * Tries until it succeeds to open a shard for writes whose prepared transactions could not be done again. Meanwhile the
 * shard is closed: what they would change must not be changed by others.
 */
export class Reopening {
  private readonly abort = new AbortController();
  private running?: Promise<void>;

  constructor(
    private readonly open: (signal: AbortSignal) => Promise<void>,
    /** Told why the shard is closed, and '' when it is open. */
    private readonly onState: (reason: string) => void,
  ) {}

  closed(error: unknown): void {
    this.onState(messageOf(error));
    this.running ??= this.run(this.abort.signal).finally(() => (this.running = undefined));
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.running;
  }

  private async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(EVERY_MS, signal).catch(() => undefined);
      if (signal.aborted) return;
      try {
        await this.open(signal);
        this.onState('');
        return;
      } catch (error) {
        if (!signal.aborted) this.onState(messageOf(error));
      }
    }
  }
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return `${text}; DistributedTransaction conclude gives a transaction up`;
}
