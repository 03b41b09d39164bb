import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MysqlConnection } from '@vitess-ts/mysql';
import type { Result } from '@vitess-ts/sqltypes';
import { LocalCluster } from '@vitess-ts/testkit';

const PORT_BASE = 15_450;

const schema = `
create table a (id bigint not null primary key, twin bigint, w int, name varchar(20), at datetime(6) not null default current_timestamp(6));
create table b (id bigint not null primary key, a_id bigint, v int);
`;

const vschema = {
  sharded: true,
  vindexes: { hash: { type: 'hash' }, twin: { type: 'hash' } },
  tables: {
    a: {
      column_vindexes: [
        { column: 'id', name: 'hash' },
        { column: 'twin', name: 'twin' },
      ],
    },
    b: { column_vindexes: [{ column: 'id', name: 'hash' }] },
  },
};

const text = (result: Result): (string | null)[][] =>
  result.rows.rows().map((row) => row.map((v) => v?.toString() ?? null));

/** What a SELECT may ask of the gate beside rows, on four shards. */
describe('features of SELECT', () => {
  jest.setTimeout(180_000);
  let root: string;
  let cluster: LocalCluster;
  let db: MysqlConnection;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'vtf-'));
    await mkdir(join(root, 'ks'), { recursive: true });
    await writeFile(join(root, 'ks', 'schema.sql'), schema);
    await writeFile(join(root, 'ks', 'vschema.json'), JSON.stringify(vschema));
    const args = ['--keyspaces', 'ks', '--num-shards', '4', '--schema-dir', root];
    cluster = await LocalCluster.start({ portBase: PORT_BASE, args });
    db = await cluster.connect('ks');
    const rows = Array.from({ length: 40 }, (_, i) => `(${i}, ${i}, ${i % 5}, 'n${i}')`);
    await db.query(`insert into a (id, twin, w, name) values ${rows.join(', ')}`);
    await db.query(`insert into b (id, a_id, v) select id, 39 - id, w from a`);
  });

  afterAll(async () => {
    db?.destroy();
    await cluster?.stop();
    await rm(root, { recursive: true, force: true });
  });

  const rows = async (sql: string): Promise<(string | null)[][]> => text(await db.query(sql));
  const json = async (sql: string): Promise<Record<string, unknown>> => {
    const [[value]] = await rows(sql);
    return JSON.parse(value ?? 'null') as Record<string, unknown>;
  };

  describe('VEXPLAIN', () => {
    const join_ = 'select a.name, b.v from a join b on b.a_id = a.id where a.w = 3';

    test('TRACE tells how often each primitive ran, and what it gave', async () => {
      const trace = await json(`vexplain trace ${join_}`);
      const routes = (node: Record<string, unknown>): Record<string, unknown>[] => [
        ...(node.OperatorType === 'Route' ? [node] : []),
        ...((node.Inputs ?? []) as Record<string, unknown>[]).flatMap(routes),
      ];
      const inputs = routes(trace);
      expect(trace).toMatchObject({ NoOfCalls: 1, AvgNumberOfRows: 8, MedianNumberOfRows: 8 });
      expect(inputs).toHaveLength(2);
      expect(inputs[0]).toMatchObject({
        OperatorType: 'Route',
        Variant: 'Scatter',
        NoOfCalls: 1,
        ShardsQueried: 4,
      });
    });

    test("ALL adds the server's plan to each route", async () => {
      const plan = await json('vexplain all select name from a where id = 3');
      expect(plan).toMatchObject({ OperatorType: 'Route', Variant: 'EqualUnique', ShardsQueried: 1 });
      expect(JSON.stringify(plan.mysql_explain_json)).toContain('"table_name":"a"');
    });

    test('COST has rows, bytes, time and plan of each query to each shard', async () => {
      const result = await db.query('vexplain cost select id, name from a');
      expect(result.fields.map(({ name }) => name)).toEqual([
        '#',
        'keyspace',
        'shard',
        'query',
        'rows',
        'bytes',
        'ms',
        'explain',
      ]);
      const costs = text(result);
      expect(costs.map(([, , shard]) => shard).sort()).toEqual(['-40', '40-80', '80-c0', 'c0-']);
      expect(costs.reduce((sum, row) => sum + Number(row[4]), 0)).toBe(40);
      for (const [, keyspace, , query, count, bytes, ms, explain] of costs) {
        expect([keyspace, query]).toEqual(['ks', 'select id, name from a']);
        expect(Number(bytes)).toBeGreaterThan(Number(count));
        expect(Number(ms)).toBeGreaterThan(0);
        expect(explain).toContain('query_block');
      }
    });

    test('KEYS names the columns that decide', async () => {
      expect(await json(`vexplain keys ${join_} and b.v > 1 group by a.name, b.v`)).toEqual({
        statementType: 'SELECT',
        tableName: ['ks.a', 'ks.b'],
        groupingColumns: ['a.name', 'b.v'],
        joinPredicates: ['b.a_id = a.id'],
        filterColumns: ['a.w =', 'b.v >'],
        selectColumns: ['a.name', 'b.v'],
      });
      expect(await json('vexplain keys delete from a where name in ("x") and 5 < w')).toMatchObject({
        statementType: 'DELETE',
        filterColumns: ['a.name in', 'a.w >'],
      });
    });

    test('runs a write only when told to', async () => {
      await expect(db.query('vexplain trace delete from b where id = 1')).rejects.toThrow(/VT09008/);
      expect(await rows('select count(*) from b')).toEqual([['40']]);
      await db.query('begin');
      await db.query('vexplain /*vt+ EXECUTE_DML_QUERIES */ queries delete from b where id = 1');
      expect(await rows('select count(*) from b')).toEqual([['39']]);
      await db.query('rollback');
    });
  });

  describe('a vindex as a table', () => {
    test('tells where a value lies', async () => {
      const result = await db.query(
        'select id, keyspace_id, range_start, range_end, hex_keyspace_id, shard from hash where id = 1',
      );
      const [row] = result.rows.rows().map((r) => r.map((v) => v?.toString('latin1') ?? null));
      const id = Buffer.from('166b40b44aba4bd6', 'hex').toString('latin1');
      expect(row).toEqual(['1', id, '', '\x40', '166b40b44aba4bd6', '-40']);
    });

    test('of many values at once, and agrees with where the rows are', async () => {
      const placed = await rows('select hex_keyspace_id as h, shard from ks.hash where id in (1, 2, 3)');
      expect(placed).toHaveLength(3);
      for (const [i, [, shard]] of placed.entries()) {
        await db.query(`use \`ks:${shard}\``);
        expect(await rows(`select id from a where id = ${i + 1}`)).toEqual([[String(i + 1)]]);
        await db.query('use ks');
      }
      expect(await rows('select * from hash where id = 4')).toHaveLength(1);
    });

    test('takes no other conditions', async () => {
      await expect(db.query('select id from hash where shard = "-40"')).rejects.toThrow(/VT12001.*vindex/);
      await expect(db.query('select nope from hash where id = 1')).rejects.toMatchObject({ errno: 1054 });
    });
  });

  test('USE and IGNORE VINDEX choose the vindex', async () => {
    const where = 'where id = 3 and twin = 3';
    const plan = async (hint: string) =>
      (await json(`vexplain plan select id from a ${hint} ${where}`)).Instructions;
    expect(await plan('')).toMatchObject({ Variant: 'EqualUnique', Vindex: 'hash' });
    expect(await plan('use vindex (twin)')).toMatchObject({ Variant: 'EqualUnique', Vindex: 'twin' });
    expect(await plan('ignore vindex (hash, twin)')).toMatchObject({ Variant: 'Scatter' });
    expect(await rows(`select id from a ignore vindex (hash) use index (primary) ${where}`)).toEqual([['3']]);
    await expect(plan('use vindex (nope)')).rejects.toThrow(/VT09021/);
  });

  describe('directives', () => {
    test('QUERY_TIMEOUT_MS ends the statement', async () => {
      const slow = 'select /*vt+ QUERY_TIMEOUT_MS=200 */ sleep(30) from a where id = 1';
      const begun = Date.now();
      await expect(db.query(slow)).rejects.toMatchObject({ errno: 1969 });
      expect(Date.now() - begun).toBeLessThan(20_000);
      await expect(db.query('select /*vt+ QUERY_TIMEOUT_MS=x */ 1')).rejects.toThrow(/QUERY_TIMEOUT_MS/);
    });

    test('SCATTER_ERRORS_AS_WARNINGS gives the rows of the other shards', async () => {
      const [[shard]] = await rows('select shard from hash where id = 1');
      await db.query(`use \`ks:${shard}\``);
      await db.query('rename table a to gone');
      await db.query('use ks');
      try {
        await expect(db.query('select id from a')).rejects.toMatchObject({ errno: 1146 });
        const some = await rows('select /*vt+ SCATTER_ERRORS_AS_WARNINGS */ id from a order by id');
        expect(some.length).toBeGreaterThan(0);
        expect(some.length).toBeLessThan(40);
        const warnings = await rows('show warnings');
        expect(warnings).toEqual([['Warning', '1146', expect.stringContaining(`ks/${shard}`)]]);
      } finally {
        await db.query(`use \`ks:${shard}\``);
        await db.query('rename table gone to a');
        await db.query('use ks');
      }
    });

    test('PRIORITY, WORKLOAD_NAME and CONSOLIDATOR have values of their own', async () => {
      const all = 'PRIORITY=10 WORKLOAD_NAME=x CONSOLIDATOR=disabled PLANNER=gen4 ALLOW_HASH_JOIN';
      expect(await rows(`select /*vt+ ${all} */ count(*) from a`)).toEqual([['40']]);
      await expect(db.query('select /*vt+ PRIORITY=101 */ 1')).rejects.toThrow(/PRIORITY/);
    });
  });

  test('all shards take the same time for that of the statement', async () => {
    expect(await rows('select count(distinct t) from (select now(6) as t, id from a limit 100) x')).toEqual([
      ['1'],
    ]);
    expect(
      await rows('select distinct utc_timestamp(6) = now(6) or 1, unix_timestamp(now(6)) > 0 from a'),
    ).toHaveLength(1);
    const seen = new Set((await rows('select now(6) from a')).map(([time]) => time));
    expect(seen.size).toBe(1);
    await db.query(
      `insert into a (id, twin, name) values ${Array.from({ length: 20 }, (_, i) => `(${100 + i}, ${100 + i}, 'x')`).join(', ')}`,
    );
    expect(await rows('select count(distinct at) from a where id >= 100')).toEqual([['1']]);
    await db.query('update a set at = now(6) where id >= 100');
    expect(await rows('select count(distinct at) from a where id >= 100')).toEqual([['1']]);
    await db.query('delete from a where id >= 100');
  });
});
