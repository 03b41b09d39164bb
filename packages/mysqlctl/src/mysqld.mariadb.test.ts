import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MysqlConnection } from '@vitess-ts/mysql';
import { freePort } from '@vitess-ts/testkit';
import { Mysqld } from './mysqld';
import type { MysqldOptions } from './options';
import { isProcessAlive } from './os-process';

let root: string;
let cacheDir: string;
const started: Mysqld[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vt-mysqlctl-'));
  cacheDir = join(tmpdir(), `vt-test-cache-${process.getuid?.() ?? 0}`);
});

afterEach(async () => {
  for (const mysqld of started.splice(0)) await mysqld.shutdown();
});

afterAll(() => rm(root, { recursive: true, force: true }));

function make(name: string, more: Partial<MysqldOptions> = {}): Mysqld {
  const mysqld = new Mysqld({ dir: join(root, name), cacheDir, serverId: 7, durability: 'relaxed', ...more });
  started.push(mysqld);
  return mysqld;
}

async function value(connection: MysqlConnection, sql: string): Promise<string | undefined> {
  return (await connection.query(sql)).rows.value(0, 0)?.toString();
}

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 20_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen in time`);
    await delay(20);
  }
}

test('init copies the prepared directory, start gives a configured server, shutdown ends it', async () => {
  const mysqld = make('one');
  await mysqld.init();
  await rm(join(root, 'one'), { recursive: true, force: true });
  const before = Date.now();
  await mysqld.init();
  expect(Date.now() - before).toBeLessThan(3_000);
  expect(await mysqld.isRunning()).toBe(false);
  await mysqld.start();
  expect(await mysqld.isRunning()).toBe(true);
  expect(await mysqld.version()).toMatch(/^10\.|^1[1-9]\./);
  const pid = mysqld.processId!;
  await mysqld.withDba(async (connection) => {
    expect(await value(connection, 'SELECT @@server_id')).toBe('7');
    expect(await value(connection, 'SELECT @@binlog_format')).toBe('ROW');
    expect(await value(connection, 'SELECT @@gtid_strict_mode')).toBe('1');
    expect(await value(connection, 'SELECT @@skip_networking')).toBe('1');
    expect(await value(connection, 'SELECT @@innodb_lock_wait_timeout')).toBe('5');
    const users = await connection.query('SELECT User FROM mysql.global_priv ORDER BY User');
    expect(users.rows.rows().map((row) => String(row[0]))).toEqual([
      'mariadb.sys',
      'vt_allprivs',
      'vt_app',
      'vt_dba',
      'vt_filtered',
    ]);
  });
  await mysqld.shutdown();
  expect(isProcessAlive(pid)).toBe(false);
  expect(await mysqld.isRunning()).toBe(false);
});

test('only vt_dba writes while the server is read-only', async () => {
  const mysqld = make('read-only');
  await mysqld.start();
  await mysqld.withDba(async (dba) => {
    await dba.query('CREATE DATABASE d');
    await dba.query('CREATE TABLE d.t (id INT PRIMARY KEY)');
    await mysqld.flavor.setReadOnly(dba, true);
    expect(await mysqld.flavor.isReadOnly(dba)).toBe(true);
    await dba.query('INSERT INTO d.t VALUES (1)');
    for (const params of [
      mysqld.appConnectionParams(),
      mysqld.allPrivsConnectionParams(),
      mysqld.filteredConnectionParams(),
    ]) {
      const connection = await MysqlConnection.connect(params);
      await expect(connection.query('INSERT INTO d.t VALUES (2)')).rejects.toMatchObject({ errno: 1290 });
      await connection.close();
    }
    await mysqld.flavor.setReadOnly(dba, false);
    const app = await MysqlConnection.connect(mysqld.appConnectionParams());
    expect((await app.query('INSERT INTO d.t VALUES (2)')).rowsAffected).toBe(1n);
    await app.close();
  });
});

test('a server whose starter is gone is taken over with its data, and a killed one is started again', async () => {
  const first = make('adopted');
  await first.start();
  const pid = first.processId!;
  await first.withDba((dba) => dba.query('CREATE DATABASE kept'));

  const second = make('adopted');
  expect(await second.isRunning()).toBe(true);
  await second.start();
  expect(second.processId).toBe(pid);
  await second.withDba((dba) => dba.query('CREATE TABLE kept.t (id INT PRIMARY KEY)'));
  await second.kill();
  expect(isProcessAlive(pid)).toBe(false);

  const third = make('adopted');
  expect(await third.adopt()).toBe(false);
  await third.start();
  expect(third.processId).not.toBe(pid);
  await third.withDba(async (dba) => {
    expect((await dba.query('SELECT * FROM kept.t')).rows.length).toBe(0);
  });
});

test('with stopWithParent the server ends when its starter is killed', async () => {
  const dir = join(root, 'with-parent');
  make('with-parent');
  const program = `
    require(${JSON.stringify(require.resolve('../../../tools/dev/swc-register.cjs'))});
    const { Mysqld } = require(${JSON.stringify(join(__dirname, 'mysqld.ts'))});
    new Mysqld(${JSON.stringify({ dir, cacheDir, serverId: 1, stopWithParent: true })}).start()
      .then(() => process.stdout.write('up\\n'), (error) => { console.error(error); process.exit(1); });
    setInterval(() => {}, 1000);
  `;
  const child = spawn(process.execPath, ['--conditions=@vitess-ts/source', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: join(__dirname, '../../..'),
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`starter ended with ${code}`)));
  });
  const pid = Number.parseInt(await readFile(join(dir, 'mysqld.pid'), 'latin1'), 10);
  expect(isProcessAlive(pid)).toBe(true);
  child.kill('SIGKILL');
  await until('the end of mysqld', () => !isProcessAlive(pid));
});

test('a replica follows, reports its state and stops', async () => {
  const port = await freePort();
  const password = "se'cr\\et";
  const primary = make('primary', { port, replicationPassword: password });
  const replica = make('replica', { serverId: 8, readOnly: true });
  await primary.start();
  await replica.start();
  const primaryDba = await primary.connectDba();
  const replicaDba = await replica.connectDba();
  await primaryDba.query('CREATE DATABASE d');
  expect(await replica.flavor.replicationStatus(replicaDba)).toBeNull();
  await replica.flavor.startReplication(replicaDba, { host: '127.0.0.1', port, user: 'vt_repl', password });
  await primaryDba.query('CREATE TABLE d.t (id INT PRIMARY KEY)');
  await primaryDba.query('INSERT INTO d.t VALUES (1), (2)');
  const position = await primary.flavor.primaryPosition(primaryDba);
  expect(position).toMatch(/^MariaDB\/0-7-\d+$/);
  expect(await replica.flavor.waitForPosition(replicaDba, position, 10_000)).toBe(true);
  expect((await replicaDba.query('SELECT * FROM d.t')).rows.length).toBe(2);
  const status = await replica.flavor.replicationStatus(replicaDba);
  expect(status).toMatchObject({ io: 'running', sql: 'running', lagSeconds: 0, sourcePort: port, position });
  expect(await replica.flavor.waitForPosition(replicaDba, 'MariaDB/0-7-1000', 100)).toBe(false);
  await expect(replica.flavor.waitForPosition(replicaDba, 'MySQL56/x:1', 100)).rejects.toMatchObject({
    code: 3,
  });
  await replica.flavor.stopReplication(replicaDba);
  expect(await replica.flavor.replicationStatus(replicaDba)).toMatchObject({
    io: 'stopped',
    sql: 'stopped',
    lagSeconds: null,
  });
  await replica.flavor.resetReplication(replicaDba);
  expect(await replica.flavor.replicationStatus(replicaDba)).toBeNull();
  await primaryDba.close();
  await replicaDba.close();
});

test('what is missing or wrong is named', async () => {
  const bad = make('bad-setting', { settings: { 'no-such-setting': '1' } });
  await expect(bad.start()).rejects.toMatchObject({
    code: 9,
    message: expect.stringContaining('no-such-setting'),
  });
  expect(await bad.isRunning()).toBe(false);
  expect(() => bad.dbaConnectionParams()).toThrow('not running');
});
