import { sleep } from '@vitess-ts/base';

export interface KeptMysqld {
  readonly managed: boolean;
  isRunning(): Promise<boolean>;
  start(signal: AbortSignal): Promise<void>;
}

const firstDelayMs = 100;
const longestDelayMs = 5000;

/**
 * Starts a managed mysqld again whose process has died. One that runs and does not answer is left alone: it may come
 * back, and a second one on its directory would do harm.
 */
export class MysqldKeeper {
  private readonly abort = new AbortController();
  private keeping?: Promise<void>;

  constructor(
    private readonly mysqld: KeptMysqld,
    /** Called when mysqld is found dead: nothing may use it until `onStarted` has resolved. */
    private readonly onDead: () => void,
    /** Called after a start, and again until it succeeds. */
    private readonly onStarted: (signal: AbortSignal) => Promise<void>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Looks after mysqld until it runs. Does nothing when that is under way already. */
  mysqldIsDown(): void {
    if (!this.mysqld.managed || this.abort.signal.aborted) return;
    this.keeping ??= this.keep(this.abort.signal).finally(() => (this.keeping = undefined));
  }

  /** Lets nothing start any more; waits for a start that is under way. */
  async stop(): Promise<void> {
    this.abort.abort();
    await this.keeping;
  }

  private async keep(signal: AbortSignal): Promise<void> {
    let wasDead = false;
    for (let delayMs = firstDelayMs; !signal.aborted; delayMs = Math.min(delayMs * 2, longestDelayMs)) {
      try {
        if (!(await this.mysqld.isRunning())) {
          wasDead = true;
          this.onDead();
          await this.mysqld.start(signal);
        }
        if (wasDead) await this.onStarted(signal);
        return;
      } catch (error) {
        if (!signal.aborted) this.onError(error);
      }
      await sleep(delayMs, signal).catch(() => undefined);
    }
  }
}
