import type { TransactionMetadata } from '@vitess-ts/proto/query';
import { TabletType } from '@vitess-ts/proto/topodata';
import type { StateManager } from '../state-manager';

const INTERVAL_MS = 1000;

/**
 * Looks on a primary for commits over several shards that have gone on for too long, and says so in its health, so that
 * gates end them.
 */
export class UnresolvedWatch {
  private timer?: NodeJS.Timeout;
  private looking?: Promise<void>;
  private found: readonly TransactionMetadata[] = [];

  constructor(
    private readonly state: StateManager,
    private readonly look: () => Promise<TransactionMetadata[]>,
    /** Told at each look that finds some, and when there are none any more. */
    private readonly onFound: (some: boolean) => void,
    private readonly onError: (error: unknown) => void,
  ) {}

  get count(): number {
    return this.found.length;
  }

  start(): void {
    this.timer = setInterval(() => {
      this.looking ??= this.once().finally(() => (this.looking = undefined));
    }, INTERVAL_MS);
    this.timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  private async once(): Promise<void> {
    const { serving, tabletType } = this.state.state;
    const had = this.found.length > 0;
    try {
      this.found = serving && tabletType === TabletType.PRIMARY ? await this.look() : [];
    } catch (error) {
      this.onError(error);
      return;
    }
    if (had || this.found.length > 0) this.onFound(this.found.length > 0);
  }
}
