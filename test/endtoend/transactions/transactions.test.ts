import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MysqlConnection } from '@vitess-ts/mysql';
import { LocalCluster } from '@vitess-ts/testkit';
import { runCli } from '@vitess-ts/vtctlcommands';

const PORT_BASE = 16_030;
const LIMIT_MS = 30_000;

const SCHEMA = 'create table t (id bigint primary key, v int not null);';
const VSCHEMA = {
  sharded: true,
  vindexes: { hash: { type: 'hash' } },
  tables: { t: { column_vindexes: [{ column: 'id', name: 'hash' }] } },
};

/** hash(1) is 166b.., hash(4) is d2fd..: a row on each of the shards -80 and 80-. */
const [LEFT, RIGHT] = [1, 4];

let root: string;
let cluster: LocalCluster;
const open: MysqlConnection[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'vtx-'));
  const schema = join(root, 'schema', 'ks');
  await mkdir(schema, { recursive: true });
  await writeFile(join(schema, 'schema.sql'), SCHEMA);
  await writeFile(join(schema, 'vschema.json'), JSON.stringify(VSCHEMA));
  const layout = ['--keyspaces', 'ks', '--num-shards', '2', '--schema-dir', join(root, 'schema')];
  cluster = await LocalCluster.start({
    portBase: PORT_BASE,
    dataDir: join(root, 'data'),
    args: [...layout, '--processes', '--topo', 'file'],
  });
  const db = await connect();
  await db.query(`insert into t (id, v) values (${LEFT}, 0), (${RIGHT}, 0)`);
}, 120_000);

afterEach(() => {
  for (const db of open.splice(1)) db.destroy();
});

afterAll(async () => {
  for (const db of open.splice(0)) db.destroy();
  await cluster?.stop();
  await rm(root, { recursive: true, force: true });
}, 60_000);

async function connect(): Promise<MysqlConnection> {
  const db = await cluster.connect('ks');
  open.push(db);
  return db;
}

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + LIMIT_MS;
  while (!(await condition().catch(() => false))) {
    if (performance.now() > deadline) throw new Error(`waited ${LIMIT_MS} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const add = (id: number, n: number): string => `update t set v = v + ${n} where id = ${id}`;

async function values(): Promise<number[]> {
  const db = await cluster.connect('ks');
  try {
    const { rows } = await db.query('select v from t where id in (1, 4) order by id');
    return rows.rows().map(([v]) => Number(String(v)));
  } finally {
    await db.close();
  }
}

/** Runs SQL on the server of a shard itself, beside all gates. */
async function onShard(shard: string, sql: string): Promise<string[][]> {
  const tablet = cluster.info.tablets.find((t) => t.shard === shard);
  const db = await MysqlConnection.connect({ socketPath: tablet?.mysqlSocket, user: 'vt_dba' });
  try {
    const { rows } = await db.query(sql);
    return rows.rows().map((row) => row.map(String));
  } finally {
    await db.close();
  }
}

async function vtctl(...argv: string[]): Promise<string> {
  const output = { out: '', err: '' };
  const code = await runCli(
    ['--server', cluster.info.vtctld.grpc, ...argv],
    {},
    {
      out: (text) => void (output.out += text),
      err: (text) => void (output.err += text),
    },
  );
  expect({ code, err: output.err }).toEqual({ code: 0, err: '' });
  return output.out;
}

test('a deadlock over two shards has one victim, soon, and the other goes on', async () => {
  const [first, second] = [await connect(), await connect()];
  const before = await values();
  for (const db of [first, second]) await db.query('begin');
  await first.query(add(LEFT, 1));
  await second.query(add(RIGHT, 10));
  const settled = await Promise.allSettled([first.query(add(RIGHT, 1)), second.query(add(LEFT, 10))]);
  const failed = settled.filter((s) => s.status === 'rejected');
  expect(failed).toHaveLength(1);
  expect(failed[0].reason).toMatchObject({ errno: 1213, sqlstate: '40001' });
  const [winner, gain] = settled[0].status === 'fulfilled' ? [first, 1] : [second, 10];
  await winner.query('commit');
  expect(await values()).toEqual(before.map((v) => v + gain));
  // The victim's transaction is over; its session goes on.
  const victim = winner === first ? second : first;
  await victim.query(add(LEFT, 0));
}, 60_000);

test('what a gate that is killed has open ends soon', async () => {
  const db = await connect();
  await db.query('begin');
  await db.query(add(LEFT, 100));
  const before = await onShard('-80', 'select v from vt_ks.t where id = 1');
  const { pid } = (await cluster.refreshInfo()).vtgate;
  process.kill(pid, 'SIGKILL');
  // Long before the transaction's own time limit of 30 s.
  const sinceMs = performance.now();
  await until('the lock to be free', async () => {
    await onShard('-80', 'set innodb_lock_wait_timeout = 1');
    await onShard('-80', 'select v from vt_ks.t where id = 1 for update nowait');
    return true;
  });
  expect(performance.now() - sinceMs).toBeLessThan(20_000);
  expect(await onShard('-80', 'select v from vt_ks.t where id = 1')).toEqual(before);
  await until('another gate', async () => (await values()).length === 2);
}, 90_000);

describe('a commit that nobody ends', () => {
  const dtid = 'ks:-80:77';
  const record = (state: number, shard: string): string[] => [
    `insert into _vt.dt_state (dtid, state, time_created) values ('${dtid}', ${state}, 1)`,
    `insert into _vt.dt_participant (dtid, id, keyspace, shard) values ('${dtid}', 1, 'ks', '${shard}')`,
  ];
  const isOpen = async (): Promise<boolean> =>
    (await onShard('-80', `select 1 from _vt.dt_state where dtid = '${dtid}'`)).length > 0;

  test.each([
    ['prepared', 1],
    ['rolled back', 2],
    ['committed', 3],
  ])('and that is %s is ended by a gate', async (_what, state) => {
    for (const sql of record(state, '80-')) await onShard('-80', sql);
    await until('its end', async () => !(await isOpen()));
  });

  test('and cannot be ended is shown, and concluded by command', async () => {
    for (const sql of record(3, 'none')) await onShard('-80', sql);
    const db = await connect();
    const { rows } = await db.query('show unresolved transactions for ks');
    expect(rows.rows().map((row) => row.map(String))).toEqual([
      [dtid, 'COMMIT', '1970-01-01 00:00:00.000 UTC', 'ks:none'],
    ]);
    const status = await db.query(`show transaction status for '${dtid}'`);
    expect(String(status.rows.value(0, 1))).toBe('COMMIT');
    expect(JSON.parse(await vtctl('DistributedTransaction', 'unresolved-list', 'ks'))).toMatchObject({
      transactions: [{ dtid, state: 'COMMIT', participants: [{ shard: 'none' }] }],
    });
    await vtctl('DistributedTransaction', 'conclude', dtid);
    expect(await isOpen()).toBe(false);
  });

  test('is shown with what its shards have prepared', async () => {
    // Of a participant that does not know it any more, and of this shard as one that does.
    for (const sql of record(3, '-80')) await onShard('-80', sql);
    const info = JSON.parse(await vtctl('DistributedTransaction', 'get-info', dtid)) as {
      metadata: object;
    };
    // A gate may have ended it before it was asked for.
    if (await isOpen()) expect(info.metadata).toMatchObject({ dtid });
    await until('its end', async () => !(await isOpen()));
  });
});

test('a commit is on both shards or on none, and says so when a statement cannot be done again', async () => {
  const db = await connect();
  await db.query("set transaction_mode = 'TWOPC'");
  const before = await values();
  await db.query('begin');
  await db.query(add(LEFT, 1));
  await db.query(`${add(RIGHT, 1)} and now() > '2020-01-01'`);
  await db.query('commit');
  expect(await values()).toEqual(before.map((v) => v + 1));
  await db.query('begin');
  await db.query(add(LEFT, 1));
  await db.query('update t set v = v + 5 where id = 4 and rand() >= 0');
  await expect(db.query('commit')).rejects.toMatchObject({
    message: expect.stringMatching(/rolled back on all shards: .*the function rand\(\)/) as string,
  });
  expect(await values()).toEqual(before.map((v) => v + 1));
});
