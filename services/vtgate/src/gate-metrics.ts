import { tabletTypeLowerName, tabletTypeName } from '@vitess-ts/proto';
import { TabletType } from '@vitess-ts/proto/topodata';
import {
  MetricsRegistry,
  registerProcessMetrics,
  type Counter,
  type CounterVec,
  type Timing,
  type Timings,
} from '@vitess-ts/telemetry';
import { codeName, codeOf } from '@vitess-ts/vterrors';
import type { PlanCache } from './executor/plan-cache';
import type { StatementStats, TransactionObserver } from './executor/statement-stats';
import type { Plan } from './planner/plan';

/** The counters of one kind of statement, looked up once. */
interface StatementCounters {
  executions: Counter;
  routes: Counter;
  tables: readonly Counter[];
}

/** The counters of one operation on one target, looked up once. */
interface ApiCounters {
  timing: Timing;
  rowsReturned: Counter;
  rowsAffected: Counter;
}

/** Targets are few; clients that make up keyspace names must not fill the memory. */
const MAX_CACHED_TARGETS = 1000;

/** The gate's own metrics, under Vitess's names. */
export class GateMetrics implements TransactionObserver {
  readonly registry = new MetricsRegistry({ prefix: 'vtgate' });
  private readonly processed: Counter;
  private readonly executions: CounterVec;
  private readonly routes: CounterVec;
  private readonly byTable: CounterVec;
  private readonly api: Timings;
  private readonly apiErrors: CounterVec;
  private readonly apiRowsReturned: CounterVec;
  private readonly apiRowsAffected: CounterVec;
  private readonly transactions: CounterVec;
  private readonly commits: Timings;
  private readonly warnings: CounterVec;
  private readonly unknownOutcomes: CounterVec;
  private readonly lostTransactions: Counter;
  private readonly deadlocks: Counter;
  private readonly byPlan = new WeakMap<Plan, Map<TabletType, StatementCounters>>();
  private readonly byTarget = new Map<string, ApiCounters>();

  constructor() {
    const { registry } = this;
    const api = ['Operation', 'Keyspace', 'DbType'];
    const statement = ['Query', 'Plan', 'Tablet'];
    this.processed = registry.counter('QueriesProcessed', 'Statements that clients sent');
    this.executions = registry.counterVec(
      'QueryExecutions',
      'Statements by type, plan type and tablet type',
      statement,
    );
    this.routes = registry.counterVec(
      'QueryRoutes',
      'Queries that went to shards, by type, plan type and tablet type of their statements',
      statement,
    );
    this.byTable = registry.counterVec('QueryExecutionsByTable', 'Statements by type and table', [
      'Query',
      'Table',
    ]);
    this.api = registry.timings('VtgateApi', 'Time of statements', ...api);
    this.apiErrors = registry.counterVec('VtgateApiErrorCounts', 'Statements that failed', [...api, 'Code']);
    this.apiRowsReturned = registry.counterVec('VtgateApiRowsReturned', 'Rows that clients got', api);
    this.apiRowsAffected = registry.counterVec('VtgateApiRowsAffected', 'Rows that clients changed', api);
    this.transactions = registry.counterVec(
      'TransactionsProcessed',
      'Transactions that committed, by shards that took part and by commit mode',
      ['Shard', 'Type'],
    );
    this.commits = registry.timings('CommitModeTimings', 'Time of commits', 'mode');
    this.warnings = registry.counterVec('VtGateWarnings', 'What went on in a way that may surprise', [
      'type',
    ]);
    this.unknownOutcomes = registry.counterVec(
      'UnknownOutcomes',
      'Writes of which nobody can tell whether they took effect',
      ['What'],
    );
    this.lostTransactions = registry.counter(
      'LostTransactions',
      'Transactions that were rolled back because a shard of theirs was lost',
    );
    this.deadlocks = registry.counter(
      'CrossShardDeadlocks',
      'Transactions that were rolled back to end a deadlock over several shards',
    );
    registerProcessMetrics(registry);
  }

  /** Counts of the plan cache, which keeps them itself. */
  watchPlanCache(cache: PlanCache): void {
    const { registry } = this;
    const counter = (name: string, help: string, read: () => number): void =>
      registry.counterFunc(`QueryPlanCache${name}`, help, read);
    const gauge = (name: string, help: string, read: () => number): void =>
      registry.gaugeFunc(`QueryPlanCache${name}`, help, read);
    counter('Hits', 'Statements whose plan was known', () => cache.stats.hits);
    counter('Misses', 'Statements that had to be planned', () => cache.stats.misses);
    counter('Evictions', 'Plans that made room for others', () => cache.stats.evictions);
    gauge('Length', 'Plans that are known', () => cache.stats.size);
    gauge('Size', 'Bytes of the plans that are known', () => cache.stats.bytes);
    gauge('Capacity', 'Bytes that plans may take', () => cache.stats.maxBytes);
  }

  /** Counts of queries that gathered rows of several shards in one place. */
  watchScratch(read: () => { opened: number; open: number; rows: number; bytes: number }): void {
    const { registry } = this;
    registry.counterFunc(
      'ScratchQueries',
      'Queries that gathered rows in scratch tables',
      () => read().opened,
    );
    registry.gaugeFunc('ScratchQueriesOpen', 'Queries that have scratch tables now', () => read().open);
    registry.counterFunc('ScratchRows', 'Rows that went into scratch tables', () => read().rows);
    registry.counterFunc('ScratchBytes', 'Bytes that went into scratch tables', () => read().bytes);
  }

  /** Counts of rows that were too many for memory. */
  watchSpill(read: () => { files: number; bytes: number; written: number }): void {
    const { registry } = this;
    registry.gaugeFunc('SpillFiles', 'Files of rows that statements have now', () => read().files);
    registry.gaugeFunc('SpillBytes', 'Bytes of the files that statements have now', () => read().bytes);
    registry.counterFunc('SpillBytesWritten', 'Bytes that went into files', () => read().written);
  }

  watchConnections(count: () => number): void {
    this.registry.gaugeFunc('MysqlServerConnCount', 'MySQL clients that are connected', count);
  }

  statementEnded(stats: StatementStats): void {
    this.processed.add();
    this.countApi(stats);
    if (stats.planType === undefined) return;
    const counters = this.countersOf(stats);
    counters.executions.add();
    if (stats.shardQueries > 0) counters.routes.add(stats.shardQueries);
    for (const table of counters.tables) table.add();
  }

  committed(shards: number, ms: number): void {
    const mode = shards === 1 ? 'Single' : 'Multi';
    this.transactions.labels(shards === 1 ? 'Single' : 'Cross', mode).add();
    this.commits.labels(mode).record(ms);
  }

  partlyCommitted(): void {
    this.warnings.labels('NonAtomicCommit').add();
  }

  committedAtomically(ms: number): void {
    this.transactions.labels('Cross', 'TwoPC').add();
    this.commits.labels('TwoPC').record(ms);
  }

  outcomeUnknown(what: 'statement' | 'commit'): void {
    this.unknownOutcomes.labels(what).add();
  }

  lost(): void {
    this.lostTransactions.add();
  }

  leftToResolver(): void {
    this.warnings.labels('AtomicCommitLeftToResolver').add();
  }

  deadlockVictim(): void {
    this.deadlocks.add();
  }

  /** Commits over several shards that this gate has ended in place of another. */
  watchResolver(read: () => number): void {
    this.registry.counterFunc('ResolvedTransactions', 'Commits of others that were ended here', read);
  }

  private countApi(stats: StatementStats): void {
    const { keyspace, tabletType = TabletType.PRIMARY } = stats.session.target;
    const operation = stats.call.method ?? 'Execute';
    const key = `${operation} ${tabletType} ${keyspace}`;
    let counters = this.byTarget.get(key);
    if (counters === undefined) {
      if (this.byTarget.size >= MAX_CACHED_TARGETS) this.byTarget.clear();
      const labels = [operation, keyspace, tabletTypeLowerName(tabletType)];
      counters = {
        timing: this.api.labels(...labels),
        rowsReturned: this.apiRowsReturned.labels(...labels),
        rowsAffected: this.apiRowsAffected.labels(...labels),
      };
      this.byTarget.set(key, counters);
    }
    counters.timing.record(stats.endMs - stats.startMs);
    if (stats.rowsReturned > 0) counters.rowsReturned.add(stats.rowsReturned);
    if (stats.rowsAffected > 0n) counters.rowsAffected.add(Number(stats.rowsAffected));
    if (stats.error === undefined) return;
    const code = codeName(codeOf(stats.error));
    this.apiErrors.labels(operation, keyspace, tabletTypeLowerName(tabletType), code).add();
  }

  private countersOf(stats: StatementStats): StatementCounters {
    const { plan } = stats;
    const { tabletType = TabletType.PRIMARY } = stats.session.target;
    if (plan === undefined) return this.newCounters(stats, tabletType);
    let ofPlan = this.byPlan.get(plan);
    if (ofPlan === undefined) this.byPlan.set(plan, (ofPlan = new Map()));
    let counters = ofPlan.get(tabletType);
    if (counters === undefined) ofPlan.set(tabletType, (counters = this.newCounters(stats, tabletType)));
    return counters;
  }

  private newCounters(
    { type, planType = 'Local', tablesUsed }: StatementStats,
    tabletType: TabletType,
  ): StatementCounters {
    const labels = [type, planType, tabletTypeName(tabletType)];
    return {
      executions: this.executions.labels(...labels),
      routes: this.routes.labels(...labels),
      tables: tablesUsed.map((table) => this.byTable.labels(type, table)),
    };
  }
}
