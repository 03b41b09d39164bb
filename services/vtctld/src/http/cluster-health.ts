import { HealthCheck, type TabletHealth } from '@vitess-ts/discovery';
import { LocalTablets, TabletTransport } from '@vitess-ts/queryservice';
import type { Logger } from '@vitess-ts/servenv';
import type { TopoServer } from '@vitess-ts/topo';

/** How long the first who asks waits for tablets to speak. */
const firstWaitMs = 1_500;

/** What all tablets of the cluster say of themselves. It begins to listen when somebody first asks. */
export class ClusterHealth {
  private transport?: TabletTransport;
  private check?: HealthCheck;
  private ready?: Promise<void>;

  constructor(private readonly options: { topo: TopoServer; log: Logger; localTablets?: LocalTablets }) {}

  /** The last known state of each tablet. A tablet that has not spoken yet does not serve. */
  async tablets(): Promise<TabletHealth[]> {
    const { topo, log, localTablets } = this.options;
    if (!this.check) {
      const transport = new TabletTransport({ local: localTablets });
      this.transport = transport;
      this.check = new HealthCheck({
        localCell: '',
        cells: (signal) => topo.getCellInfoNames(signal),
        topo,
        connect: (tablet) => transport.connect(tablet),
        onError: (error) => log.warn('the health of tablets', { error }),
      });
      this.check.start();
      this.ready = this.untilHeard(this.check);
    }
    await this.ready;
    return this.check.tablets();
  }

  async stop(): Promise<void> {
    await this.check?.stop();
    await this.transport?.close();
  }

  private async untilHeard(check: HealthCheck): Promise<void> {
    await check.refresh();
    const silent = (): boolean => check.tablets().some(({ stats, lastError }) => !stats && !lastError);
    if (!silent()) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(finish, firstWaitMs);
      const stop = check.onChange(() => {
        if (!silent()) finish();
      });
      function finish(): void {
        clearTimeout(timer);
        stop();
        resolve();
      }
    });
  }
}
