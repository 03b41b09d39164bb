import { tabletTypeLowerName } from '@vitess-ts/proto';
import { TabletType } from '@vitess-ts/proto/topodata';
import {
  MetricsRegistry,
  registerProcessMetrics,
  type Counter,
  type CounterVec,
  type Timings,
} from '@vitess-ts/telemetry';
import { codeName, codeOf } from '@vitess-ts/vterrors';
import type { PlanCache } from './executor/plan-cache';
import type { Session } from './session/session';

/** Which front a statement came through; the `Operation` of Vitess's metrics. */
export type Operation = 'Execute' | 'GrpcExecute';

/** The gate's own metrics, under Vitess's names. */
export class GateMetrics {
  readonly registry = new MetricsRegistry({ prefix: 'vtgate' });
  private readonly processed: Counter;
  private readonly api: Timings;
  private readonly apiErrors: CounterVec;

  constructor() {
    const { registry } = this;
    const labels = ['Operation', 'Keyspace', 'DbType'];
    this.processed = registry.counter('QueriesProcessed', 'Statements that clients sent');
    this.api = registry.timings('VtgateApi', 'Time of statements', ...labels);
    this.apiErrors = registry.counterVec('VtgateApiErrorCounts', 'Statements that failed', [
      ...labels,
      'Code',
    ]);
    registerProcessMetrics(registry);
  }

  /** Counts of the plan cache, which keeps them itself. */
  watchPlanCache(cache: PlanCache): void {
    const { registry } = this;
    registry.counterFunc('QueryPlanCacheHits', 'Statements whose plan was known', () => cache.stats.hits);
    registry.counterFunc(
      'QueryPlanCacheMisses',
      'Statements that had to be planned',
      () => cache.stats.misses,
    );
    registry.counterFunc(
      'QueryPlanCacheEvictions',
      'Plans that made room for others',
      () => cache.stats.evictions,
    );
    registry.gaugeFunc('QueryPlanCacheLength', 'Plans that are known', () => cache.stats.size);
  }

  watchConnections(count: () => number): void {
    this.registry.gaugeFunc('MysqlServerConnCount', 'MySQL clients that are connected', count);
  }

  statementEnded(operation: Operation, session: Session, startMs: number, error?: unknown): void {
    this.processed.add();
    const { keyspace, tabletType = TabletType.PRIMARY } = session.target;
    const dbType = tabletTypeLowerName(tabletType);
    this.api.labels(operation, keyspace, dbType).record(performance.now() - startMs);
    if (error !== undefined)
      this.apiErrors.labels(operation, keyspace, dbType, codeName(codeOf(error))).add();
  }
}
