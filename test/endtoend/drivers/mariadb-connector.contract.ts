import { createConnection, type Connection, type UpsertResult } from 'mariadb';
import type { ShopCluster } from './shop-cluster.contract';

export function describeMariadbConnector(shop: () => ShopCluster): void {
  describe('the mariadb connector', () => {
    let db: Connection;
    beforeAll(async () => {
      db = await createConnection({
        host: '127.0.0.1',
        port: shop().cluster.mysqlPort,
        user: 'test',
        database: 'shop',
        insertIdAsNumber: true,
        bigIntAsNumber: true,
      });
    });
    afterAll(async () => {
      await db?.query('delete from author');
      await db?.end();
    });

    test('reads values, and says what the server is', async () => {
      expect(await db.query('select ? as a, database() as d', ["x'y"])).toEqual([{ a: "x'y", d: 'shop' }]);
      expect(db.serverVersion()).toMatch(/MariaDB/);
    });

    test('inserts with ids of the sequence', async () => {
      const result = await db.query<UpsertResult>("insert into author (name) values ('m1'), ('m2'), ('m3')");
      expect(result.affectedRows).toBe(3);
      expect(await db.query('select id from author where name = ?', ['m1'])).toEqual([
        { id: result.insertId },
      ]);
      expect(await db.query('select last_insert_id() as id')).toEqual([{ id: result.insertId }]);
    });

    test('transactions roll back and commit', async () => {
      const names = (): Promise<unknown> =>
        db.query("select name from author where name like 'c%' order by name");
      await db.beginTransaction();
      await db.query("insert into author (name) values ('c1'), ('c2'), ('c3'), ('c4')");
      await db.rollback();
      expect(await names()).toEqual([]);
      await db.beginTransaction();
      await db.query("insert into author (name) values ('c5'), ('c6')");
      await db.commit();
      expect(await names()).toEqual([{ name: 'c5' }, { name: 'c6' }]);
    });

    test.each([
      ["insert into author (id, name) values (1, 'p'), (1, 'q')", 1062, '23000'],
      ['select nope from author', 1054, '42S22'],
      ['select * from nope', 1146, '42S02'],
      ['selec 1', 1064, '42000'],
    ])('%s is error %d', async (sql, errno, sqlState) => {
      await expect(db.query(sql)).rejects.toMatchObject({ errno, sqlState });
      await db.ping();
    });

    test('columns are known by keyspace, table and name', async () => {
      const result = await db.query<
        unknown[] & { meta: { name(): string; db(): string; table(): string }[] }
      >('select a.id, a.name as called from author a');
      expect(result.meta.map((column) => [column.name(), column.db(), column.table()])).toEqual([
        ['id', 'shop', 'a'],
        ['called', 'shop', 'a'],
      ]);
    });

    test('reset forgets what the session has set', async () => {
      await db.query("set @v = 5, sql_mode = 'ANSI_QUOTES'");
      await db.reset();
      expect(await db.query('select @v as v, "text" as t, database() as d')).toEqual([
        { v: null, t: 'text', d: 'shop' },
      ]);
    });
  });
}
