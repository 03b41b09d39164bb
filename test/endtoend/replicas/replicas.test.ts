import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MysqlConnection } from '@vitess-ts/mysql';
import { parseTabletAlias } from '@vitess-ts/proto';
import { Tablet, TabletType } from '@vitess-ts/proto/topodata';
import { ChangeTabletTypeRequest } from '@vitess-ts/proto/vtctldata';
import { VtctldService } from '@vitess-ts/proto/vtctlservice';
import { TabletTransport } from '@vitess-ts/queryservice';
import { createChannel, unary } from '@vitess-ts/servenv';
import { LocalCluster, pauseProcess, type ClusterInfo } from '@vitess-ts/testkit';

const PORT_BASE = 9_000;
/** A replica that lags two seconds or more is not asked while there is one that does not. Only processes read it. */
const LAG_LIMITS = { VT_DISCOVERY_LOW_REPLICATION_LAG: '1s', VT_MIN_NUMBER_SERVING_VTTABLETS: '1' };

/** Runs `probe` until it gives true; the deadline is part of what is tested. */
async function until(deadlineMs: number, what: string, probe: () => Promise<boolean>): Promise<number> {
  const startMs = performance.now();
  while (!(await probe())) {
    if (performance.now() - startMs > deadlineMs) throw new Error(`${what}: not within ${deadlineMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return performance.now() - startMs;
}

async function schemaDir(root: string): Promise<string> {
  const dir = join(root, 'schema', 'ks');
  await mkdir(dir, { recursive: true });
  await writeFile(join(dir, 'schema.sql'), 'create table t (id bigint primary key, v varchar(20));\n');
  const vschema = {
    sharded: true,
    vindexes: { hash: { type: 'hash' } },
    tables: { t: { column_vindexes: [{ column: 'id', name: 'hash' }] } },
  };
  await writeFile(join(dir, 'vschema.json'), JSON.stringify(vschema));
  return join(root, 'schema');
}

describe.each([
  { mode: 'one process', args: ['--replicas', '2', '--rdonly', '1'] },
  { mode: 'a process for each service', args: ['--replicas', '2', '--processes', '--topo', 'file'] },
])('replicas, $mode', ({ args }) => {
  jest.setTimeout(180_000);
  let root: string;
  let dataDir: string;
  let cluster: LocalCluster;
  let db: MysqlConnection;
  const hasRdonly = args.includes('--rdonly');
  const processes = args.includes('--processes');

  // Some tests hold a time limit that a machine which is busy for a moment misses: those are measured again.
  jest.retryTimes(2, { logErrorsBeforeRetry: true });

  const start = async (): Promise<void> => {
    cluster = await LocalCluster.start({
      portBase: PORT_BASE,
      dataDir,
      env: LAG_LIMITS,
      args: ['--keyspaces', 'ks', '--num-shards', '2', '--schema-dir', await schemaDir(root), ...args],
    });
    db = await cluster.connect('ks');
  };

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'vtr-'));
    dataDir = join(root, 'data');
    await start();
  });

  afterAll(async () => {
    db?.destroy();
    await cluster?.stop();
    await rm(root, { recursive: true, force: true });
  });

  async function rows(target: string, sql: string): Promise<(string | null)[][]> {
    const connection = await cluster.connect(target);
    try {
      const result = await connection.query(sql);
      return result.rows.rows().map((row) => row.map((v) => v?.toString() ?? null));
    } finally {
      await connection.close();
    }
  }

  async function errorOf(target: string, sql: string): Promise<{ errno: number; message: string }> {
    const connection = await cluster.connect(target);
    try {
      return await connection.query(sql).then(
        () => {
          throw new Error(`${sql} was not refused`);
        },
        (error: { errno: number; message: string }) => error,
      );
    } finally {
      await connection.close();
    }
  }

  const tabletsOf = (type: string): ClusterInfo['tablets'] =>
    cluster.info.tablets.filter((t) => t.type === type);

  /** State and type by alias. */
  async function states(): Promise<Map<string, string>> {
    const all = await rows('', 'show vitess_tablets');
    return new Map(all.map(([, , , type, state, alias]) => [alias!, `${type} ${state}`]));
  }

  async function allServe(): Promise<boolean> {
    return [...(await states()).values()].every((s) => s.endsWith(' SERVING'));
  }

  async function onMysqld(socketPath: string, sql: string): Promise<(string | null)[]> {
    const connection = await MysqlConnection.connect({ socketPath, user: 'vt_dba' });
    try {
      const result = await connection.query(sql);
      return result.rows.row(0).map((v) => v?.toString() ?? null);
    } finally {
      await connection.close();
    }
  }

  /** The replicas that six reads of a shard go to. */
  async function askedOn(shard: string): Promise<Set<string>> {
    const asked = new Set<string>();
    for (let i = 0; i < 6; i++) {
      const [[uid]] = await rows(`ks:${shard}@replica`, 'select @@server_id from t limit 1');
      asked.add(`zone1-${uid!.padStart(10, '0')}`);
    }
    return asked;
  }

  /** Every replica reads from its primary and is read-only. */
  async function allReplicate(): Promise<boolean> {
    for (const t of cluster.info.tablets) {
      const [readOnly] = await onMysqld(t.mysqlSocket, 'select @@global.read_only');
      if ((readOnly === '0') !== (t.type === 'primary')) return false;
      if (t.type === 'primary') continue;
      const status = await onMysqld(t.mysqlSocket, 'show slave status');
      if (status.filter((v) => v === 'Yes').length < 2) return false;
    }
    return true;
  }

  const seenOnReplicas = (id: number): Promise<number> =>
    until(5_000, `row ${id} at the replicas`, async () => {
      const targets = hasRdonly ? ['ks@replica', 'ks@rdonly'] : ['ks@replica'];
      // Twice each: the replicas of a shard take turns.
      for (const target of [...targets, ...targets]) {
        if ((await rows(target, `select id from t where id = ${id}`)).length === 0) return false;
      }
      return true;
    });

  test('tablets of each type serve, and replicate from the primary of their shard', async () => {
    const expected = new Map(cluster.info.tablets.map((t) => [t.alias, `${t.type.toUpperCase()} SERVING`]));
    expect(await states()).toEqual(expected);
    expect(tabletsOf('replica').length).toBe(4);
    expect(await allReplicate()).toBe(true);
  });

  test('what the primary has committed is at the replicas within a deadline', async () => {
    await db.query("insert into t (id, v) values (1, 'a'), (2, 'b'), (3, 'c'), (4, 'd'), (5, 'e')");
    await seenOnReplicas(5);
    await until(5_000, 'all rows', async () => (await rows('ks@replica', 'select * from t')).length === 5);
    const onPrimary = await rows('ks:-80', 'select id from t order by id');
    expect(onPrimary.length).toBeGreaterThan(0);
    await until(5_000, 'the rows of -80', async () => {
      const onReplica = await rows('ks:-80@replica', 'select id from t order by id');
      return JSON.stringify(onReplica) === JSON.stringify(onPrimary);
    });
    const expected = tabletsOf('replica').filter((t) => t.shard === '-80');
    expect([...(await askedOn('-80'))].sort()).toEqual(expected.map((t) => t.alias).sort());
  });

  test('USE changes the tablet type of a connection', async () => {
    await db.query('use `ks@replica`');
    expect((await db.query('select count(*) from t')).rows.value(0, 0)?.toString()).toBe('5');
    await expect(db.query('insert into t (id) values (99)')).rejects.toMatchObject({ errno: 1290 });
    await db.query('use `@primary`');
    expect((await db.query("update t set v = 'z' where id = 1")).rowsAffected).toBe(1n);
  });

  test.each([
    'insert into t (id) values (50)',
    "update t set v = 'x' where id = 1",
    'delete from t',
    'create table other (id int)',
  ])('%s is refused at a replica', async (sql) => {
    for (const target of hasRdonly ? ['ks@replica', 'ks@rdonly'] : ['ks@replica']) {
      const { errno, message } = await errorOf(target, sql);
      expect(errno).toBe(1290);
      expect(message).toMatch(/read-only.*tablet type (REPLICA|RDONLY)/);
    }
    expect(await rows('ks', 'select count(*) from t')).toEqual([['5']]);
  });

  test('a replica whose mysqld stops leaves the rotation within two seconds, and no read fails', async () => {
    const [victim] = tabletsOf('replica').filter((t) => t.shard === '-80');
    const reads = { failed: [] as unknown[], done: 0 };
    let reading = true;
    const reader = await cluster.connect('ks:-80@replica');
    await pauseProcess(victim.mysqldPid);
    try {
      const outOfRotation = await until(10_000, 'NOT_SERVING', async () => {
        return (await states()).get(victim.alias) === 'REPLICA NOT_SERVING';
      });
      expect(outOfRotation).toBeLessThan(2_000);
      const loop = (async () => {
        while (reading) {
          await reader.query('select * from t').then(
            () => reads.done++,
            (error: unknown) => reads.failed.push(error),
          );
        }
      })();
      await until(10_000, '200 reads', () => Promise.resolve(reads.done >= 200 || reads.failed.length > 0));
      reading = false;
      await loop;
    } finally {
      process.kill(victim.mysqldPid, 'SIGCONT');
      reader.destroy();
    }
    expect(reads.failed).toEqual([]);
    await until(10_000, 'the replica serves again', allServe);
  });

  test('a replica whose mysqld was killed comes back, read-only and replicating', async () => {
    const [victim] = tabletsOf('replica').filter((t) => t.shard === '80-');
    const since = Date.now();
    process.kill(victim.mysqldPid, 'SIGKILL');
    await until(10_000, 'the death was seen', async () => {
      const log = await cluster.log(`vttablet-${victim.alias}`);
      return log
        .split('\n')
        .filter((line) => line.includes('mysqld has died'))
        .some((line) => Date.parse((JSON.parse(line) as { time: string }).time) >= since);
    });
    await until(20_000, 'all serve', allServe);
    await until(20_000, 'all replicate', async () => {
      await cluster.refreshInfo();
      // The state file may still name the socket of the server that died.
      return allReplicate().catch(() => false);
    });
    await db.query("insert into t (id, v) values (101, 'x'), (102, 'x'), (103, 'x'), (104, 'x')");
    for (const id of [101, 102, 103, 104]) await seenOnReplicas(id);
  });

  test('lag is known: a replica whose replication stands still falls behind', async () => {
    const [victim] = tabletsOf('replica').filter((t) => t.shard === '-80');
    const [hostname, port] = victim.grpc.split(':');
    const service = new TabletTransport().connect(
      Tablet.fromPartial({ hostname, portMap: { grpc: Number(port) } }),
    );
    const abort = new AbortController();
    let lag = Number.NaN;
    const listening = (async () => {
      for await (const health of service.streamHealth({ signal: abort.signal })) {
        lag = health.realtimeStats?.replicationLagSeconds ?? Number.NaN;
      }
    })().catch((error: unknown) => {
      if (!abort.signal.aborted) throw error;
    });
    const connection = await MysqlConnection.connect({ socketPath: victim.mysqlSocket, user: 'vt_dba' });
    try {
      await until(10_000, 'no lag at first', () => Promise.resolve(lag === 0));
      await connection.query('stop slave');
      await until(10_000, 'lag of two seconds', () => Promise.resolve(lag >= 2));
      if (processes)
        await until(5_000, 'it is not asked', async () => !(await askedOn('-80')).has(victim.alias));
      await connection.query('start slave');
      await until(10_000, 'no lag', () => Promise.resolve(lag === 0));
      await until(5_000, 'it is asked again', async () => (await askedOn('-80')).has(victim.alias));
    } finally {
      abort.abort();
      await connection.close();
      await listening;
      await service.close();
    }
  });

  test('a drained replica is asked no more, and is asked again when it is a replica again', async () => {
    const [victim] = tabletsOf('replica').filter((t) => t.shard === '-80');
    const tabletAlias = parseTabletAlias(victim.alias);
    const vtctld = createChannel(cluster.info.vtctld.grpc);
    const change = (dbType: TabletType): Promise<unknown> =>
      unary(
        vtctld,
        VtctldService.changeTabletType,
        ChangeTabletTypeRequest.fromPartial({ tabletAlias, dbType }),
        { timeoutMs: 10_000 },
      );
    try {
      await change(TabletType.DRAINED);
      await until(5_000, 'it is drained', async () =>
        (await states()).get(victim.alias)!.startsWith('DRAINED'),
      );
      expect((await askedOn('-80')).has(victim.alias)).toBe(false);
      await change(TabletType.REPLICA);
      await until(5_000, 'it is asked again', async () => (await askedOn('-80')).has(victim.alias));
    } finally {
      vtctld.close();
    }
  });

  test('replication runs again after a stop and a start, and after the command was killed', async () => {
    db.destroy();
    await cluster.stop();
    await start();
    await until(20_000, 'all replicate', allReplicate);
    await db.query("insert into t (id, v) values (201, 'x'), (202, 'x'), (203, 'x')");
    for (const id of [201, 202, 203]) await seenOnReplicas(id);
    db.destroy();
    await cluster.kill();
    await start();
    await until(20_000, 'all replicate', allReplicate);
    await db.query("insert into t (id, v) values (301, 'x'), (302, 'x'), (303, 'x')");
    for (const id of [301, 302, 303]) await seenOnReplicas(id);
  });
});
