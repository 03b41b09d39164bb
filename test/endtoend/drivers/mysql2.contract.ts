import { createConnection } from 'mysql2';
import type { Connection, ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import type { ShopCluster } from './shop-cluster.contract';

export function describeMysql2(shop: () => ShopCluster): void {
  describe('mysql2', () => {
    let db: Connection;
    beforeAll(async () => {
      db = await shop().gate();
    });
    afterAll(async () => {
      await db?.query('delete from author');
      await db?.end();
    });

    const rows = async (sql: string, values: unknown[] = [], on = db): Promise<RowDataPacket[]> => {
      const [found] = await on.query<RowDataPacket[]>(sql, values);
      return found;
    };

    test('values go in and come out', async () => {
      expect(await rows('select ? as a, ? as b, ? as c', [1, "x'y\\", null])).toEqual([
        { a: 1, b: "x'y\\", c: null },
      ]);
    });

    test('rows are written over both shards with ids of the sequence, and read back', async () => {
      const [inserted] = await db.query<ResultSetHeader>('insert into author (name) values ?', [
        [['ann'], ['bob'], ['cy'], ['dee'], ['eve'], ['fay']],
      ]);
      expect(inserted.affectedRows).toBe(6);
      const first = Number(inserted.insertId);
      expect(await rows('select id from author where name = ?', ['ann'])).toEqual([{ id: String(first) }]);
      const [updated] = await db.query<ResultSetHeader>('update author set note = ? where id in (?)', [
        'n',
        [first, first + 1, first + 2],
      ]);
      expect([updated.affectedRows, updated.changedRows]).toEqual([3, 3]);
      expect(await rows('select name from author where note = ? order by name', ['n'])).toEqual([
        { name: 'ann' },
        { name: 'bob' },
        { name: 'cy' },
      ]);
      const [removed] = await db.query<ResultSetHeader>('delete from author where id >= ?', [first + 3]);
      expect(removed.affectedRows).toBe(3);
    });

    test('transactions commit and roll back over both shards', async () => {
      const other = await shop().gate();
      const count = async (on: Connection): Promise<number> =>
        (await rows("select id from author where name like 'tx%'", [], on)).length;
      await db.beginTransaction();
      await db.query('insert into author (name) values ?', [[['tx1'], ['tx2'], ['tx3'], ['tx4']]]);
      expect([await count(db), await count(other)]).toEqual([4, 0]);
      await db.rollback();
      expect(await count(db)).toBe(0);
      await db.beginTransaction();
      await db.query('insert into author (name) values ?', [[['tx5'], ['tx6'], ['tx7'], ['tx8']]]);
      await db.commit();
      expect(await count(other)).toBe(4);
      await other.end();
    });

    test.each([
      ["insert into author (id, name) values (1, 'p'), (1, 'q')", 1062, '23000', 'ER_DUP_ENTRY'],
      ['select nope from author', 1054, '42S22', 'ER_BAD_FIELD_ERROR'],
      ['select * from nope', 1146, '42S02', 'ER_NO_SUCH_TABLE'],
      ['selec 1', 1064, '42000', 'ER_PARSE_ERROR'],
      ["insert into item (id, a) values (1, 'too long')", 1406, '22001', 'ER_DATA_TOO_LONG'],
      ['insert into book (id, author_id) values (1, 999999)', 1452, '23000', 'ER_NO_REFERENCED_ROW_2'],
      ['select 1; select 2', 1064, '42000', 'ER_PARSE_ERROR'],
    ])('%s is error %d', async (sql, errno, sqlState, code) => {
      await expect(db.query(sql)).rejects.toMatchObject({ errno, sqlState, code });
      expect(await rows('select 1 as alive')).toEqual([{ alive: 1 }]);
    });

    test('several statements in one query, each with its result', async () => {
      const multi = await shop().gate({ multipleStatements: true });
      const [results] = await multi.query(
        "select 1 as a; insert into author (name) values ('multi'); select name from author where name = 'multi'; " +
          "delete from author where name = 'multi'",
      );
      const [one, inserted, found, removed] = results as [unknown, ResultSetHeader, unknown, ResultSetHeader];
      expect([one, inserted.affectedRows, found, removed.affectedRows]).toEqual([
        [{ a: 1 }],
        1,
        [{ name: 'multi' }],
        1,
      ]);
      await multi.end();
    });

    test('changeUser and ping keep the connection usable', async () => {
      const own = await shop().gate();
      await own.query("set sql_mode = 'ANSI_QUOTES', @v = 1");
      await own.changeUser({ database: 'main' });
      await own.ping();
      expect(await rows('select database() as d, @v as v, "text" as t', [], own)).toEqual([
        { d: 'main', v: null, t: 'text' },
      ]);
      await own.end();
    });

    test('affected rows count found or changed rows, as the client asks', async () => {
      await db.query("insert into author (name, note) values ('found', 'same')");
      const update = "update author set note = 'same' where name = 'found'";
      const changed = await shop().gate({ flags: ['-FOUND_ROWS'] });
      const [asFound] = await db.query<ResultSetHeader>(update);
      const [asChanged] = await changed.query<ResultSetHeader>(update);
      expect([asFound.affectedRows, asFound.changedRows]).toEqual([1, 0]);
      expect([asChanged.affectedRows, asChanged.changedRows]).toEqual([0, 0]);
      await changed.end();
    });

    test('a result streams row by row', async () => {
      const own = createConnection({ host: '127.0.0.1', port: shop().cluster.mysqlPort, user: 'test' });
      let seen = 0;
      await new Promise((resolve, reject) => {
        own
          .query('select table_name, column_name from information_schema.columns')
          .stream()
          .on('data', () => seen++)
          .on('end', resolve)
          .on('error', reject);
      });
      expect(seen).toBeGreaterThan(500);
      own.destroy();
    });
  });
}
