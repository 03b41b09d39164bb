import type { Connection, RowDataPacket } from 'mysql2/promise';
import {
  applyVSchema,
  eventually,
  shopVSchema,
  startShop,
  type ShopCluster,
} from '../drivers/shop-cluster.contract';
import { TableLoad, type Settled } from './table-load.contract';

const PORT_BASE = 25_700;

/** How soon after a change all statements must know of it. */
const SOON_MS = 1000;
/** How soon after a change that did not come through the gate. */
const DIRECT_MS = 2000;

const ER_NO_SUCH_TABLE = 1146;
/** What MySQL itself says to a statement that meets a change: unknown column, column count, table, changed meanwhile. */
const changeErrors = [1054, 1136, ER_NO_SUCH_TABLE, 1412];

const tables = {
  ...shopVSchema.tables,
  load: { columnVindexes: [{ column: 'id', name: 'hash' }] },
};

describe('changes of the schema', () => {
  jest.setTimeout(120_000);
  let shop: ShopCluster;
  let db: Connection;

  beforeAll(async () => {
    shop = await startShop(PORT_BASE);
    db = await shop.gate();
    await applyVSchema(shop.cluster, 'shop', { ...shopVSchema, tables });
  });
  afterEach(() => db.query('drop table if exists late, `load`'));
  afterAll(async () => {
    await db?.end();
    await shop?.stop();
  });

  /** What a shard's server says of the columns of a table. */
  async function columnsOn(shard: string, table: string): Promise<unknown> {
    const own = await shop.gate({ database: `shop:${shard}` });
    const [rows] = await own.query<RowDataPacket[]>(
      'select column_name, column_type, column_default from information_schema.columns ' +
        `where table_schema = 'shop' and table_name = '${table}' order by ordinal_position`,
    );
    await own.end();
    return rows;
  }

  test('a table is created, altered and dropped under load', async () => {
    const load = new TableLoad('`load`');
    await load.start(shop, 5);
    try {
      /** Runs a change; then the load goes on until it has shown what statements see that begin late enough. */
      const change = async (sql: string): Promise<Settled> => {
        await db.query(sql);
        const fromMs = performance.now() + SOON_MS;
        const settled = (): Settled => load.since(fromMs);
        await eventually(10_000, async () => settled().attempts >= 100);
        return settled();
      };
      expect(await change('create table `load` (id bigint primary key, v bigint)')).toMatchObject({
        columns: ['id,v'],
        errors: [],
      });
      expect(await change('alter table `load` add column c int not null default 7')).toMatchObject({
        columns: ['id,v,c'],
        errors: [],
      });
      expect(await columnsOn('-80', 'load')).toEqual(await columnsOn('80-', 'load'));
      expect(await change('alter table `load` drop column c')).toMatchObject({
        columns: ['id,v'],
        errors: [],
      });
      expect(await columnsOn('-80', 'load')).toEqual(await columnsOn('80-', 'load'));
      expect(await change('drop table `load`')).toMatchObject({ columns: [], errors: [ER_NO_SUCH_TABLE] });
    } finally {
      await load.stop();
    }
    expect(load.wrong).toEqual([]);
    expect(load.failures.filter((f) => !changeErrors.includes(f.errno))).toEqual([]);
  });

  test('a change of the vschema is seen at once, and disturbs nobody', async () => {
    await db.query('create table late (id bigint primary key, v bigint)');
    await db.query('create table `load` (id bigint primary key, v bigint)');
    const load = new TableLoad('`load`');
    await load.start(shop, 4);
    try {
      await expect(db.query('select * from late')).rejects.toMatchObject({ errno: ER_NO_SUCH_TABLE });
      const withLate = { ...tables, late: { columnVindexes: [{ column: 'id', name: 'hash' }] } };
      await applyVSchema(shop.cluster, 'shop', { ...shopVSchema, tables: withLate });
      await eventually(SOON_MS, () => succeeds('insert into late values (1, 1), (2, 2), (3, 3), (4, 4)'));
      const [rows] = await db.query('select count(*) as n from late');
      expect(rows).toEqual([{ n: '4' }]);
      await applyVSchema(shop.cluster, 'shop', { ...shopVSchema, tables });
      await eventually(SOON_MS, async () => !(await succeeds('select * from late')));
      const fromMs = performance.now();
      await eventually(10_000, async () => load.since(fromMs).attempts >= 50);
    } finally {
      await load.stop();
    }
    expect(load.failures).toEqual([]);
    expect(load.wrong).toEqual([]);
  });

  test('DDL on the servers themselves is seen soon', async () => {
    await db.query('create table `load` (id bigint primary key, v bigint)');
    await db.query('insert into `load` values (1, 10), (2, 20), (3, 30), (4, 40)');
    const onServers = async (sql: string): Promise<void> => {
      const tablets = shop.cluster.info.tablets.filter((t) => t.keyspace === 'shop');
      for (const { mysqlSocket } of tablets) {
        const server = await shop.direct({ socketPath: mysqlSocket });
        await server.query(sql);
        await server.end();
      }
    };
    const columns = async (): Promise<string> => {
      const [, fields] = await db.query('select * from `load` order by id');
      return fields.map((f) => f.name).join();
    };
    expect(await columns()).toBe('id,v');
    await onServers('alter table `load` add column w int default 3');
    await eventually(DIRECT_MS, async () => (await columns()) === 'id,v,w');
    await onServers('drop table `load`');
    await eventually(DIRECT_MS, async () => !(await succeeds('select * from `load`')));
    await onServers('create table `load` (id bigint primary key, only_one int)');
    await eventually(DIRECT_MS, async () => (await columns().catch(() => '')) === 'id,only_one');
  });

  const succeeds = (sql: string): Promise<boolean> =>
    db.query(sql).then(
      () => true,
      () => false,
    );

  test('ALTER VSCHEMA gives a table its vindex, and takes it again', async () => {
    await db.query('create table late (id bigint primary key, v bigint)');
    await expect(db.query('insert into late values (1, 1)')).rejects.toMatchObject({
      errno: ER_NO_SUCH_TABLE,
    });
    await db.query('alter vschema on shop.late add vindex hash(id)');
    await db.query('insert into late values (1, 1), (2, 2), (3, 3), (4, 4)');
    const [rows] = await db.query<RowDataPacket[]>('select id from late order by id');
    expect(rows.map((row) => Number(row.id))).toEqual([1, 2, 3, 4]);
    await expect(db.query('alter vschema on shop.late add vindex hash(id)')).rejects.toThrow(
      /already contains/,
    );
    await expect(db.query('alter vschema on shop.late add vindex nothing(id)')).rejects.toThrow(
      /does not contain vindex nothing/,
    );
    await db.query('alter vschema on shop.late drop vindex hash');
    await expect(db.query('select id from late')).rejects.toMatchObject({ errno: ER_NO_SUCH_TABLE });
  });
});
