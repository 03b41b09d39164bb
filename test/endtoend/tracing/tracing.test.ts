import { randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { MysqlConnection } from '@vitess-ts/mysql';
import { ExecuteRequest } from '@vitess-ts/proto/vtgate';
import { VitessService } from '@vitess-ts/proto/vtgateservice';
import { createChannel, unary } from '@vitess-ts/servenv';
import { LocalCluster } from '@vitess-ts/testkit';
import { formatTraceparent, type SpanContext } from '@vitess-ts/telemetry';
import { FakeCollector, type CollectedSpan } from './fake-collector';

const PORT_BASE = 24_000;
const SHARDS = ['-80', '80-'];
const scatter = 'select email from customer';

const newContext = (sampled = true): SpanContext => ({
  traceId: randomBytes(16).toString('hex'),
  spanId: randomBytes(8).toString('hex'),
  sampled,
});

describe('one trace from the client to mysqld', () => {
  jest.setTimeout(120_000);
  let collector: FakeCollector;
  let cluster: LocalCluster;
  let db: MysqlConnection;

  beforeAll(async () => {
    collector = await FakeCollector.start();
    cluster = await LocalCluster.start({
      portBase: PORT_BASE,
      args: ['--replicas', '0'],
      env: {
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_BSP_SCHEDULE_DELAY: '50',
      },
    });
    db = await cluster.connect('customer');
  });

  afterAll(async () => {
    await db?.close();
    await cluster?.stop();
    await collector?.stop();
  });

  /** The spans of one trace by name, each under the right one. */
  function checkTree(spans: readonly CollectedSpan[], client: SpanContext): void {
    const named = (pattern: RegExp): CollectedSpan[] => spans.filter((span) => pattern.test(span.name));
    const gate = named(/^vtgate\.Execute$/);
    expect(gate).toHaveLength(1);
    expect(gate[0]).toMatchObject({
      scope: 'vtgate',
      parentSpanId: client.spanId,
      attributes: {
        'db.system': 'mariadb',
        'db.operation': 'SELECT',
        'vitess.keyspace': 'customer',
        'vitess.plan_type': 'Scatter',
        'vitess.shard_queries': SHARDS.length,
      },
    });
    expect(Number(gate[0].attributes['vitess.rows'])).toBeGreaterThan(0);
    const calls = named(/^vtgate\.shard\./);
    const tablets = named(/^vttablet\./);
    const statements = named(/^mysql\.query$/);
    expect(spans).toHaveLength(1 + 3 * SHARDS.length);
    expect(calls.map((span) => span.attributes['vitess.shard']).sort()).toEqual(SHARDS);
    expect(calls.map((span) => span.parentSpanId)).toEqual(calls.map(() => gate[0].spanId));
    expect(parents(tablets)).toEqual(ids(calls));
    expect(parents(statements)).toEqual(ids(tablets));
    for (const tablet of tablets) {
      const call = calls.find((span) => span.spanId === tablet.parentSpanId);
      expect(tablet.attributes['vitess.shard']).toBe(call?.attributes['vitess.shard']);
    }
  }

  const ids = (spans: readonly CollectedSpan[]): string[] => spans.map((span) => span.spanId).sort();
  const parents = (spans: readonly CollectedSpan[]): string[] =>
    spans.map((span) => span.parentSpanId).sort();

  it('goes on from a comment of a MySQL client', async () => {
    const client = newContext();
    await db.query(`${scatter} /*traceparent='${formatTraceparent(client)}'*/`);
    checkTree(await collector.trace(client.traceId, 1 + 3 * SHARDS.length), client);
  });

  it('goes on from the metadata of a gRPC client', async () => {
    const client = newContext();
    const channel = createChannel(cluster.info.vtgate.grpc);
    try {
      const answer = await unary(
        channel,
        VitessService.execute,
        ExecuteRequest.fromPartial({
          query: { sql: scatter },
          session: { autocommit: true, targetString: 'customer' },
        }),
        { timeoutMs: 10_000, trace: client },
      );
      expect(answer.error).toBeUndefined();
    } finally {
      channel.close();
    }
    checkTree(await collector.trace(client.traceId, 1 + 3 * SHARDS.length), client);
  });

  it('reaches the text that mysqld gets when it is sampled, and only then', async () => {
    const tablet = cluster.info.tablets.find((t) => t.keyspace === 'customer')!;
    const dba = await MysqlConnection.connect({ socketPath: tablet.mysqlSocket, user: 'vt_dba' });
    try {
      await dba.query("set global log_output = 'TABLE'");
      await dba.query('set global general_log = 1');
      const sampled = newContext();
      const dropped = newContext(false);
      for (const context of [dropped, sampled]) {
        await db.query(`/*traceparent='${formatTraceparent(context)}'*/ ${scatter}`);
      }
      const spans = await collector.trace(sampled.traceId, 1 + 3 * SHARDS.length);
      await dba.query('set global general_log = 0');
      const { rows } = await dba.query(
        "select argument from mysql.general_log where argument like '%email%' and argument not like '%general_log%'",
      );
      const texts = rows.rows().map(([text]) => text!.toString());
      expect(texts).toHaveLength(2);
      expect(texts[0]).not.toContain('traceparent');
      const statement = spans.find((span) => texts[1].includes(span.spanId));
      expect(statement?.name).toBe('mysql.query');
      expect(texts[1]).toMatch(
        new RegExp(` /\\*traceparent='00-${sampled.traceId}-${statement?.spanId}-01'\\*/$`),
      );
      expect(collector.spans.filter((span) => span.traceId === dropped.traceId)).toEqual([]);
    } finally {
      await dba.close();
    }
  });

  it('counts what went to shards, and plans a text once whatever trace it belongs to', async () => {
    const before = await vars(cluster.info.vtgate.http);
    for (let i = 0; i < 100; i++) {
      await db.query(`${scatter} /*traceparent='${formatTraceparent(newContext())}'*/`);
    }
    const after = await vars(cluster.info.vtgate.http);
    const grown = (name: string): number =>
      after[name]['SELECT.Scatter.PRIMARY'] - (before[name]['SELECT.Scatter.PRIMARY'] ?? 0);
    expect([grown('QueryExecutions'), grown('QueryRoutes')]).toEqual([100, 100 * SHARDS.length]);
    expect(Number(after.QueryPlanCacheMisses) - Number(before.QueryPlanCacheMisses)).toBe(0);
    const tablet = cluster.info.tablets.find((t) => t.keyspace === 'customer')!;
    const counts = (await vars(tablet.http)).QueryCounts;
    expect((counts['customer.Select'] ?? 0) + (counts['customer.SelectStream'] ?? 0)).toBeGreaterThan(99);
  });
});

function vars(address: string): Promise<Record<string, Record<string, number>>> {
  return new Promise((resolve, reject) => {
    const call = request(`http://${address}/debug/vars`, { agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve(JSON.parse(body) as Record<string, Record<string, number>>));
    });
    call.on('error', reject);
    call.end();
  });
}
