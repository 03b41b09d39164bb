import type { MysqlConnection } from '@vitess-ts/mysql';
import type { Flavor } from '@vitess-ts/mysqlctl';
import { TabletType } from '@vitess-ts/proto/topodata';
import type { StateManager } from '../tabletserver/state-manager';

/** Replication is asked for its lag at most this often. */
const everyMs = 1000;

/**
 * Keeps the lag of a replica current. While replication does not run the lag is that of the last answer plus the time
 * since, so that a replica that stands still is not taken for a current one.
 */
export class LagReader {
  private lastReadMs = 0;
  private lastKnownLag = 0;
  private lastKnownMs = 0;

  constructor(
    private readonly flavor: Flavor,
    private readonly state: StateManager,
    private readonly onLag: (seconds: number) => void,
    private readonly onError: (error: unknown) => void,
  ) {}

  async read(connection: MysqlConnection): Promise<void> {
    const nowMs = performance.now();
    if (nowMs - this.lastReadMs < everyMs) return;
    this.lastReadMs = nowMs;
    if (this.state.state.tabletType === TabletType.PRIMARY) {
      this.lastKnownLag = 0;
      this.lastKnownMs = nowMs;
      return this.onLag(0);
    }
    const status = await this.flavor.replicationStatus(connection);
    // A replica that follows nobody yet (a new shard) has nothing to lag behind.
    if (!status) return this.onLag(0);
    if (status.lagSeconds !== null) {
      this.lastKnownLag = status.lagSeconds;
      this.lastKnownMs = nowMs;
      return this.onLag(status.lagSeconds);
    }
    if (this.lastKnownMs === 0) this.lastKnownMs = nowMs;
    const error = status.ioError || status.sqlError;
    if (error !== '') this.onError(new Error(`replication does not run: ${error}`));
    this.onLag(Math.round(this.lastKnownLag + (nowMs - this.lastKnownMs) / 1000));
  }
}
