import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Mysqld } from '@vitess-ts/mysqlctl';
import { MysqlConnection } from '@vitess-ts/mysql';
import type { StreamHealthResponse, Target } from '@vitess-ts/proto/query';
import { CellInfo, TabletType, type TabletAlias } from '@vitess-ts/proto/topodata';
import { TabletTransport, noConnection, type QueryService } from '@vitess-ts/queryservice';
import { silentLogger } from '@vitess-ts/servenv';
import { createTabletManagerClient, type TabletManagerClient } from '@vitess-ts/tmclient';
import { openTopo, type OpenedTopo } from '@vitess-ts/topo';
import { pauseProcess } from '@vitess-ts/testkit';
import { Code } from '@vitess-ts/vterrors';
import { externalMysql, managedMysql, type TabletMysql } from './tabletmanager/tablet-mysql';
import { failure, query, textRows, until } from './tabletserver/tablet-server.contract';
import { VtTablet } from './vttablet';
import type { VtTabletConfig } from './vttablet-config';

jest.setTimeout(60_000);
// Several tests hold a time limit that a machine which is busy for a moment misses: those are measured again.
jest.retryTimes(2, { logErrorsBeforeRetry: true });

let root: string;
let opened: OpenedTopo;
let manager: TabletManagerClient;
const mysqlds: Mysqld[] = [];
const tablets: VtTablet[] = [];
const signal = new AbortController().signal;
const alias = (uid: number): TabletAlias => ({ cell: 'zone1', uid });
const target = (tabletType: TabletType): Target => ({ keyspace: 'ks', shard: '0', cell: '', tabletType });

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function makeMysqld(uid: number, port?: number): Mysqld {
  const mysqld = new Mysqld({
    dir: join(root, `vt_${uid}`),
    cacheDir: join(tmpdir(), `vt-test-cache-${process.getuid?.() ?? 0}`),
    serverId: uid,
    durability: 'relaxed',
    readOnly: true,
    stopWithParent: true,
    port,
    replicationPassword: 'secret',
  });
  mysqlds.push(mysqld);
  return mysqld;
}

function make(uid: number, mysql: TabletMysql, more: Partial<VtTabletConfig> = {}): VtTablet {
  const tablet = new VtTablet({
    alias: alias(uid),
    keyspace: 'ks',
    shard: '0',
    grpcPort: 0,
    httpPort: 0,
    mysql,
    topo: opened.topo,
    replicationPassword: 'secret',
    log: silentLogger,
    limits: { shutdownGracePeriodMs: 0 },
    ...more,
  });
  tablets.push(tablet);
  return tablet;
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'vt-tablet-'));
  opened = await openTopo({ implementation: 'memory', address: '', root: '/vitess/global' });
  await opened.topo.createCellInfo('zone1', CellInfo.fromPartial({ root: '/vitess/zone1' }));
  manager = createTabletManagerClient({});
});

afterEach(async () => {
  for (const tablet of tablets.splice(0)) await tablet.stop();
  manager.close();
  for (const mysqld of mysqlds.splice(0)) await mysqld.shutdown();
  await opened.close();
  await rm(root, { recursive: true, force: true });
});

/** Follows a health stream and keeps its messages. */
function listen(service: QueryService): { messages: StreamHealthResponse[]; stop: () => Promise<void> } {
  const abort = new AbortController();
  const messages: StreamHealthResponse[] = [];
  const reading = (async () => {
    for await (const message of service.streamHealth({ signal: abort.signal })) messages.push(message);
  })().catch(() => undefined);
  return {
    messages,
    stop: async () => {
      abort.abort();
      await reading;
    },
  };
}

test('a new tablet joins the topology as a replica, becomes primary, and serves over gRPC', async () => {
  const tablet = make(100, managedMysql(makeMysqld(100), false));
  await tablet.start(signal);
  const record = await opened.topo.getTablet(alias(100));
  expect(record).toMatchObject({
    keyspace: 'ks',
    shard: '0',
    type: TabletType.REPLICA,
    hostname: 'localhost',
    portMap: { grpc: tablet.grpcPort, vt: tablet.httpPort },
  });
  const transport = new TabletTransport();
  const service = transport.connect(record);
  const health = listen(service);
  try {
    await until(() => health.messages.some((m) => m.serving && m.target?.tabletType === TabletType.REPLICA));
    expect(await failure(manager.setReadWrite(record, {}))).toMatchObject({ code: Code.FAILED_PRECONDITION });
    await manager.resetReplication(record, {});
    const { position } = await manager.initPrimary(record, { semiSync: false });
    expect(position).toBe('MariaDB/');
    await until(() => health.messages.some((m) => m.serving && m.target?.tabletType === TabletType.PRIMARY));
    const shard = await opened.topo.getShard('ks', '0');
    expect(shard.primaryAlias).toEqual(alias(100));
    expect(health.messages.at(-1)?.primaryTermStartTimestamp).toBe(shard.primaryTermStartTime?.seconds);

    const primary = target(TabletType.PRIMARY);
    await service.execute({}, primary, query('CREATE TABLE t (id INT PRIMARY KEY)'), noConnection);
    await service.execute({}, primary, query('INSERT INTO t VALUES (1)'), noConnection);
    expect(textRows(await service.execute({}, primary, query('SELECT * FROM t'), noConnection))).toEqual([
      ['1'],
    ]);
    const page = await fetch(`http://127.0.0.1:${tablet.httpPort}/debug/health`);
    expect([page.status, await page.text()]).toEqual([200, 'ok']);
    const vars = (await (await fetch(`http://127.0.0.1:${tablet.httpPort}/debug/vars`)).json()) as object;
    expect(vars).toMatchObject({ Queries: { TotalCount: 3 } });
  } finally {
    await health.stop();
    await service.close();
  }
});

test('a restarted primary is primary again, in the same term', async () => {
  const mysqld = makeMysqld(100);
  const first = make(100, managedMysql(mysqld, true));
  await first.start(signal);
  await manager.initPrimary(first.tablet, { semiSync: false });
  const term = first.state.state.primaryTermStart;
  tablets.splice(0);
  await first.stop();
  expect(await mysqld.isRunning()).toBe(true);
  const second = make(100, managedMysql(makeMysqld(100), false));
  await second.start(signal);
  expect(second.state.state).toMatchObject({
    serving: true,
    tabletType: TabletType.PRIMARY,
    primaryTermStart: term,
  });
  const result = await second.queryService.execute(
    {},
    target(TabletType.PRIMARY),
    query('CREATE TABLE t (id INT)'),
    noConnection,
  );
  expect(result.rowsAffected).toBe(0n);
});

test('mysqld going away is told within two seconds, and its return too', async () => {
  const mysqld = makeMysqld(100);
  const tablet = make(100, managedMysql(mysqld, false));
  await tablet.start(signal);
  const health = listen(tablet.queryService);
  await until(() => health.messages.some((m) => m.serving));
  const killedAt = Date.now();
  await pauseProcess(mysqld.processId as number);
  try {
    await until(() => health.messages.at(-1)?.serving === false);
    expect(Date.now() - killedAt).toBeLessThan(2000);
    expect(health.messages.at(-1)?.realtimeStats?.healthError).toMatch(/^mysqld does not answer: /);
    const refused = tablet.queryService.execute(
      {},
      target(TabletType.REPLICA),
      query('SELECT 1'),
      noConnection,
    );
    expect(await failure(refused)).toMatchObject({
      code: Code.CLUSTER_EVENT,
      message: 'operation not allowed in state NOT_SERVING',
    });
  } finally {
    process.kill(mysqld.processId as number, 'SIGCONT');
  }
  await until(() => health.messages.at(-1)?.serving === true);
  await health.stop();
});

test('statements that wait for a mysqld that hangs end, and the same mysqld serves on', async () => {
  const mysqld = makeMysqld(100);
  const tablet = make(100, managedMysql(mysqld, false), { mysqldHungAfterMs: 1000 });
  await tablet.start(signal);
  const target_ = target(TabletType.REPLICA);
  const run = () => tablet.queryService.execute({}, target_, query('SELECT 1'), noConnection);
  const stream = async () => {
    const rows = tablet.queryService.streamExecute({}, target_, query('SELECT 1'), noConnection);
    for await (const _ of rows) continue;
  };
  await Promise.all([run(), stream()]);
  const pid = mysqld.processId as number;
  await pauseProcess(pid);
  try {
    const began = Date.now();
    const errors = await Promise.all([failure(run()), failure(stream())]);
    expect(errors).toMatchObject([{ errno: 2013 }, { errno: 2013 }]);
    expect(Date.now() - began).toBeLessThan(5000);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await until(() => tablet.state.state.serving);
  await Promise.all([run(), stream()]);
  expect(mysqld.processId).toBe(pid);
});

test('a mysqld that died is started again, with what was committed', async () => {
  const mysqld = makeMysqld(100);
  const tablet = make(100, managedMysql(mysqld, false));
  await tablet.start(signal);
  await manager.initPrimary(tablet.tablet, { semiSync: false });
  const run = (sql: string) =>
    tablet.queryService.execute({}, target(TabletType.PRIMARY), query(sql), noConnection);
  await run('CREATE TABLE t (id INT PRIMARY KEY)');
  await run('INSERT INTO t VALUES (1)');
  const before = mysqld.processId as number;
  process.kill(before, 'SIGKILL');
  await until(() => !tablet.state.state.serving);
  await until(() => tablet.state.state.serving);
  expect(mysqld.processId).not.toBe(before);
  await run('INSERT INTO t VALUES (2)');
  expect(textRows(await run('SELECT COUNT(*) FROM t'))).toEqual([['2']]);
});

test('a DDL that comes another way is told within a second', async () => {
  const mysqld = makeMysqld(100);
  const tablet = make(100, managedMysql(mysqld, false));
  await tablet.start(signal);
  const health = listen(tablet.queryService);
  await until(() => health.messages.length > 0);
  await mysqld.withDba(async (c) => {
    await c.query('CREATE TABLE vt_ks.direct (id INT PRIMARY KEY, v INT)');
  });
  const told = (name: string) => () =>
    health.messages.some((m) => m.realtimeStats?.tableSchemaChanged.includes(name));
  let began = Date.now();
  await until(told('direct'));
  expect(Date.now() - began).toBeLessThan(1000);
  health.messages.splice(0);
  // An instant change: InnoDB writes next to nothing.
  await mysqld.withDba((c) => c.query('ALTER TABLE vt_ks.direct ALTER v SET DEFAULT 5'));
  began = Date.now();
  await until(told('direct'));
  expect(Date.now() - began).toBeLessThan(1000);
  await health.stop();
});

test('a replica follows its primary, lags visibly when it stops, and takes over', async () => {
  const ports = [await freePort(), await freePort()];
  const [one, two] = [100, 101].map((uid, i) =>
    make(uid, managedMysql(makeMysqld(uid, ports[i]), false), {
      mysqlHostname: '127.0.0.1',
      mysqlPort: ports[i],
    }),
  );
  await Promise.all([one.start(signal), two.start(signal)]);
  const [primary, replica] = [one.tablet, two.tablet];
  await manager.resetReplication(primary, {});
  await manager.resetReplication(replica, {});
  const { position } = await manager.initPrimary(primary, { semiSync: false });
  const timeCreatedNs = BigInt(Date.now()) * 1_000_000n;
  await Promise.all([
    manager.initReplica(replica, {
      parent: primary.alias,
      replicationPosition: position,
      timeCreatedNs,
      semiSync: false,
    }),
    manager.populateReparentJournal(primary, {
      timeCreatedNs,
      actionName: 'test',
      primaryAlias: primary.alias,
      replicationPosition: position,
    }),
  ]);
  const write = (tablet: VtTablet, sql: string) =>
    tablet.queryService.execute({}, target(TabletType.PRIMARY), query(sql), noConnection);
  const read = async (tablet: VtTablet, type: TabletType) =>
    textRows(await tablet.queryService.execute({}, target(type), query('SELECT * FROM t'), noConnection));
  const health = listen(two.queryService);
  await write(one, 'CREATE TABLE t (id INT PRIMARY KEY)');
  await write(one, 'INSERT INTO t VALUES (1)');
  await until(() => health.messages.some((m) => m.realtimeStats?.tableSchemaChanged.includes('t')));
  await until(async () => (await read(two, TabletType.REPLICA)).length === 1);
  const direct = await MysqlConnection.connect({ ...mysqlds[1].appConnectionParams(), database: 'vt_ks' });
  expect(await failure(direct.query('INSERT INTO t VALUES (9)'))).toMatchObject({ errno: 1290 });
  await direct.close();
  expect((await manager.replicationStatus(replica, {})).status).toMatchObject({ ioState: 3, sqlState: 3 });
  await manager.stopReplication(replica, {});
  await until(() => (health.messages.at(-1)?.realtimeStats?.replicationLagSeconds ?? 0) >= 2);
  await manager.startReplication(replica, { semiSync: false });
  await until(() => health.messages.at(-1)?.realtimeStats?.replicationLagSeconds === 0);

  const { primaryStatus } = await manager.demotePrimary(primary, { force: false });
  expect(await failure(write(one, 'INSERT INTO t VALUES (2)'))).toMatchObject({ code: Code.CLUSTER_EVENT });
  await manager.waitForPosition(replica, { position: primaryStatus?.position ?? '' });
  await manager.promoteReplica(replica, { semiSync: false });
  await manager.setReplicationSource(primary, {
    parent: replica.alias,
    timeCreatedNs: 0n,
    forceStartReplication: true,
    waitPosition: '',
    semiSync: false,
    heartbeatInterval: 0,
  });
  await write(two, 'INSERT INTO t VALUES (3)');
  await until(async () => (await read(one, TabletType.REPLICA)).length === 2);
  expect((await opened.topo.getShard('ks', '0')).primaryAlias).toEqual(replica.alias);
  await health.stop();
});

test('schema RPCs: definitions, changes as dba, and fetches', async () => {
  const tablet = make(100, managedMysql(makeMysqld(100), false), { hookDir: root });
  await tablet.start(signal);
  const record = tablet.tablet;
  await manager.initPrimary(record, { semiSync: false });
  const change = {
    sql: 'CREATE TABLE a (id INT PRIMARY KEY); CREATE VIEW v AS SELECT id FROM a',
    force: false,
    allowReplication: true,
    beforeSchema: undefined,
    afterSchema: undefined,
    sqlMode: '',
    batchSize: 0n,
    disableForeignKeyChecks: false,
  };
  const { beforeSchema, afterSchema } = await manager.applySchema(record, change);
  expect(beforeSchema?.tableDefinitions).toEqual([]);
  expect(afterSchema?.tableDefinitions.map((t) => [t.name, t.type])).toEqual([
    ['a', 'BASE TABLE'],
    ['v', 'VIEW'],
  ]);
  expect(tablet.queryService.schema.table('a')).toBeDefined();
  expect(await manager.applySchema(record, { ...change, beforeSchema, afterSchema })).toMatchObject({
    beforeSchema: afterSchema,
  });
  expect(await failure(manager.applySchema(record, { ...change, beforeSchema }))).toMatchObject({
    code: Code.FAILED_PRECONDITION,
    message: 'before schema is not as expected: table a is not expected',
  });
  const request = { tables: ['/^a/'], includeViews: true, excludeTables: [], tableSchemaOnly: false };
  const { schemaDefinition } = await manager.getSchema(record, request);
  expect(schemaDefinition).toMatchObject({
    databaseSchema: expect.stringContaining('`{{.DatabaseName}}`'),
    tableDefinitions: [{ name: 'a', columns: ['id'], primaryKeyColumns: ['id'], fields: [{ name: 'id' }] }],
  });
  const fetch = {
    dbName: '',
    maxRows: 10n,
    disableBinlogs: false,
    reloadSchema: false,
    disableForeignKeyChecks: false,
  };
  const { result } = await manager.executeFetchAsDba(record, {
    ...fetch,
    query: Buffer.from('SELECT DATABASE(), CURRENT_USER()'),
  });
  expect(result?.rows[0].values.toString()).toBe('vt_ksvt_dba@localhost');
  await manager.executeFetchAsDba(record, { ...fetch, query: Buffer.from('DROP VIEW v') });
  expect(tablet.queryService.schema.table('v')).toBeUndefined();
  const two = Buffer.from('SELECT 1; SELECT 2');
  expect(await failure(manager.executeFetchAsDba(record, { ...fetch, query: two }))).toMatchObject({
    code: Code.INVALID_ARGUMENT,
  });
  expect((await manager.executeMultiFetchAsDba(record, { ...fetch, sql: two })).results).toHaveLength(2);

  const { permissions } = await manager.getPermissions(record, {});
  const dba = permissions?.userPermissions.find(({ user }) => user === 'vt_dba');
  expect(dba).toMatchObject({ host: 'localhost', privileges: { select_priv: 'Y' } });
  expect(Object.keys(dba?.privileges ?? {})).not.toContain('authentication_string');
  const tags = await manager.changeTags(record, { tags: { rack: 'a', gone: '' }, replace: false });
  expect(tags).toEqual({ tags: { rack: 'a' } });
  await manager.sleep(record, { duration: 1_000_000n });
  const hook = (name: string) =>
    manager.executeHook(record, { name, parameters: ['x'], extraEnv: { V: 'y' } });
  expect(await hook('none')).toMatchObject({ exitStatus: 1_000_001n, stdout: '' });
  await writeFile(join(root, 'hello'), '#!/bin/sh\necho "$1 $V $TABLET_ALIAS"; echo odd >&2; exit 3\n', {
    mode: 0o700,
  });
  expect(await hook('hello')).toEqual({ exitStatus: 3n, stdout: 'x y zone1-0000000100\n', stderr: 'odd\n' });
  expect(await failure(hook('../hello'))).toMatchObject({ code: Code.INVALID_ARGUMENT });
});

test('a server without row binlog is not served, unless that is allowed for one that is not managed', async () => {
  const mysqld = makeMysqld(100);
  await mysqld.start();
  await mysqld.withDba(async (c) => {
    await c.query('CREATE DATABASE vt_ks');
    await c.query("SET GLOBAL binlog_format = 'MIXED'");
    await c.query('SET GLOBAL read_only = 0');
  });
  const outside = externalMysql(mysqld.appConnectionParams(), mysqld.dbaConnectionParams());
  const strict = make(100, outside);
  await strict.start(signal);
  expect(strict.state.state).toMatchObject({
    serving: false,
    reason: 'binlog_format is MIXED, not ROW: set it and restart the tablet',
  });
  await strict.stop();
  const lax = make(100, outside, { allowUnsafeBinlog: true });
  await lax.start(signal);
  expect(lax.state.state.serving).toBe(true);
  expect(await failure(manager.resetReplication(lax.tablet, {}))).toMatchObject({
    code: Code.FAILED_PRECONDITION,
  });
});

test('a demoted primary ends its transactions and their ids', async () => {
  const tablet = make(100, managedMysql(makeMysqld(100), false));
  await tablet.start(signal);
  await manager.initPrimary(tablet.tablet, { semiSync: false });
  const primary = target(TabletType.PRIMARY);
  await tablet.queryService.execute({}, primary, query('CREATE TABLE t (id INT PRIMARY KEY)'), noConnection);
  const opened = await tablet.queryService.beginExecute(
    {},
    primary,
    [],
    query('INSERT INTO t VALUES (1)'),
    0n,
  );
  await manager.changeType(tablet.tablet, { tabletType: TabletType.REPLICA, semiSync: false });
  const replica = target(TabletType.REPLICA);
  expect(await failure(tablet.queryService.commit({}, primary, opened.transactionId))).toMatchObject({
    code: Code.CLUSTER_EVENT,
  });
  const rows = await tablet.queryService.execute({}, replica, query('SELECT * FROM t'), noConnection);
  expect(textRows(rows)).toEqual([]);
  expect(await opened.transactionId).not.toBe(0n);
});
