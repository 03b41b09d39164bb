import { snakeCase } from './metrics';
import { MetricsRegistry } from './registry';

test.each([
  ['QueryExecutions', 'query_executions'],
  ['QueriesProcessedByTable', 'queries_processed_by_table'],
  ['MySQLProtocolErrors', 'my_sql_protocol_errors'],
  ['VtgateApi', 'vtgate_api'],
  ['HTTPRequests', 'http_requests'],
  ['a-b.c', 'a_b_c'],
])('%s is %s in Prometheus', (name, snake) => {
  expect(snakeCase(name)).toBe(snake);
});

test('/debug/vars has the shapes of expvar', () => {
  const registry = new MetricsRegistry({ prefix: 'vtgate' });
  registry.counter('Connections', 'c').add(3);
  const queries = registry.counterVec('QueryExecutions', 'q', ['Type', 'Keyspace']);
  queries.labels('SELECT', 'commerce').add();
  queries.labels('SELECT', 'commerce').add(2);
  queries.labels('SELECT', 'with.dot').add();
  registry.gaugeFunc('Up', 'u', () => 1);
  registry.publish('BuildVersion', 'v', () => '0.1.0');
  registry.histogram('Rows', 'r', [1, 10]).observe(4);
  const timings = registry.timings('Queries', 't', 'Plan');
  timings.labels('Select').record(0.4);
  timings.labels('Select').record(20_000);
  expect(registry.toVars()).toEqual({
    BuildVersion: '0.1.0',
    Connections: 3,
    Queries: {
      TotalCount: 2,
      TotalTime: 20_000_400_000,
      Histograms: {
        Select: {
          '500000': 1,
          '1000000': 0,
          '5000000': 0,
          '10000000': 0,
          '50000000': 0,
          '100000000': 0,
          '500000000': 0,
          '1000000000': 0,
          '5000000000': 0,
          '10000000000': 0,
          inf: 1,
          Count: 2,
          Time: 20_000_400_000,
        },
      },
    },
    QueryExecutions: { 'SELECT.commerce': 3, 'SELECT.with_dot': 1 },
    Rows: { '1': 0, '10': 1, inf: 0, Count: 1, Total: 4 },
    Up: 1,
  });
});

test('Prometheus text', () => {
  const registry = new MetricsRegistry({ prefix: 'vtgate', dropVariables: ['Hidden'] });
  registry.counter('Hidden', 'h').add();
  registry.counterVec('QueryExecutions', 'Queries\nby type', ['DbType']).labels('a"b\\c').add(2);
  registry.histogram('Rows', 'Rows returned', [1, 10]).observe(4);
  registry.timings('Queries', 'Times', 'Plan').labels('Select').record(750);
  const text = registry.toPrometheus();
  expect(text).toContain('# HELP vtgate_query_executions Queries\\nby type\n');
  expect(text).toContain('vtgate_query_executions{db_type="a\\"b\\\\c"} 2\n');
  expect(text).toContain(
    [
      '# TYPE vtgate_rows histogram',
      'vtgate_rows_bucket{le="1"} 0',
      'vtgate_rows_bucket{le="10"} 1',
      'vtgate_rows_bucket{le="+Inf"} 1',
      'vtgate_rows_sum 4',
      'vtgate_rows_count 1',
    ].join('\n'),
  );
  expect(text).toContain('vtgate_queries_bucket{plan="Select",le="0.5"} 0\n');
  expect(text).toContain('vtgate_queries_bucket{plan="Select",le="1"} 1\n');
  expect(text).toContain('vtgate_queries_sum{plan="Select"} 0.75\n');
  expect(text).not.toContain('hidden');
});

test('label values past the limit share one member, so that memory stays bounded', () => {
  const registry = new MetricsRegistry({ prefix: 'x', maxMembers: 3 });
  const vec = registry.counterVec('ByTable', 'h', ['Table']);
  for (let i = 0; i < 100; i++) vec.labels(`t${i}`).add();
  expect(vec.toVar()).toEqual({ t0: 1, t1: 1, t2: 1, other: 97 });
});

test('combined dimensions have one value', () => {
  const registry = new MetricsRegistry({ prefix: 'x', combineDimensions: ['User'] });
  const vec = registry.counterVec('Queries', 'h', ['User', 'Type']);
  vec.labels('ann', 'SELECT').add();
  vec.labels('bob', 'SELECT').add();
  expect(vec.toVar()).toEqual({ 'all.SELECT': 2 });
});

test('a name is registered once, and labels need all their values', () => {
  const registry = new MetricsRegistry({ prefix: 'x' });
  const vec = registry.counterVec('A', 'h', ['One', 'Two']);
  expect(() => registry.gauge('A', 'h')).toThrow('registered already');
  expect(() => vec.labels('only one')).toThrow('need a value each');
});

test('times are nanoseconds in vars and seconds in Prometheus', () => {
  const registry = new MetricsRegistry({ prefix: 'vttablet' });
  registry.durationCounterFunc('ConnPoolWaitTime', 'waits', () => 1500);
  registry.durationGaugeFunc('QueryTimeout', 'limit', () => 30_000);
  expect(registry.toVars()).toEqual({ ConnPoolWaitTime: 1_500_000_000, QueryTimeout: 30_000_000_000 });
  expect(registry.toPrometheus()).toContain(
    '# TYPE vttablet_conn_pool_wait_time counter\nvttablet_conn_pool_wait_time 1.5\n',
  );
  expect(registry.toPrometheus()).toContain('vttablet_query_timeout 30\n');
});
