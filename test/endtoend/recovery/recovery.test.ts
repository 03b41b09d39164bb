import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MysqlConnection } from '@vitess-ts/mysql';
import { LocalCluster, SteadyLoad, pauseProcess, type ClusterInfo } from '@vitess-ts/testkit';

const PORT_BASE = 3_000;

async function until(deadlineMs: number, what: string, probe: () => Promise<boolean>): Promise<void> {
  const startMs = performance.now();
  let last: unknown;
  for (;;) {
    try {
      if (await probe()) return;
    } catch (error) {
      last = error;
    }
    if (performance.now() - startMs > deadlineMs) {
      throw new Error(`${what}: not within ${deadlineMs} ms`, { cause: last });
    }
    await delay(20);
  }
}

async function schemaDir(root: string): Promise<string> {
  const dir = join(root, 'schema', 'ks');
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'schema.sql'), 'create table t (id bigint primary key, v varchar(40));\n');
  const hash = { column_vindexes: [{ column: 'id', name: 'hash' }] };
  const vschema = { sharded: true, vindexes: { hash: { type: 'hash' } }, tables: { t: hash } };
  await writeFile(join(dir, 'vschema.json'), JSON.stringify(vschema));
  return join(root, 'schema');
}

describe.each([
  { mode: 'one process', args: [] as string[] },
  { mode: 'a process for each service', args: ['--processes', '--topo', 'file'] },
])('recovery, $mode', ({ args }) => {
  jest.setTimeout(120_000);
  const processes = args.includes('--processes');
  let root: string;
  let cluster: LocalCluster;
  /** hash(1) = 166b.. lies on -80. */
  let primary: ClusterInfo['tablets'][0];

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'vtx-'));
    const schema = ['--keyspaces', 'ks', '--num-shards', '2', '--schema-dir', await schemaDir(root)];
    cluster = await LocalCluster.start({
      portBase: PORT_BASE,
      dataDir: join(root, 'data'),
      args: [...schema, ...args],
    });
    primary = cluster.info.tablets.find((t) => t.shard === '-80')!;
    await withDb((db) => db.query("insert into t (id, v) values (1, 'first'), (4, 'first')"));
  });

  afterAll(async () => {
    await cluster?.stop();
    await rm(root, { recursive: true, force: true });
  });

  async function withDb<T>(task: (db: MysqlConnection) => Promise<T>, target = 'ks'): Promise<T> {
    const db = await cluster.connect(target);
    try {
      return await task(db);
    } finally {
      db.destroy();
    }
  }

  const valueOf = (id: number): Promise<string | undefined> =>
    withDb(async (db) => {
      const { rows } = await db.query(`select v from t where id = ${id}`);
      return rows.length === 0 ? undefined : rows.value(0, 0)?.toString();
    });

  async function failure(
    promise: Promise<unknown>,
  ): Promise<{ errno: number; sqlstate: string; message: string }> {
    return promise.then(
      () => {
        throw new Error('it was expected to fail');
      },
      (error: { errno: number; sqlstate: string; message: string }) => error,
    );
  }

  /** From the tablet's own directory, which is never behind. */
  async function mysqld(): Promise<{ pid: number; socketPath: string }> {
    const file = join(cluster.dataDir, 'tablets', primary.alias, 'mysqld.json');
    return JSON.parse(await readFile(file, 'utf8')) as { pid: number; socketPath: string };
  }

  async function killMysqld(): Promise<void> {
    process.kill((await mysqld()).pid, 'SIGKILL');
  }

  /** A server that answers on behalf of the tablet, beside the gate. */
  async function onMysqld(): Promise<MysqlConnection> {
    const { socketPath } = await mysqld();
    return MysqlConnection.connect({ socketPath, user: 'vt_dba', database: 'vt_ks' });
  }

  /** The tablet's row of SHOW VITESS_TABLETS: type, state and start of its term. */
  const stateOf = (alias: string): Promise<string> =>
    withDb(async (db) => {
      const all = (await db.query('show vitess_tablets')).rows.rows().map((row) => row.map(String));
      const row = all.find((r) => r[5] === alias);
      return row === undefined ? 'unknown' : [row[3], row[4], row[7]].join(' ');
    });

  const untilWritable = (id: number, value: string): Promise<void> =>
    until(30_000, 'the primary takes writes', async () => {
      await withDb((db) => db.query(`update t set v = '${value}' where id = ${id}`));
      return (await valueOf(id)) === value;
    });

  test('a primary whose mysqld is killed is writable again in the same term, with what was committed', async () => {
    const before = await stateOf(primary.alias);
    const { pid } = await mysqld();
    await withDb((db) => db.query("insert into t (id, v) values (2, 'committed')"));
    await killMysqld();
    await untilWritable(1, 'after the crash');
    expect((await mysqld()).pid).not.toBe(pid);
    expect(await valueOf(2)).toBe('committed');
    expect(await stateOf(primary.alias)).toBe(before);
    await until(20_000, 'the new pid in the state file', async () => {
      const { tablets } = await cluster.refreshInfo();
      return tablets.find((t) => t.alias === primary.alias)!.mysqldPid === (await mysqld()).pid;
    });
  });

  test('a write in flight ends with an unknown outcome, a read as lost, and both at once', async () => {
    const holder = await onMysqld();
    await holder.query('begin');
    await holder.query('select * from t where id = 1 for update');
    const [writer, reader] = [await cluster.connect('ks'), await cluster.connect('ks')];
    const writing = failure(writer.query("update t set v = 'in flight' where id = 1"));
    const reading = failure(reader.query('select v from t where id = 1 for update'));
    await until(20_000, 'both wait', async () => {
      const db = await onMysqld();
      const { rows } = await db.query(
        "select count(*) from information_schema.processlist where user = 'vt_app' and command <> 'Sleep'",
      );
      await db.close();
      return rows.value(0, 0)?.toString() === '2';
    });
    const startMs = performance.now();
    await killMysqld();
    expect(await writing).toMatchObject({ errno: 1158, sqlstate: '08007' });
    expect((await writing).message).toMatch(/outcome of the statement is unknown/);
    expect(await reading).toMatchObject({ errno: 1158, sqlstate: '08S01' });
    expect(performance.now() - startMs).toBeLessThan(5_000);
    // The connections to the gate are good all the same.
    await untilWritable(1, 'after the flight');
    expect((await reader.query('select 1')).rows.length).toBe(1);
    for (const db of [writer, reader, holder]) db.destroy();
  });

  test('an open transaction is lost with its mysqld, and says so until it is rolled back', async () => {
    await withDb(async (db) => {
      await db.query('begin');
      await db.query("insert into t (id, v) values (3, 'lost')");
      await killMysqld();
      const lost = await failure(db.query("update t set v = 'x' where id = 1"));
      expect(lost.sqlstate).not.toBe('08007');
      const after = await failure(db.query('select * from t where id = 1'));
      expect(after.message).toMatch(/previous transaction failed.*ROLLBACK/);
      await db.query('rollback');
      await until(
        30_000,
        'reads',
        async () => (await db.query('select v from t where id = 3')).rows.length === 0,
      );
    });
    await untilWritable(1, 'after the transaction');
    await withDb(async (db) => {
      await db.query('begin');
      await db.query("insert into t (id, v) values (3, 'lost')");
      await killMysqld();
      // COMMIT of what is lost is no acknowledgement, whether it comes before or after the gate has noticed.
      expect((await failure(db.query('commit'))).errno).toBeGreaterThan(0);
    });
    await untilWritable(1, 'after the commit');
    expect(await valueOf(3)).toBeUndefined();
  });

  test('while mysqld hangs statements end by their time limit; those of other shards go on', async () => {
    const { pid } = await mysqld();
    await pauseProcess(pid);
    try {
      await withDb(async (db) => {
        const sql = 'select v from t where id = 1';
        await db.query('set query_timeout = 1500');
        const startMs = performance.now();
        // ER_STATEMENT_TIMEOUT of MariaDB, ER_QUERY_TIMEOUT of MySQL.
        expect([1969, 3024]).toContain((await failure(db.query(sql))).errno);
        expect(performance.now() - startMs).toBeLessThan(4_000);
        await until(20_000, 'the hang is known', async () =>
          (await stateOf(primary.alias)).includes('NOT_SERVING'),
        );
        const againMs = performance.now();
        expect([1969, 3024]).toContain((await failure(db.query(sql))).errno);
        expect(performance.now() - againMs).toBeLessThan(3_000);
        expect(await valueOf(4)).toBe('first');
      });
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await untilWritable(1, 'after the hang');
    // It was not dead: nobody has started another.
    expect((await mysqld()).pid).toBe(pid);
  });

  const whenProcesses = processes ? test : test.skip;

  whenProcesses('a killed vttablet is started again and takes its mysqld over, still primary', async () => {
    await until(20_000, 'it serves', async () => (await stateOf(primary.alias)).includes(' SERVING'));
    const before = await stateOf(primary.alias);
    const { pid } = await mysqld();
    const tabletPid = (await cluster.refreshInfo()).tablets.find((t) => t.alias === primary.alias)!.pid;
    process.kill(tabletPid, 'SIGKILL');
    await untilWritable(1, 'after the tablet');
    expect((await mysqld()).pid).toBe(pid);
    expect(await stateOf(primary.alias)).toBe(before);
    const now = (await cluster.refreshInfo()).tablets.find((t) => t.alias === primary.alias)!.pid;
    expect(now).not.toBe(tabletPid);
  });

  whenProcesses('a killed vttablet and its mysqld at once', async () => {
    const { pid } = await mysqld();
    const { tablets } = await cluster.refreshInfo();
    process.kill(tablets.find((t) => t.alias === primary.alias)!.pid, 'SIGKILL');
    process.kill(pid, 'SIGKILL');
    await untilWritable(1, 'after both');
    expect((await mysqld()).pid).not.toBe(pid);
    expect(await valueOf(2)).toBe('committed');
  });

  whenProcesses('a killed vtgate is started again', async () => {
    process.kill((await cluster.refreshInfo()).vtgate.pid, 'SIGKILL');
    await untilWritable(1, 'after the gate');
  });

  whenProcesses('a killed vtctld comes back with its topology; no statement notices', async () => {
    const load = new SteadyLoad({
      connect: () => cluster.connect('ks'),
      statement: (n) =>
        n % 2 === 0 ? 'select count(*) from t' : `insert into t (id, v) values (${10_000 + n}, 'load')`,
    });
    await load.more(20, 10_000);
    const { vtctld } = await cluster.refreshInfo();
    process.kill(vtctld.pid, 'SIGKILL');
    await until(
      30_000,
      'another vtctld',
      async () => (await cluster.refreshInfo()).vtctld.pid !== vtctld.pid,
    );
    await until(30_000, 'it answers', async () => (await fetch(`http://${vtctld.http}/debug/health`)).ok);
    await load.more(100, 15_000);
    await load.stop();
    expect(load.failures).toEqual([]);
    await withDb((other) => other.query('create table made_after (id bigint primary key)'), 'ks:-80');
  });

  whenProcesses('a service that is killed again and again is started again and again', async () => {
    for (let i = 0; i < 3; i++) {
      const { pid } = (await cluster.refreshInfo()).vtgate;
      process.kill(pid, 'SIGKILL');
      await until(30_000, 'another vtgate', async () => (await cluster.refreshInfo()).vtgate.pid !== pid);
    }
    await untilWritable(1, 'after three');
  });
});
