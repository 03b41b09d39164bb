import { TabletType } from '@vitess-ts/proto/topodata';
import { QueryLog, RecordingTracer } from '@vitess-ts/telemetry';
import { SqlError } from '@vitess-ts/vterrors';
import { StatementStats } from './executor/statement-stats';
import type { ClientCall } from './executor/client-call';
import { GateMetrics } from './gate-metrics';
import { GateObserver } from './gate-observer';
import type { Plan } from './planner/plan';
import { formatQueryRecord, type GateQueryRecord } from './query-log-record';
import { newSession } from './session/session';

const traceId = 'a'.repeat(32);
const traceparent = `00-${traceId}-${'b'.repeat(16)}-01`;
const scatterPlan = { type: 'Scatter', tablesUsed: ['ks.t', 'ks.u'], isDml: false } as unknown as Plan;

function setUp() {
  const tracer = new RecordingTracer();
  const metrics = new GateMetrics();
  const queryLog = new QueryLog<GateQueryRecord>({
    capacity: 10,
    onError: (error) => {
      throw error;
    },
  });
  const observer = new GateObserver({ tracer, metrics, queryLog, flavor: 'mariadb' });
  const session = newSession({ user: 'app', uuid: 'session-1' });
  session.target.keyspace = 'ks';
  const statement = (sql: string, call: Partial<ClientCall> = {}): StatementStats =>
    new StatementStats(session, sql, {}, { signal: new AbortController().signal, ...call });
  const run = (stats: StatementStats, fill: Partial<StatementStats> = {}): string | undefined => {
    const context = observer.started(stats);
    Object.assign(stats, { type: 'SELECT', endMs: stats.startMs + 5 }, fill);
    observer.ended(stats);
    return context;
  };
  return { tracer, metrics, queryLog, session, statement, run };
}

describe('the trace', () => {
  it('goes on from the call, or else from a comment', () => {
    const { tracer, statement, run } = setUp();
    const inComment = `select 1 /*traceparent='00-${'c'.repeat(32)}-${'d'.repeat(16)}-01'*/`;
    expect(run(statement(inComment, { traceparent }))).toBe(`00-${traceId}-0000000000000001-01`);
    expect(run(statement(inComment))).toBe(`00-${'c'.repeat(32)}-0000000000000002-01`);
    expect(tracer.spans.map((s) => s.parentSpanId)).toEqual(['b'.repeat(16), 'd'.repeat(16)]);
  });

  it('tells what the statement did, and how it failed', () => {
    const { tracer, statement, run } = setUp();
    const stats = statement('select a from t', { method: 'StreamExecute' });
    stats.planned(scatterPlan);
    const error = new SqlError(1146, '42S02', 'no such table');
    run(stats, { shardQueries: 2, rowsReturned: 3, error });
    expect(tracer.spans).toMatchObject([
      {
        name: 'vtgate.Execute',
        kind: 'server',
        attributes: {
          'db.system': 'mariadb',
          'db.operation': 'SELECT',
          'vitess.method': 'StreamExecute',
          'vitess.keyspace': 'ks',
          'vitess.plan_type': 'Scatter',
          'vitess.plan_cached': false,
          'vitess.shard_queries': 2,
          'vitess.rows': 3,
        },
        error,
        ends: 1,
      },
    ]);
  });

  it('passes on what came in while nothing collects spans', () => {
    const { tracer, statement, run } = setUp();
    tracer.enabled = false;
    expect(run(statement('select 1', { traceparent }))).toBe(traceparent);
    expect(run(statement('select 1'))).toBeUndefined();
    expect(tracer.spans).toEqual([]);
  });
});

describe('the metrics', () => {
  it('count statements, routes, tables and rows', () => {
    const { metrics, statement, run, session } = setUp();
    for (let i = 0; i < 100; i++) {
      const stats = statement('select a from t');
      stats.planned(scatterPlan);
      run(stats, { shardQueries: 4, rowsReturned: 2 });
    }
    session.target.tabletType = TabletType.REPLICA;
    const onReplica = statement('select a from t');
    onReplica.planned(scatterPlan);
    run(onReplica, { shardQueries: 4 });
    expect(metrics.registry.toVars()).toMatchObject({
      QueryExecutions: { 'SELECT.Scatter.PRIMARY': 100, 'SELECT.Scatter.REPLICA': 1 },
      QueryRoutes: { 'SELECT.Scatter.PRIMARY': 400, 'SELECT.Scatter.REPLICA': 4 },
      QueryExecutionsByTable: { 'SELECT.ks_t': 101, 'SELECT.ks_u': 101 },
      VtgateApi: { TotalCount: 101, Histograms: { 'Execute.ks.primary': { Count: 100 } } },
      VtgateApiRowsReturned: { 'Execute.ks.primary': 200 },
    });
    expect(metrics.registry.toPrometheus()).toContain(
      'vtgate_query_routes{query="SELECT",plan="Scatter",tablet="PRIMARY"} 400\n',
    );
  });

  it('count failures by code, also of what could not be planned', () => {
    const { metrics, statement, run } = setUp();
    run(statement('selec 1'), { type: '', error: new SqlError(1064, '42000', 'syntax') });
    const vars = metrics.registry.toVars();
    expect(vars.VtgateApiErrorCounts).toEqual({ 'Execute.ks.primary.INVALID_ARGUMENT': 1 });
    expect(vars.QueryExecutions).toEqual({});
  });

  it('count commits by the shards that took part', () => {
    const { metrics } = setUp();
    metrics.committed(1, 2);
    metrics.committed(3, 2);
    metrics.partlyCommitted();
    expect(metrics.registry.toVars()).toMatchObject({
      TransactionsProcessed: { 'Single.Single': 1, 'Cross.Multi': 1 },
      CommitModeTimings: { Histograms: { Single: { Count: 1 }, Multi: { Count: 1 } } },
      VtGateWarnings: { NonAtomicCommit: 1 },
    });
  });
});

describe('the query log', () => {
  const logged = (format: 'json' | 'text', redacted: boolean, error?: unknown): string => {
    const { queryLog, statement, run } = setUp();
    const stats = statement("select a from t where name = 'secret'", {
      effectiveCallerId: { principal: 'app', component: '127.0.0.1', subcomponent: '', groups: [] },
    });
    stats.planned(scatterPlan);
    run(stats, { shardQueries: 2, rowsReturned: 1, error });
    return formatQueryRecord(queryLog.recent()[0], format, redacted);
  };

  it('has the statement, who sent it, its time, rows, shards and plan type', () => {
    const line = JSON.parse(logged('json', false)) as Record<string, unknown>;
    expect(line).toMatchObject({
      Method: 'Execute',
      RemoteAddr: '127.0.0.1',
      Username: 'app',
      'Effective Caller': 'app',
      TotalTime: 0.005,
      StmtType: 'SELECT',
      SQL: "select a from t where name = 'secret'",
      ShardQueries: 2,
      RowsReturned: 1,
      Error: '',
      TabletType: 'PRIMARY',
      SessionUUID: 'session-1',
      'Cached Plan': false,
      TablesUsed: ['ks.t', 'ks.u'],
      ActiveKeyspace: 'ks',
      PlanType: 'Scatter',
    });
  });

  it('is one line of text with tabs between columns', () => {
    const line = logged('text', false, new SqlError(1064, '42000', 'bad\nline\tbreak'));
    expect(line).toMatch(/^Execute\t127\.0\.0\.1\tapp\t[^\n]*\tScatter\n$/);
    expect(line.split('\t')).toHaveLength(24);
    expect(line).toContain('"select a from t where name = \'secret\'"');
  });

  it('leaves values out when it is redacted', () => {
    const line = logged('json', true, new SqlError(1064, '42000', "near 'secret'"));
    expect(line).not.toContain('secret');
    expect(JSON.parse(line)).toMatchObject({ SQL: 'select a from t where name = ?', BindVars: '[REDACTED]' });
  });
});
