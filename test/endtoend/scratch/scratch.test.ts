import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MysqlConnection } from '@vitess-ts/mysql';
import type { Result } from '@vitess-ts/sqltypes';
import { LocalCluster, compareResults } from '@vitess-ts/testkit';

const PORT_BASE = 22_500;

/** A column for each type, and values at its edges. */
const columns: [definition: string, ...values: string[]][] = [
  ['bigint', '-9223372036854775808', '9223372036854775807', 'null'],
  ['bigint unsigned', '18446744073709551615', '0', '1'],
  ['int(6) zerofill', '42', '0', '4294967295'],
  ['tinyint', '-128', '127', '0'],
  ['decimal(40,12)', '-1234567890123456789012345678.123456789012', '0.000000000001', 'null'],
  ['float', '16777216', '3.4028234e38', '-1.1754944e-38'],
  ['double', '1.7976931348623157e308', '4.9406564584124654e-324', '0.1'],
  ['date', "'0000-00-00'", "'9999-12-31'", "'2020-00-00'"],
  ['datetime(6)', "'2020-02-29 23:59:59.999999'", "'0000-00-00'", 'null'],
  ['timestamp(3) null', "'2023-10-29 02:30:00.123'", "'0000-00-00'", "'2038-01-19 03:14:07'"],
  ['time(2)', "'-838:59:59'", "'00:00:00.01'", 'null'],
  ['year', '1901', '0', '2155'],
  ['char(5) character set latin1', "'é'", "'a '", "''"],
  ['varchar(20)', `'it''s \\\\ "x" 😀'`, "'tail  '", "''"],
  ['varchar(10) character set ucs2', "'žluť'", "'a'", 'null'],
  ['varchar(10) character set sjis', "'ソ表'", "'a'", 'null'],
  ['text collate utf8mb4_bin', "'long'", "repeat('ab', 3000)", "''"],
  ['varbinary(20)', "x'00ff27205c0d0a'", "''", 'null'],
  ['binary(4)', "x'01'", "'abcd'", 'null'],
  ['blob', "x'fffe00'", "repeat('z', 70000)", 'null'],
  ['bit(12)', "b'101010101010'", '0', 'null'],
  [`enum('a','it''s','','b,c')`, "'it''s'", "''", "'b,c'"],
  [`set('x','y','z') `, "'x,z'", "''", 'null'],
  ['json', `'{"a": [1, "é"]}'`, "'null'", 'null'],
  ['point', 'point(1, -2.5)', 'null', 'point(0, 0)'],
  ['inet6', "'::1'", "'2001:db8::ff00'", 'null'],
  ['uuid', "'123e4567-e89b-12d3-a456-426655440000'", 'null', "'00000000-0000-0000-0000-000000000001'"],
  ['int generated always as (n * 2) stored', 'default', 'default', 'default'],
];

const schema = `
create table v (n bigint not null primary key, ${columns.map(([d], i) => `c${i} ${d}`).join(', ')});
create table t (id bigint not null primary key, w bigint not null, name varchar(30), hidden int invisible default 3);
create table big (id bigint not null primary key, w bigint not null, pad varchar(200));
create table empty (id bigint not null primary key, w bigint);
`;

const vschema = {
  sharded: true,
  vindexes: { hash: { type: 'hash' } },
  tables: Object.fromEntries(
    ['v', 't', 'big', 'empty'].map((name) => [
      name,
      { column_vindexes: [{ column: name === 'v' ? 'n' : 'id', name: 'hash' }] },
    ]),
  ),
};

const text = (result: Result): (string | null)[][] =>
  result.rows.rows().map((row) => row.map((v) => v?.toString() ?? null));

describe('queries over scratch tables', () => {
  jest.setTimeout(180_000);
  let root: string;
  let cluster: LocalCluster;
  /** The sharded keyspace, and one with the same rows that a single server answers. */
  let two: MysqlConnection;
  let one: MysqlConnection;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'vts-'));
    for (const keyspace of ['one', 'two']) {
      await mkdir(join(root, keyspace), { recursive: true });
      await writeFile(join(root, keyspace, 'schema.sql'), schema);
    }
    await writeFile(join(root, 'two', 'vschema.json'), JSON.stringify(vschema));
    const args = ['--keyspaces', 'one,two', '--num-shards', '1,2', '--replicas', '1', '--schema-dir', root];
    cluster = await LocalCluster.start({ portBase: PORT_BASE, args });
    two = await cluster.connect('two');
    one = await cluster.connect('one');
    for (const db of [one, two]) {
      await db.query(`set sql_mode = ''`);
      await db.query(`set time_zone = 'Europe/Berlin'`).catch(() => db.query(`set time_zone = '+01:00'`));
      for (let k = 0; k < 3; k++) {
        const values = columns.map(([, ...v]) => v[k]).join(', ');
        await db.query(
          `insert into v (n, ${columns.map((_, i) => `c${i}`).join(', ')}) values (${k}, ${values})`,
        );
      }
      const rows = Array.from({ length: 40 }, (_, i) => `(${i}, ${i % 7}, 'n${i % 5}', ${i})`);
      await db.query(`insert into t (id, w, name, hidden) values ${rows.join(', ')}`);
      for (let i = 0; i < 12_000; i += 1000) {
        const some = Array.from({ length: 1000 }, (_, k) => `(${i + k}, ${(i + k) % 997}, repeat('p', 100))`);
        await db.query(`insert into big (id, w, pad) values ${some.join(', ')}`);
      }
    }
  });

  afterAll(async () => {
    two?.destroy();
    one?.destroy();
    await cluster?.stop();
    await rm(root, { recursive: true, force: true });
  });

  async function expectSame(sql: string): Promise<Result> {
    const found = await two.query(sql);
    expect(compareResults(found, await one.query(sql), 'multiset')).toEqual([]);
    return found;
  }

  async function expectScratch(sql: string, from = two): Promise<void> {
    const [[plan]] = text(await from.query(`vexplain plan ${sql}`));
    expect(plan).toContain('"OperatorType": "Scratch"');
  }

  async function onServers<T>(ask: (connection: MysqlConnection, alias: string) => Promise<T>): Promise<T[]> {
    return Promise.all(
      cluster.info.tablets.map(async ({ mysqlSocket, alias }) => {
        const connection = await MysqlConnection.connect({ socketPath: mysqlSocket, user: 'vt_dba' });
        try {
          return await ask(connection, alias);
        } finally {
          await connection.close();
        }
      }),
    );
  }

  /** Files of temporary tables on all servers. */
  async function temporaryTables(): Promise<number> {
    const counts = await onServers(async (connection) => {
      const [[dir]] = text(await connection.query('select @@tmpdir'));
      return (await readdir(dir ?? '')).filter((name) => name.startsWith('#sql')).length;
    });
    return counts.reduce((a, b) => a + b, 0);
  }

  test('values of every type come out as they went in', async () => {
    const sql = 'select v.*, (select count(*) from v as o where o.n > v.n) as c from v';
    await expectScratch(sql);
    const found = await expectSame(sql);
    const expected = await one.query(sql);
    for (const [i, field] of found.fields.entries()) {
      const { name, charset, decimals, columnLength, table, orgTable, orgName } = expected.fields[i];
      expect(field).toMatchObject({ name, charset, decimals, columnLength, table, orgTable, orgName });
      if (field.orgTable !== '') expect(field.database).toBe('two');
    }
  });

  test.each([
    'select a.*, b.id from t a join t b on a.w = b.id + (select count(*) from empty) where a.id < 20',
    'select * from t natural join (select t.id, t.w from t) d',
    'select hidden, id from t a where w = (select max(b.w) from t b where b.name = a.name)',
    'select n, json_object("a", c23), rank() over (order by n) from v',
    'select count(*) from big b where exists (select 1 from t where t.id = b.w and t.w < b.id)',
    'select e.id, (select count(*) from t where t.w > coalesce(e.w, 0)) from empty e right join t on t.id = e.id',
    "select json_object('a', t.id), rank() over (order by w) from t",
    'select t.id from t where t.w in (select x.w from (select * from t) x where x.id > t.id)',
  ])('%s', async (sql) => {
    await expectSame(sql);
  });

  test('a session sees its own writes, and nobody else does', async () => {
    const sql = 'select count(*) from t a where a.w <= all (select b.w from t b where b.name = a.name)';
    const before = text(await two.query(sql));
    await two.query('begin');
    await two.query("insert into t (id, w, name) values (900, 1, 'new'), (901, 5, 'new')");
    const inside = text(await two.query(sql));
    expect(Number(inside[0][0])).toBe(Number(before[0][0]) + 1);
    const other = await cluster.connect('two');
    expect(text(await other.query(sql))).toEqual(before);
    await other.close();
    await two.query('rollback');
    expect(text(await two.query(sql))).toEqual(before);
  });

  test('more rows than a whole result may have are read inside a transaction too', async () => {
    const sql = 'select count(*), sum(x.r) from (select row_number() over (order by id) as r from big) x';
    await two.query('begin');
    await expectScratch(sql);
    await expectSame(sql);
    await two.query('commit');
  });

  test('rows are locked where they are', async () => {
    await two.query('begin');
    await two.query(
      'select id from t a where id = 3 and w = any (select b.w from t b where b.id = a.id) for update',
    );
    const other = await cluster.connect('two');
    await other.query('set innodb_lock_wait_timeout = 1');
    await expect(other.query('update t set w = w where id = 3')).rejects.toMatchObject({ errno: 1205 });
    await other.query('update t set w = w where id = 4');
    await other.close();
    await two.query('rollback');
  });

  test('it runs on a replica, writes no binary log, and leaves nothing', async () => {
    const replicas = cluster.info.tablets.filter((t) => t.type === 'replica').map((t) => t.alias);
    const state = (): Promise<[string, number, string | null][]> =>
      onServers(async (connection, alias) => {
        const created = await connection.query("show global status like 'Com_create_temporary_table'");
        const gtid = await connection.query('select @@gtid_binlog_pos');
        return [alias, Number(text(created)[0]?.[1] ?? 0), text(gtid)[0][0]];
      });
    const before = await state();
    for (let i = 0; i < 5; i++) await two.query('select t.id, rank() over (order by w) from t');
    const after = await state();
    const made = (list: [string, number, string | null][], ofReplicas: boolean): number =>
      list
        .filter(([alias]) => replicas.includes(alias) === ofReplicas)
        .reduce((n, [, count]) => n + count, 0);
    expect(made(after, true) - made(before, true)).toBe(5);
    expect(made(after, false) - made(before, false)).toBe(0);
    expect(after.map(([, , gtid]) => gtid)).toEqual(before.map(([, , gtid]) => gtid));
    expect(await temporaryTables()).toBe(0);
    expect(await openScratch()).toBe(0);
  });

  async function openScratch(): Promise<number> {
    const response = await fetch(`http://${cluster.info.vtgate.http}/metrics`);
    const line = (await response.text())
      .split('\n')
      .find((l) => /scratch_queries_open/i.test(l) && !l.startsWith('#'));
    return Number(line?.split(' ').pop());
  }

  test('a killed query ends soon and frees its connections', async () => {
    const victim = await cluster.connect('two');
    const [[id]] = text(await victim.query('select connection_id()'));
    const running = victim.query(
      'select count(*) from big a, big b, big c where a.w + b.w = (select max(d.w) from big d where d.id < c.id)',
    );
    const outcome = running.then(
      () => 'ended',
      (error: { errno?: number }) => error.errno,
    );
    await until(async () => (await openScratch()) === 1 && (await temporaryTables()) > 0);
    await two.query(`kill query ${id}`);
    expect(await outcome).toBe(1317);
    await until(async () => (await openScratch()) === 0);
    expect(text(await victim.query('select count(*) from t'))).toEqual([['40']]);
    await victim.close();
    await until(async () => (await temporaryTables()) === 0);
    await until(async () => {
      const busy = await onServers(async (connection) => {
        const sql = `select count(*) from information_schema.processlist where info like '%_vt_scratch_%' and info not like '%processlist%'`;
        return Number(text(await connection.query(sql))[0][0]);
      });
      return busy.every((n) => n === 0);
    });
  });

  test('a reader that goes away frees its connections', async () => {
    const reader = await cluster.connect('two');
    const results = reader.queryStream(
      'select a.id, a.pad, (select max(t.w) from t where t.w < a.w) from big a, t b',
    );
    await results.next();
    expect(await openScratch()).toBe(1);
    reader.destroy();
    await until(async () => (await openScratch()) === 0 && (await temporaryTables()) === 0);
  });

  test('a statement has one time', async () => {
    const [[same]] = text(
      await two.query(
        'select min(t.hidden = t.hidden and now(6) = now(6)) from t where (select max(id) from t) > 0 and now() > 0',
      ),
    );
    expect(same).toBe('1');
    await expectSame(
      'select count(*) from v a where c9 < now() - interval 1 day and n < any (select n from v)',
    );
  });

  async function until(probe: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + 15_000;
    while (!(await probe())) {
      if (performance.now() > deadline) throw new Error('not within 15 s');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
});
