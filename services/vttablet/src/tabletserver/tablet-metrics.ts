import type { Counter, CounterVec, MetricsRegistry, Timings } from '@vitess-ts/telemetry';

/** What the query path counts. Names are those of Vitess's tablet. */
export interface TabletMetrics {
  readonly queries: Timings;
  readonly errors: CounterVec;
  readonly kills: Counter;
}

export function tabletMetrics(registry: MetricsRegistry): TabletMetrics {
  return {
    queries: registry.timings('Queries', 'Statements by plan type', 'query_type'),
    errors: registry.counterVec('ErrorCounters', 'Failed requests by code', ['rpc', 'code']),
    kills: registry.counter('Kills', 'Statements that were killed on mysqld'),
  };
}
