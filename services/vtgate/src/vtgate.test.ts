import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SrvKeyspace, Tablet, TabletType } from '@vitess-ts/proto/topodata';
import {
  GetSchemaResponse,
  StreamHealthResponse,
  type SchemaTableType,
  type Target,
} from '@vitess-ts/proto/query';
import { SrvVSchema } from '@vitess-ts/proto/vschema';
import { Session as ProtoSession } from '@vitess-ts/proto/vtgate';
import { VitessService } from '@vitess-ts/proto/vtgateservice';
import {
  LocalTablets,
  type BoundQuery,
  type CallContext,
  type ConnectionIds,
  type OpenedResult,
  type QueryService,
} from '@vitess-ts/queryservice';
import { createChannel, silentLogger, unary } from '@vitess-ts/servenv';
import { RowBatch, Type, emptyResult, makeField, type Result } from '@vitess-ts/sqltypes';
import { defaultKeyspace, openTopo, type OpenedTopo } from '@vitess-ts/topo';
import { Code, SqlError } from '@vitess-ts/vterrors';
import * as mysql2 from 'mysql2/promise';
import { VtGate, type GateAddresses, type VtGateConfig } from './vtgate';

/** A tablet of one table that answers every SELECT with its name, and keeps the transactions that it was asked for. */
class EchoTablet {
  readonly seen: string[] = [];
  readonly open = new Set<bigint>();
  private lastId = 0n;

  constructor(private readonly alias: { cell: string; uid: number }) {}

  get service(): QueryService {
    return this as unknown as QueryService;
  }

  async execute(_ctx: CallContext, target: Target, query: BoundQuery, _ids: ConnectionIds): Promise<Result> {
    this.seen.push(query.sql);
    await Promise.resolve();
    if (query.sql.includes('@@version')) return rows(['10.11.6-MariaDB-test', 'Debian']);
    if (query.sql.includes('nope'))
      throw new SqlError(1146, '42S02', "Table 'vt_commerce.nope' doesn't exist");
    return rows([`${target.keyspace}/${target.shard}`]);
  }

  async *streamExecute(
    ctx: CallContext,
    target: Target,
    query: BoundQuery,
    ids: ConnectionIds,
  ): AsyncIterable<Result> {
    yield await this.execute(ctx, target, query, ids);
  }

  async beginExecute(
    ctx: CallContext,
    target: Target,
    _preQueries: readonly string[],
    query: BoundQuery,
  ): Promise<OpenedResult> {
    const result = await this.execute(ctx, target, query, { transactionId: 0n, reservedId: 0n });
    this.open.add(++this.lastId);
    return {
      transactionId: this.lastId,
      reservedId: 0n,
      tabletAlias: this.alias,
      sessionStateChanges: '',
      result,
    };
  }

  async rollback(_ctx: CallContext, _target: Target, id: bigint): Promise<bigint> {
    await Promise.resolve();
    this.open.delete(id);
    return 0n;
  }

  async *getSchema(
    _ctx: CallContext,
    _target: Target,
    _type: SchemaTableType,
    _names: readonly string[],
  ): AsyncIterable<GetSchemaResponse> {
    yield GetSchemaResponse.fromPartial({
      tableDefinition: { product: '' },
      tables: { product: { columns: [{ name: 'sku', type: Type.VARCHAR, columnType: 'varchar(20)' }] } },
    });
  }

  async *streamHealth(ctx: CallContext): AsyncIterable<StreamHealthResponse> {
    yield StreamHealthResponse.fromPartial({
      target: { keyspace: 'commerce', shard: '0', tabletType: TabletType.PRIMARY },
      tabletAlias: this.alias,
      serving: true,
      primaryTermStartTimestamp: 1n,
    });
    await new Promise((resolve) => ctx.signal?.addEventListener('abort', resolve, { once: true }));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function rows(values: string[]): Result {
  const fields = values.map((_, i) =>
    makeField(`c${i}`, Type.VARCHAR, { database: 'vt_commerce', charset: 45 }),
  );
  return emptyResult({ fields, rows: RowBatch.from(values.length, [values.map((v) => Buffer.from(v))]) });
}

const alias = { cell: 'zone1', uid: 100 };

describe('VtGate', () => {
  let opened: OpenedTopo;
  let tablet: EchoTablet;
  let gate: VtGate;
  let config: VtGateConfig;

  beforeEach(async () => {
    opened = await openTopo({ implementation: 'memory', address: '', root: '/vitess/global' });
    const { topo } = opened;
    await topo.createCellInfo('zone1', { serverAddress: '', root: '/vitess/zone1' });
    await topo.createKeyspace('commerce', defaultKeyspace());
    await topo.createShard('commerce', '0');
    await topo.createTablet(
      Tablet.fromPartial({
        alias,
        hostname: 'localhost',
        portMap: { grpc: 1 },
        keyspace: 'commerce',
        shard: '0',
        type: TabletType.PRIMARY,
      }),
    );
    const partition = { servedType: TabletType.PRIMARY, shardReferences: [{ name: '0' }] };
    await topo.updateSrvKeyspace('zone1', 'commerce', SrvKeyspace.fromPartial({ partitions: [partition] }));
    await topo.updateSrvVSchema('zone1', SrvVSchema.fromPartial({ keyspaces: { commerce: {} } }));
    tablet = new EchoTablet(alias);
    const localTablets = new LocalTablets();
    localTablets.add(alias, tablet.service);
    gate = new VtGate();
    config = {
      cell: 'zone1',
      topo,
      localTablets,
      log: silentLogger,
      mysql: { port: 0 },
      grpc: { port: 0 },
      http: { port: 0 },
    };
  });

  afterEach(async () => {
    await gate.stop(100);
    await opened.close();
  });

  const connect = ({ mysqlPort }: GateAddresses): Promise<mysql2.Connection> =>
    mysql2.createConnection({ host: '127.0.0.1', port: mysqlPort, user: 'app', database: 'commerce' });

  it('serves the tablets to MySQL clients, as what their server is', async () => {
    const client = await connect(await gate.start(config));
    const [[row]] = await client.query<mysql2.RowDataPacket[]>('select sku from product');
    expect(row).toEqual({ c0: 'commerce/0' });
    const version = (client as unknown as { connection: { _handshakePacket?: { serverVersion: string } } })
      .connection;
    expect(version._handshakePacket?.serverVersion).toBe('10.11.6-MariaDB-test');
    await expect(client.query('select * from nope')).rejects.toMatchObject({
      errno: 1146,
      message: "Table 'commerce.nope' doesn't exist",
    });
    await client.end();
  });

  it('serves them to gRPC clients', async () => {
    const { grpcPort } = await gate.start(config);
    const channel = createChannel(`127.0.0.1:${grpcPort}`);
    const response = await unary(channel, VitessService.execute, {
      callerId: undefined,
      session: ProtoSession.fromPartial({ targetString: 'commerce', autocommit: true }),
      query: { sql: 'select sku from product', bindVariables: {} },
      prepared: false,
    });
    channel.close();
    expect(response.error).toBeUndefined();
    expect(response.result?.rows.map((r) => r.values.toString())).toEqual(['commerce/0']);
  });

  it('rolls back what is open when it stops', async () => {
    const client = await connect(await gate.start(config));
    client.on('error', () => undefined);
    await client.query('begin');
    await client.query('select sku from product');
    expect(tablet.open.size).toBe(1);
    await gate.stop(20);
    expect(tablet.open.size).toBe(0);
  });

  it('shows its health, counts, vschema and tablets to operators', async () => {
    const addresses = await gate.start(config);
    const client = await connect(addresses);
    await client.query('select sku from product');
    await client.query('select sku from product');
    const page = (path: string): Promise<{ status: number; body: string }> => get(addresses.httpPort!, path);
    expect(await page('/debug/health')).toEqual({ status: 200, body: 'ok' });
    const vars = JSON.parse((await page('/debug/vars')).body) as Record<string, unknown>;
    expect(vars).toMatchObject({ QueriesProcessed: 2, QueryPlanCacheHits: 1, QueryPlanCacheMisses: 1 });
    expect((await page('/metrics')).body).toContain('vtgate_queries_processed 2');
    expect(JSON.parse((await page('/debug/vschema')).body)).toMatchObject({
      keyspaces: { commerce: { tables: { product: { columns: [{ name: 'sku' }] } } } },
    });
    expect(JSON.parse((await page('/debug/gateway')).body)).toEqual([
      expect.objectContaining({ alias: 'zone1-0000000100', target: 'commerce/0/PRIMARY', state: 'SERVING' }),
    ]);
    expect(JSON.parse((await page('/debug/query_plans')).body)).toMatchObject({ size: 1 });
    gate.lameduck();
    expect(await page('/debug/health')).toEqual({ status: 503, body: 'lameduck' });
    await client.end();
  });

  it('logs to a file what passes the filter, once, and streams it to who asks', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'vtgate-'));
    const file = join(dir, 'queries.log');
    try {
      const queryLog = { file, format: 'json' as const, redact: false, filter: { tag: 'SLOW' } };
      const addresses = await gate.start({ ...config, queryLog });
      const client = await connect(addresses);
      const stream = get(addresses.httpPort!, '/debug/querylog?limit=1');
      await client.query('select sku from product');
      await client.query('select sku from product /* SLOW */');
      // The stream may have begun to listen only now.
      let streamed: string | undefined;
      void stream.then(({ body }) => (streamed = body));
      const deadline = Date.now() + 10_000;
      while (streamed === undefined && Date.now() < deadline) await client.query('select 1 /* SLOW */');
      expect(JSON.parse((await stream).body)).toMatchObject({ StmtType: 'SELECT' });
      await client.end();
      await gate.stop();
      const lines = (await readFile(file, 'utf8')).trim().split('\n');
      const records = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(records.filter((r) => String(r.SQL).includes('product'))).toMatchObject([
        {
          SQL: 'select sku from product /* SLOW */',
          ShardQueries: 1,
          RowsReturned: 1,
          'Cached Plan': true,
          TablesUsed: ['commerce.product'],
          PlanType: 'Passthrough',
        },
      ]);
    } finally {
      await rm(dir, { recursive: true });
    }
  });

  it('starts without tablets, and serves them when they come', async () => {
    const localTablets = new LocalTablets();
    const limits = { initialTabletWaitMs: 10, tabletWaitMs: 5000 };
    const addresses = await gate.start({ ...config, localTablets, limits });
    const client = await connect(addresses);
    const waiting = client.query<mysql2.RowDataPacket[]>('select sku from product');
    localTablets.add(alias, tablet.service);
    const [[row]] = await waiting;
    expect(row).toEqual({ c0: 'commerce/0' });
    await client.end();
  });

  it('does not let everybody in from everywhere', async () => {
    const start = gate.start({ ...config, mysql: { host: '0.0.0.0', port: 0 } });
    await expect(start).rejects.toMatchObject({ code: Code.INVALID_ARGUMENT });
  });

  it('frees what it has when an address is taken', async () => {
    const { mysqlPort } = await gate.start(config);
    const second = new VtGate();
    await expect(second.start({ ...config, mysql: { port: mysqlPort } })).rejects.toMatchObject({
      code: Code.UNAVAILABLE,
    });
    await second.stop();
  });
});

function get(port: number, path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const call = request({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    call.on('error', reject);
    call.end();
  });
}
