import { tabletAliasString, tabletTypeLowerName } from '@vitess-ts/proto';
import type { TabletAlias } from '@vitess-ts/proto/topodata';
import { registerProcessMetrics, type MetricsRegistry } from '@vitess-ts/telemetry';
import type { TabletServerOptions } from './options';
import type { StateManager } from './state-manager';
import type { TabletServer } from './tablet-server';

/** As Vitess numbers them in `TabletState`. */
const notServing = 1;
const serving = 2;

type PoolName = keyof ReturnType<TabletServer['pools']['stats']>;

/** Pools by the names that they have in Vitess. A transaction needs a place first, and a connection then. */
const pools: readonly (readonly [prefix: string, pool: PoolName])[] = [
  ['ConnPool', 'query'],
  ['StreamConnPool', 'stream'],
  ['DbaConnPool', 'dba'],
  ['TransactionPool', 'transactionSlots'],
  ['ReservedPool', 'reservedSlots'],
  ['TransactionConnPool', 'transaction'],
  ['FoundRowsPool', 'foundRowsTransaction'],
];

/** What a tablet shows of its state, its pools and its plan cache. */
export function registerTabletGauges(
  registry: MetricsRegistry,
  alias: TabletAlias,
  options: TabletServerOptions,
  state: StateManager,
  server: TabletServer,
): void {
  registerProcessMetrics(registry);
  registry.gaugeFunc('TabletState', 'Whether the tablet serves: 2, or not: 1', () =>
    state.state.serving ? serving : notServing,
  );
  registry.publish('TabletStateName', 'Whether the tablet serves', () =>
    state.state.serving ? 'SERVING' : 'NOT_SERVING',
  );
  registry.publish('TabletType', 'What the tablet is', () => tabletTypeLowerName(state.state.tabletType));
  registry.publish('TabletKeyspace', 'Keyspace of the tablet', () => state.keyspace);
  registry.publish('TabletShard', 'Shard of the tablet', () => state.shard);
  registry.publish('TabletAlias', 'Alias of the tablet', () => tabletAliasString(alias));
  registry.gaugeFunc('MaxResultSize', 'Most rows of a result outside streams', () => options.maxResultSize);
  registry.gaugeFunc('StreamBufferSize', 'Bytes of a chunk of a stream', () => options.streamBufferSize);
  registry.durationGaugeFunc('QueryTimeout', 'Longest time of a statement', () => options.queryTimeoutMs);
  for (const [prefix, pool] of pools)
    registerPool(registry, prefix, () => server.pools.stats()[pool], options);
  registerPlanCache(registry, server);
}

function registerPool(
  registry: MetricsRegistry,
  prefix: string,
  read: () => ReturnType<TabletServer['pools']['query']['stats']>,
  options: TabletServerOptions,
): void {
  const gauge = (name: string, help: string, value: () => number): void =>
    registry.gaugeFunc(`${prefix}${name}`, help, value);
  gauge('Capacity', 'Places of the pool', () => read().capacity);
  gauge('Available', 'Places that are free', () => read().available);
  gauge('Active', 'Connections that are open', () => read().inUse + read().idle);
  gauge('InUse', 'Places that are taken', () => read().inUse);
  gauge('MaxCap', 'Places of the pool', () => read().capacity);
  registry.counterFunc(`${prefix}WaitCount`, 'Requests that had to wait', () => read().waitCount);
  registry.durationCounterFunc(`${prefix}WaitTime`, 'Time of waits', () => read().waitTimeMs);
  registry.durationGaugeFunc(
    `${prefix}IdleTimeout`,
    'Idle time after which a connection is closed',
    () => options.idleTimeoutMs,
  );
  registry.counterFunc(
    `${prefix}IdleClosed`,
    'Connections closed because they were idle',
    () => read().idleClosed,
  );
  registry.counterFunc(
    `${prefix}MaxLifetimeClosed`,
    'Connections closed because of their age',
    () => read().maxLifetimeClosed,
  );
}

function registerPlanCache(registry: MetricsRegistry, server: TabletServer): void {
  const { plans } = server;
  registry.gaugeFunc('QueryCacheLength', 'Plans that are known', () => plans.stats().size);
  registry.gaugeFunc('QueryCacheSize', 'Bytes of the plans that are known', () => plans.stats().weight);
  registry.gaugeFunc('QueryCacheCapacity', 'Bytes that plans may take', () => plans.stats().maxWeight);
  registry.counterFunc(
    'QueryCacheEvictions',
    'Plans that made room for others',
    () => plans.stats().evictions,
  );
  registry.counterFunc('QueryCacheHits', 'Statements whose plan was known', () => plans.stats().hits);
  registry.counterFunc('QueryCacheMisses', 'Statements that had to be planned', () => plans.stats().misses);
}
