import { Code, VtError } from '@vitess-ts/vterrors';
import type { TabletType } from '@vitess-ts/proto/topodata';
import type { HealthCheck } from './health-check';
import type { TabletHealth } from './tablet-health';

/** Picks one healthy tablet for a long stream: of the types given, the first in order that has one. */
export class TabletPicker {
  constructor(
    private readonly healthCheck: HealthCheck,
    private readonly keyspace: string,
    private readonly shard: string,
    private readonly tabletTypes: readonly TabletType[],
  ) {}

  /** Waits until there is one. `avoid` names aliases that just failed; they are taken only when nothing else serves. */
  async pick(signal: AbortSignal, avoid: ReadonlySet<string> = new Set()): Promise<TabletHealth> {
    for (;;) {
      const found = this.find(avoid);
      if (found) return found;
      await this.nextChange(signal);
    }
  }

  private find(avoid: ReadonlySet<string>): TabletHealth | undefined {
    const { keyspace, shard } = this;
    const all = this.tabletTypes.flatMap((tabletType) =>
      this.healthCheck.healthy({ keyspace, shard, tabletType }),
    );
    return all.find((t) => !avoid.has(t.alias)) ?? all[0];
  }

  private async nextChange(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const end = (): void => {
        stop();
        signal.removeEventListener('abort', aborted);
      };
      const aborted = (): void => {
        end();
        reject(new VtError(Code.UNAVAILABLE, `no healthy tablet for ${this.keyspace}/${this.shard}`));
      };
      const stop = this.healthCheck.onChange(() => {
        end();
        resolve();
      });
      if (signal.aborted) return aborted();
      signal.addEventListener('abort', aborted, { once: true });
    });
  }
}
