import { execFile } from 'node:child_process';
import { rm, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { MysqlConnection } from '@vitess-ts/mysql';
import { createVindex, isSingleColumn } from '@vitess-ts/vindexes';
import { LocalCluster } from '@vitess-ts/testkit';
import { Type } from '@vitess-ts/sqltypes';

const run = promisify(execFile);
const root = join(__dirname, '..', '..', '..');
const PORT_BASE = 18_000;

/** The example cluster, as `npm start` brings it up. */
describe('the example cluster', () => {
  jest.setTimeout(120_000);
  let dataDir: string;
  let cluster: LocalCluster;
  let db: MysqlConnection;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'vtc-'));
    cluster = await LocalCluster.start({ portBase: PORT_BASE, dataDir });
    db = await cluster.connect();
  });

  afterAll(async () => {
    await db?.close();
    await cluster?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function rows(sql: string, on: MysqlConnection = db): Promise<(string | null)[][]> {
    const result = await on.query(sql);
    return result.rows.rows().map((row) => row.map((v) => v?.toString() ?? null));
  }

  /** The ids of the rows that lie on a shard, asked of that shard alone. */
  async function idsOn(shard: string): Promise<string[]> {
    await db.query(`use \`customer:${shard}\``);
    const ids = (await rows('select customer_id from customer order by customer_id')).map(([id]) => id!);
    await db.query('use customer');
    return ids;
  }

  test('the mariadb command line reads the sample rows', async () => {
    const { stdout } = await run('mariadb', [
      '--no-defaults',
      '-h',
      '127.0.0.1',
      '-P',
      String(cluster.mysqlPort),
      '-N',
      '-B',
      '-e',
      'select sku, price from commerce.product order by sku',
    ]);
    expect(stdout).toBe('SKU-1001\t100\nSKU-1002\t30\nSKU-1003\t15\n');
  });

  test('inserted rows lie on the shard that the hash vindex gives, and come back whole', async () => {
    await db.query('use customer');
    const ids = Array.from({ length: 40 }, (_, i) => 1000 + i);
    await db.query(
      `insert into customer (customer_id, email) values ${ids.map((i) => `(${i}, 'u${i}@x')`).join(', ')}`,
    );
    const hash = createVindex('hash', 'hash', {});
    if (!isSingleColumn(hash)) throw new Error('hash is a vindex of one column');
    const expectedShard = (id: number): string => {
      const [destination] = hash.map([{ type: Type.INT64, value: Buffer.from(String(id)) }]);
      if (destination.kind !== 'keyspaceId') throw new Error('hash gives one keyspace id');
      return destination.id[0] < 0x80 ? '-80' : '80-';
    };
    for (const shard of ['-80', '80-']) {
      const found = (await idsOn(shard)).map(Number).filter((id) => id >= 1000);
      expect(found).toEqual(ids.filter((id) => expectedShard(id) === shard));
      expect(found.length).toBeGreaterThan(5);
    }
    const all = await rows('select customer_id from customer where customer_id >= 1000');
    expect(all.map(([id]) => Number(id)).sort((a, b) => a - b)).toEqual(ids);
  });

  test('a transaction over two shards rolls back, and commits', async () => {
    await db.query('use customer');
    const ids = [2001, 2002, 2003, 2004, 2005, 2006, 2007, 2008];
    const count = async (): Promise<number> =>
      (await rows(`select customer_id from customer where customer_id in (${ids.join(', ')})`)).length;
    const insertAll = `insert into customer (customer_id, email) values ${ids.map((id) => `(${id}, 'e${id}')`).join(', ')}`;
    await db.query('begin');
    await db.query(insertAll);
    expect(await count()).toBe(8);
    const other = await cluster.connect('customer');
    expect(await rows('select customer_id from customer where customer_id = 2001', other)).toEqual([]);
    await db.query('rollback');
    expect(await count()).toBe(0);
    await db.query('begin');
    await db.query(insertAll);
    await db.query('commit');
    expect(await rows('select email from customer where customer_id = 2004', other)).toEqual([['e2004']]);
    expect((await idsOn('-80')).filter((id) => id.startsWith('200')).length).toBeGreaterThan(0);
    expect((await idsOn('80-')).filter((id) => id.startsWith('200')).length).toBeGreaterThan(0);
    await other.close();
  });

  test('sequences fill the auto-increment column and LAST_INSERT_ID is the first one', async () => {
    await db.query('use customer');
    const result = await db.query("insert into customer (email) values ('s1'), ('s2'), ('s3')");
    expect(result.rowsAffected).toBe(3n);
    const first = result.insertId;
    expect(first).toBeGreaterThan(5n);
    expect(await rows('select last_insert_id()')).toEqual([[String(first)]]);
    const [[email]] = await rows(`select email from customer where customer_id = ${first + 2n}`);
    expect(email).toBe('s3');
  });

  test('UPDATE and DELETE by vindex and by scatter', async () => {
    await db.query('use customer');
    await db.query(
      "insert into customer (customer_id, email) values (3001, 'x'), (3002, 'x'), (3003, 'x'), (3004, 'x')",
    );
    expect((await db.query("update customer set email = 'y' where customer_id = 3001")).rowsAffected).toBe(
      1n,
    );
    expect((await db.query("update customer set email = 'z' where email = 'x'")).rowsAffected).toBe(3n);
    expect((await db.query('delete from customer where customer_id in (3001, 3002)')).rowsAffected).toBe(2n);
    expect((await db.query("delete from customer where email = 'z'")).rowsAffected).toBe(2n);
  });

  const errorOf = async (sql: string): Promise<{ errno: number; sqlstate: string }> => {
    const error: unknown = await db.query(sql).then(
      () => undefined,
      (e: unknown) => e,
    );
    const { errno, sqlstate } = error as { errno: number; sqlstate: string };
    return { errno, sqlstate };
  };

  test.each([
    ['select * from customer.no_such_table', 1146, '42S02'],
    ['select no_such_column from customer.customer', 1054, '42S22'],
    ['selec 1', 1064, '42000'],
    ["insert into commerce.product (sku) values ('SKU-1001')", 1062, '23000'],
    ['use no_such_keyspace', 1049, '42000'],
    ['prepare', 1064, '42000'],
  ])('%s gives %d', async (sql, errno, sqlstate) => {
    expect(await errorOf(sql)).toEqual({ errno, sqlstate });
    expect(await rows('select 1')).toEqual([['1']]);
  });

  test('VEXPLAIN shows the plan, and the queries that each shard got', async () => {
    const [[json]] = await rows('vexplain plan select email from customer.customer where customer_id = 1');
    expect(JSON.parse(json!)).toMatchObject({ Instructions: { Variant: 'EqualUnique', Vindex: 'hash' } });
    const one = await rows('vexplain queries select email from customer.customer where customer_id = 1');
    expect(one.map(([, keyspace, shard]) => [keyspace, shard])).toEqual([['customer', '-80']]);
    expect(one[0][3]).toMatch(/where customer_id = 1$/);
    const all = await rows('vexplain queries select count(*) from customer.customer');
    expect(all.map(([, , shard]) => shard).sort()).toEqual(['-80', '80-']);
  });

  test('gRPC: reflection, vtgate and vtctld answer', async () => {
    const buf = async (address: string, method: string, data: object): Promise<unknown> => {
      const { stdout } = await run(
        join(root, 'node_modules', '.bin', 'buf'),
        [
          'curl',
          '--protocol',
          'grpc',
          '--http2-prior-knowledge',
          '-d',
          JSON.stringify(data),
          `http://${address}/${method}`,
        ],
        { cwd: tmpdir() },
      );
      return JSON.parse(stdout);
    };
    const answer = (await buf(cluster.info.vtgate.grpc, 'vtgateservice.Vitess/Execute', {
      session: { autocommit: true, targetString: 'commerce' },
      query: { sql: 'select sku from product order by sku limit 1' },
    })) as { result: { rows: { values: string }[] }; error?: unknown };
    expect(answer.error).toBeUndefined();
    expect(Buffer.from(answer.result.rows[0].values, 'base64').toString()).toBe('SKU-1001');
    const keyspaces = (await buf(cluster.info.vtctld.grpc, 'vtctlservice.Vtctld/GetKeyspaces', {})) as {
      keyspaces: { name: string }[];
    };
    expect(keyspaces.keyspaces.map((k) => k.name).sort()).toEqual(['commerce', 'customer']);
  });

  test('all rows are there after a stop and a start', async () => {
    const sql = 'select customer_id, email from customer.customer order by customer_id';
    const before = await rows(sql);
    await db.close();
    await cluster.stop();
    cluster = await LocalCluster.start({ portBase: PORT_BASE, dataDir });
    db = await cluster.connect();
    expect(await rows(sql)).toEqual(before);
    expect(before.length).toBeGreaterThan(40);
  });

  test('all rows are there after the command was killed; its servers are taken over', async () => {
    const sql = 'select customer_id, email from customer.customer order by customer_id';
    const before = await rows(sql);
    const mysqlds = cluster.info.tablets.map((t) => t.mysqldPid);
    db.destroy();
    await cluster.kill();
    cluster = await LocalCluster.start({ portBase: PORT_BASE, dataDir });
    db = await cluster.connect();
    expect(await rows(sql)).toEqual(before);
    expect(cluster.info.tablets.map((t) => t.mysqldPid)).toEqual(mysqlds);
  });
});
