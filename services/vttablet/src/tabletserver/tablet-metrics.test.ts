import { MetricsRegistry } from '@vitess-ts/telemetry';
import { SqlError } from '@vitess-ts/vterrors';
import { buildPlan } from './plan-builder';
import { planName, TabletMetrics } from './tablet-metrics';

test.each([
  ['select a from t where id = :v1', 'Select', 't'],
  ['select a from t join u on t.id = u.id', 'Select', 'Join'],
  ['select 1', 'Select', ''],
  ['insert into t(a) values (1)', 'Insert', 't'],
  ['replace into t(a) values (1)', 'Insert', 't'],
  ['update t set a = 1', 'Update', 't'],
  ['delete from t', 'Delete', 't'],
  ['select next 2 values from seq', 'Nextval', 'seq'],
  ['create table t (id int)', 'DDL', 't'],
  ['show tables', 'Show', ''],
  ['explain select 1 from t', 'OtherRead', ''],
  ['savepoint a', 'Savepoint', ''],
  ['rollback to a', 'SRollback', ''],
  ['release savepoint a', 'Release', ''],
  ['set @a = 1', 'Set', ''],
  ['call p()', 'CallProc', ''],
  ['flush tables', 'OtherAdmin', ''],
])('%s is counted as %s of table %j', (sql, name, table) => {
  const plan = buildPlan(sql);
  expect([planName(plan, false), plan.table]).toEqual([name, table]);
});

test('counts statements by table and plan, streams apart', () => {
  const registry = new MetricsRegistry({ prefix: 'vttablet' });
  const metrics = new TabletMetrics(registry);
  const select = buildPlan('select a from t');
  metrics.of(select).succeeded(2, { rowsAffected: 0n }, 3);
  metrics.of(select, true).succeeded(1, { rowsAffected: 0n }, 0);
  metrics.of(buildPlan('update t set a = 1')).succeeded(1, { rowsAffected: 4n }, 0);
  metrics.of(select).failed(1, new SqlError(1146, '42S02', 'no such table'));
  metrics.transactionEnded('commit', 5);
  expect(metrics.of(select)).toBe(metrics.of(select));
  expect(registry.toVars()).toMatchObject({
    QueryCounts: { 't.Select': 2, 't.SelectStream': 1, 't.Update': 1 },
    QueryTimesNs: { 't.Select': 3e6 },
    QueryRowsReturned: { 't.Select': 3 },
    QueryRowsAffected: { 't.Update': 4 },
    QueryErrorCounts: { 't.Select': 1 },
    QueryErrorCountsWithCode: { 't.Select.NOT_FOUND': 1 },
    Queries: { TotalCount: 4, Histograms: { Select: { Count: 2 } } },
    Transactions: { Histograms: { commit: { Count: 1 } } },
    Results: { Count: 3 },
  });
  expect(registry.toPrometheus()).toContain('vttablet_query_counts{table="t",plan="Select"} 2');
});
