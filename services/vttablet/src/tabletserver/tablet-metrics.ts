import {
  MetricsRegistry,
  type Counter,
  type CounterVec,
  type Histogram,
  type Timing,
  type Timings,
} from '@vitess-ts/telemetry';
import type { Result } from '@vitess-ts/sqltypes';
import { codeName, codeOf } from '@vitess-ts/vterrors';
import type { QueryPlan } from './plan';

/** The counters of one plan, looked up once. */
export class PlanMetrics {
  private readonly labels: readonly [table: string, plan: string];
  private readonly queries: Timing;
  private readonly counts: Counter;
  private readonly times: Counter;
  private readonly returned: Counter;
  private readonly affected: Counter;

  constructor(
    private readonly metrics: TabletMetrics,
    plan: QueryPlan,
    isStream: boolean,
  ) {
    const name = planName(plan, isStream);
    this.labels = [plan.table ?? '', name];
    this.queries = metrics.queries.labels(name);
    this.counts = metrics.queryCounts.labels(...this.labels);
    this.times = metrics.queryTimes.labels(...this.labels);
    this.returned = metrics.rowsReturned.labels(...this.labels);
    this.affected = metrics.rowsAffected.labels(...this.labels);
  }

  succeeded(ms: number, result: Pick<Result, 'rowsAffected'>, rows: number): void {
    this.count(ms);
    this.metrics.results.observe(rows);
    if (rows > 0) this.returned.add(rows);
    if (result.rowsAffected > 0n) this.affected.add(Number(result.rowsAffected));
  }

  failed(ms: number, error: unknown): void {
    this.count(ms);
    this.metrics.queryErrors.labels(...this.labels).add();
    this.metrics.queryErrorsByCode.labels(...this.labels, codeName(codeOf(error))).add();
  }

  private count(ms: number): void {
    this.queries.record(ms);
    this.counts.add();
    this.times.add(Math.max(0, ms) * 1e6);
  }
}

/** How transactions end. */
export type Conclusion = 'commit' | 'rollback' | 'kill';

/** What the query path counts. Names and labels are those of Vitess's tablet. */
export class TabletMetrics {
  readonly queries: Timings;
  readonly mysqlExec: Timing;
  readonly mysqlExecStream: Timing;
  readonly queryCounts: CounterVec;
  readonly queryTimes: CounterVec;
  readonly rowsReturned: CounterVec;
  readonly rowsAffected: CounterVec;
  readonly queryErrors: CounterVec;
  readonly queryErrorsByCode: CounterVec;
  readonly results: Histogram;
  readonly errors: CounterVec;
  readonly kills: Counter;
  readonly transactions: Timings;
  private readonly plans = new WeakMap<QueryPlan, { whole?: PlanMetrics; stream?: PlanMetrics }>();

  constructor(registry: MetricsRegistry) {
    const labels = ['Table', 'Plan'];
    const mysql = registry.timings('Mysql', 'Time that mysqld took', 'operation');
    this.mysqlExec = mysql.labels('Exec');
    this.mysqlExecStream = mysql.labels('ExecStream');
    this.queries = registry.timings('Queries', 'Time of statements by plan type', 'plan_type');
    this.queryCounts = registry.counterVec('QueryCounts', 'Statements', labels);
    this.queryTimes = registry.counterVec('QueryTimesNs', 'Time of statements in nanoseconds', labels);
    this.rowsReturned = registry.counterVec('QueryRowsReturned', 'Rows that statements gave', labels);
    this.rowsAffected = registry.counterVec('QueryRowsAffected', 'Rows that statements changed', labels);
    this.queryErrors = registry.counterVec('QueryErrorCounts', 'Statements that failed', labels);
    this.queryErrorsByCode = registry.counterVec(
      'QueryErrorCountsWithCode',
      'Statements that failed, by code',
      [...labels, 'Code'],
    );
    this.results = registry.histogram(
      'Results',
      'Rows of results',
      [0, 1, 5, 10, 50, 100, 500, 1000, 5000, 10_000],
    );
    this.errors = registry.counterVec('Errors', 'Requests that failed, by code', ['error_code']);
    this.kills = registry.counterVec('Kills', 'What was killed on mysqld', ['query_type']).labels('Queries');
    this.transactions = registry.timings(
      'Transactions',
      'Time of transactions by how they ended',
      'operation',
    );
  }

  of(plan: QueryPlan, isStream = false): PlanMetrics {
    let known = this.plans.get(plan);
    if (known === undefined) this.plans.set(plan, (known = {}));
    return isStream
      ? (known.stream ??= new PlanMetrics(this, plan, true))
      : (known.whole ??= new PlanMetrics(this, plan, false));
  }

  transactionEnded(conclusion: Conclusion, ms: number): void {
    this.transactions.labels(conclusion).record(ms);
  }
}

/** The name of a plan as Vitess's metrics have it. */
export function planName({ kind, name }: QueryPlan, isStream: boolean): string {
  switch (kind) {
    case 'select':
      return isStream ? 'SelectStream' : 'Select';
    case 'show':
      return name === 'SHOW' ? 'Show' : 'OtherRead';
    case 'nextval':
      return 'Nextval';
    case 'dml':
      return dmlNames[name] ?? 'Insert';
    case 'ddl':
      return 'DDL';
    case 'set':
      return 'Set';
    case 'call':
      return 'CallProc';
    case 'savepoint':
      return name === 'SAVEPOINT' ? 'Savepoint' : name === 'RELEASE' ? 'Release' : 'SRollback';
    default:
      return 'OtherAdmin';
  }
}

const dmlNames: Readonly<Partial<Record<string, string>>> = {
  UPDATE: 'Update',
  DELETE: 'Delete',
  LOAD: 'Load',
};
