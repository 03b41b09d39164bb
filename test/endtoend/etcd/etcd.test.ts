import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { MysqlConnection } from '@vitess-ts/mysql';
import { LocalCluster, SteadyLoad, pauseProcess, runVtlocal } from '@vitess-ts/testkit';

const PORT_BASE = 12_000;
/** Longer than any lease and time limit of a topology call. */
const OUTAGE_MS = 12_000;

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

/** Services in processes of their own with etcd between them, as in production. */
describe('a cluster with etcd', () => {
  jest.setTimeout(150_000);
  let root: string;
  let dataDir: string;
  let cluster: LocalCluster;

  const start = async (): Promise<void> => {
    const layout = ['--keyspaces', 'ks', '--num-shards', '2', '--schema-dir', join(root, 'schema')];
    const args = [...layout, '--processes', '--topo', 'etcd'];
    cluster = await LocalCluster.start({ portBase: PORT_BASE, dataDir, args });
  };

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'vte-'));
    dataDir = join(root, 'data');
    const dir = join(root, 'schema', 'ks');
    await mkdir(dir, { recursive: true });
    await writeFile(join(dir, 'schema.sql'), 'create table t (id bigint primary key, v varchar(40));\n');
    const hash = { column_vindexes: [{ column: 'id', name: 'hash' }] };
    const vschema = { sharded: true, vindexes: { hash: { type: 'hash' } }, tables: { t: hash } };
    await writeFile(join(dir, 'vschema.json'), JSON.stringify(vschema));
    await start();
  });

  afterAll(async () => {
    await cluster?.stop();
    await rm(root, { recursive: true, force: true });
  });

  async function withDb<T>(task: (db: MysqlConnection) => Promise<T>): Promise<T> {
    const db = await cluster.connect('ks');
    try {
      return await task(db);
    } finally {
      db.destroy();
    }
  }

  const countOf = (where: string): Promise<number> =>
    withDb(async (db) =>
      Number((await db.query(`select count(*) from t where ${where}`)).rows.value(0, 0)?.toString()),
    );

  const etcdPid = async (): Promise<number> => (await cluster.refreshInfo()).topo.pid!;

  /** Reads and writes by turns; every seventh statement is one that the gate has not planned before. */
  const load = (tag: string): SteadyLoad =>
    new SteadyLoad({
      connect: () => cluster.connect('ks'),
      statement: (n) => {
        if (n % 7 === 0) return `select id as c${n} from t where id = ${n}`;
        return n % 2 === 0
          ? 'select count(*) from t'
          : `insert into t (id, v) values (${Date.now() * 1000 + n}, '${tag}')`;
      },
    });

  test('serves, and says that all of it does', async () => {
    expect(cluster.info.topo).toMatchObject({
      implementation: 'etcd2',
      address: `127.0.0.1:${PORT_BASE + 379}`,
    });
    await withDb((db) => db.query("insert into t (id, v) values (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd')"));
    expect(await countOf('id < 5')).toBe(4);
    expect((await runVtlocal(['status', '--data-dir', dataDir])).code).toBe(0);
  });

  test('an etcd that hangs is not noticed by any statement', async () => {
    const pid = await etcdPid();
    const running = load('hang');
    await running.more(50, 10_000);
    await pauseProcess(pid);
    try {
      const endMs = performance.now() + OUTAGE_MS;
      while (performance.now() < endMs) await running.more(1, 5_000);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await running.more(50, 10_000);
    await running.stop();
    expect(running.failures).toEqual([]);
    expect(running.slowestMs).toBeLessThan(5_000);
    expect(await countOf("v = 'hang'")).toBeGreaterThan(100);
  });

  test('an etcd that is killed is not noticed either, and is used again afterwards', async () => {
    const pid = await etcdPid();
    const running = load('kill');
    await running.more(50, 10_000);
    process.kill(pid, 'SIGKILL');
    await until(15_000, 'another etcd', async () => (await etcdPid()) !== pid);
    await running.more(100, 15_000);
    await running.stop();
    expect(running.failures).toEqual([]);
    // A tablet starts only when it can read and write the topology.
    const [tablet] = (await cluster.refreshInfo()).tablets;
    process.kill(tablet.pid, 'SIGKILL');
    await until(20_000, 'another tablet', async () => {
      const { tablets } = await cluster.refreshInfo();
      return tablets.find((t) => t.alias === tablet.alias)!.pid !== tablet.pid;
    });
    await until(20_000, 'writes to both shards', async () => {
      const id = Date.now() * 1000;
      const values = [1, 2, 3, 4, 5, 6, 7, 8].map((i) => `(${id + i}, 'after')`).join(', ');
      await withDb((db) => db.query(`insert into t (id, v) values ${values}`));
      return true;
    });
  });

  test('a gate that is started while etcd hangs serves as soon as etcd does', async () => {
    const pid = await etcdPid();
    const { vtgate } = await cluster.refreshInfo();
    await pauseProcess(pid);
    try {
      process.kill(vtgate.pid, 'SIGKILL');
      await until(
        10_000,
        'another gate',
        async () => (await cluster.refreshInfo()).vtgate.pid !== vtgate.pid,
      );
      await delay(2_000);
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await until(30_000, 'the gate serves', async () => (await countOf('id < 5')) === 4);
  });

  test('all is there after a stop and a start, and after the command was killed', async () => {
    const before = await countOf('id > 0');
    await cluster.stop();
    await start();
    expect(await countOf('id > 0')).toBe(before);
    await cluster.kill();
    await start();
    expect(await countOf('id > 0')).toBe(before);
  });
});
