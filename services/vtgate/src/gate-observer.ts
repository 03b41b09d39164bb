import {
  extractTraceparentFromComment,
  formatTraceparent,
  parseTraceparent,
  type QueryLog,
  type Span,
  type Tracer,
} from '@vitess-ts/telemetry';
import type { StatementObserver, StatementStats } from './executor/statement-stats';
import type { GateMetrics } from './gate-metrics';
import type { Plan } from './planner/plan';
import { queryRecordOf, type GateQueryRecord } from './query-log-record';

export interface GateObserverParts {
  tracer: Tracer;
  metrics: GateMetrics;
  queryLog: QueryLog<GateQueryRecord>;
  /** `db.system` of spans. */
  flavor: 'mariadb' | 'mysql';
}

/** Sees each statement of the gate: its span, its counts, its record in the query log. */
export class GateObserver implements StatementObserver {
  /** Plans that have run: one that runs again came from the cache. */
  private readonly known = new WeakSet<Plan>();

  constructor(private readonly parts: GateObserverParts) {}

  started(stats: StatementStats): string | undefined {
    const { tracer, flavor } = this.parts;
    const { traceparent } = stats.call;
    if (!tracer.enabled) return traceparent;
    const parent =
      traceparent === undefined ? extractTraceparentFromComment(stats.sql) : parseTraceparent(traceparent);
    const span = tracer.startSpan('vtgate.Execute', {
      kind: 'server',
      parent,
      attributes: { 'db.system': flavor, 'vitess.method': stats.call.method ?? 'Execute' },
    });
    stats.span = span;
    return span.context && formatTraceparent(span.context);
  }

  ended(stats: StatementStats): void {
    const { metrics, queryLog } = this.parts;
    metrics.statementEnded(stats);
    const { plan, span } = stats;
    const isPlanCached = plan !== undefined && this.known.has(plan);
    if (plan !== undefined && !isPlanCached) this.known.add(plan);
    if (span) end(span, stats, isPlanCached);
    if (queryLog.isWanted) queryLog.append(queryRecordOf(stats, isPlanCached));
  }
}

function end(span: Span, stats: StatementStats, isPlanCached: boolean): void {
  span.setAttribute('db.operation', stats.type);
  span.setAttribute('vitess.keyspace', stats.session.target.keyspace);
  if (stats.planType !== undefined) span.setAttribute('vitess.plan_type', stats.planType);
  span.setAttribute('vitess.plan_cached', isPlanCached);
  span.setAttribute('vitess.shard_queries', stats.shardQueries);
  span.setAttribute('vitess.rows', stats.rowsReturned);
  span.setAttribute('vitess.rows_affected', Number(stats.rowsAffected));
  if (stats.error !== undefined) span.recordError(stats.error);
  span.end();
}
