import type { MysqlConnection } from '@vitess-ts/mysql';
import { emptyResult, type Result } from '@vitess-ts/sqltypes';
import { MetricsRegistry, RecordingTracer, type Timings } from '@vitess-ts/telemetry';
import { SqlError } from '@vitess-ts/vterrors';
import { Killer } from './killer';
import { ObservedStatementRunner } from './observed-statement-runner';
import { buildPlan } from './plan-builder';
import type { StatementOptions } from './statement-runner';
import { traceOf } from './statement-trace';
import { TabletMetrics } from './tablet-metrics';

const traceId = 'a'.repeat(32);
const sampled = { traceparent: `00-${traceId}-${'b'.repeat(16)}-01` };
const dropped = { traceparent: `00-${traceId}-${'b'.repeat(16)}-00` };

function setUp() {
  const asked: string[] = [];
  let failure: Error | undefined;
  const answer = (sql: Buffer): Result => {
    asked.push(sql.toString());
    if (failure) throw failure;
    return emptyResult();
  };
  const connection = {
    isAlive: true,
    serverVersion: '10.11.6-MariaDB',
    connectionId: 7,
    query: (sql: Buffer) => Promise.resolve().then(() => answer(sql)),
    async *queryStream(sql: Buffer) {
      await Promise.resolve();
      yield answer(sql);
      yield emptyResult();
    },
  } as unknown as MysqlConnection;
  const registry = new MetricsRegistry({ prefix: 'vttablet' });
  const tracer = new RecordingTracer();
  const killer = new Killer({ runKill: () => Promise.resolve() }, () => undefined);
  const runner = new ObservedStatementRunner(killer, 10, new TabletMetrics(registry), tracer);
  const mysql = registry.get('Mysql') as Timings;
  const fail = (error: Error): void => void (failure = error);
  return { asked, connection, fail, mysql, runner, tracer };
}

const run = (test: ReturnType<typeof setUp>, sql: string, ctx: { traceparent?: string }) =>
  test.runner.execute(test.connection, Buffer.from(sql), {
    ...options,
    trace: traceOf(ctx, buildPlan(sql)),
  });

const options: StatementOptions = {
  session: { timeoutMs: 0 },
  timeoutMs: 0,
  maxRows: Infinity,
  selectLimit: Infinity,
  limitable: false,
  isSelect: false,
  stateful: false,
};

test('a sampled statement tells mysqld its trace, behind its text', async () => {
  const test = setUp();
  await run(test, 'select 1 from t', sampled);
  expect(test.asked).toEqual([`select 1 from t /*traceparent='00-${traceId}-0000000000000001-01'*/`]);
  expect(test.tracer.spans).toMatchObject([
    {
      name: 'mysql.query',
      traceId,
      parentSpanId: 'b'.repeat(16),
      kind: 'client',
      attributes: { 'db.system': 'mariadb', 'db.operation': 'SELECT', 'mysql.connection_id': 7 },
      ends: 1,
    },
  ]);
  expect(test.mysql.labels('Exec').count).toBe(1);
});

test.each([
  ['that is not sampled', 'select 1', dropped],
  ['of no trace', 'select 1', {}],
  ['whose text mysqld keeps', 'create view v as select 1', sampled],
  ['that a semicolon ends', 'select 1;', sampled],
])('a statement %s goes as it is', async (_what, sql, ctx) => {
  const test = setUp();
  await run(test, sql, ctx);
  expect(test.asked).toEqual([sql]);
});

test('nothing is made while nothing collects spans', async () => {
  const test = setUp();
  test.tracer.enabled = false;
  await run(test, 'select 1', sampled);
  expect([test.asked, test.tracer.spans]).toEqual([['select 1'], []]);
  expect(test.mysql.labels('Exec').count).toBe(1);
});

test('a stream has a span until its reader leaves, and a failure is noted', async () => {
  const test = setUp();
  const trace = traceOf(sampled, buildPlan('select 1'));
  const stream = () =>
    test.runner.stream(test.connection, Buffer.from('select 1'), { ...options, chunkBytes: 1, trace });
  for await (const chunk of stream()) expect(chunk.rows.length).toBe(0);
  expect(test.asked[0]).toContain('traceparent');
  test.fail(new SqlError(1146, '42S02', 'no such table'));
  await expect(stream()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ errno: 1146 });
  expect(test.tracer.spans).toMatchObject([{ ends: 1 }, { ends: 1, error: { errno: 1146 } }]);
  expect(test.mysql.labels('ExecStream').count).toBe(2);
});
