import { tabletAliasEquals, tabletAliasString } from '@vitess-ts/proto';
import { TabletType, type Tablet } from '@vitess-ts/proto/topodata';
import { PartialTabletsError } from '@vitess-ts/topo';
import { shortCallMs, type EventLog, type VtctldContext } from './context';

export interface ReloadOptions {
  /** Replicas reload when they have replicated up to here; '' is at once. */
  waitPosition: string;
  includePrimary: boolean;
  /** Tablets at a time; 10 when 0. */
  concurrency: number;
  /** Most time for a tablet, waiting included; 30,000 ms when not given. */
  timeoutMs?: number;
  signal: AbortSignal;
}

const serving: readonly TabletType[] = [TabletType.PRIMARY, TabletType.REPLICA, TabletType.RDONLY];

/** Makes the tablets of a shard read their schema again. A tablet that does not is told of in `events`: no error. */
export async function reloadShard(
  vtctld: VtctldContext,
  keyspace: string,
  shard: string,
  events: EventLog,
  options: ReloadOptions,
): Promise<void> {
  const { topo, tm } = vtctld;
  const { signal, waitPosition, includePrimary, concurrency, timeoutMs = shortCallMs } = options;
  const { primaryAlias } = await topo.getShard(keyspace, shard, signal);
  const tablets = await topo.getTabletsByShard(keyspace, shard, { signal }).catch((error: unknown) => {
    if (!(error instanceof PartialTabletsError)) throw error;
    events.warn(error.message);
    return error.tablets;
  });
  const isPrimary = ({ alias }: Tablet): boolean => tabletAliasEquals(alias, primaryAlias);
  const queue = tablets.filter(
    (tablet) => serving.includes(tablet.type) && (includePrimary || !isPrimary(tablet)),
  );
  const worker = async (): Promise<void> => {
    for (let tablet = queue.shift(); tablet; tablet = queue.shift()) {
      const alias = tabletAliasString(tablet.alias);
      const position = isPrimary(tablet) ? '' : waitPosition;
      try {
        await tm.reloadSchema(tablet, { waitPosition: position }, { signal, timeoutMs });
      } catch (error) {
        events.warn(`failed to reload schema on tablet ${alias}: ${(error as Error).message}`);
      }
    }
  };
  const workers = Math.min(concurrency > 0 ? concurrency : 10, queue.length);
  await Promise.all(Array.from({ length: workers }, worker));
}
