import type { MetricsRegistry } from '@vitess-ts/telemetry';
import type { TabletServer } from '../tablet-server';
import type { UnresolvedWatch } from './unresolved-watch';

/** What a tablet shows of commits over several shards. */
export function registerTwopcGauges(
  registry: MetricsRegistry,
  server: TabletServer,
  unresolved: UnresolvedWatch,
): void {
  registry.gaugeFunc(
    'PreparedTransactions',
    'Transactions that are prepared and wait for the decision',
    () => server.twopc.prepared.size,
  );
  registry.gaugeFunc(
    'UnresolvedTransactions',
    'Commits over several shards, decided here, that have gone on for longer than twopc-abandon-age',
    () => unresolved.count,
  );
}
