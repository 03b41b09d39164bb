import mariadb from 'mariadb';
import type { Connection, ResultSetHeader, RowDataPacket } from 'mysql2/promise';
import type { ShopCluster } from './shop-cluster.contract';

/** Server-side prepared statements of drivers, on two shards. */
export function describePrepared(shop: () => ShopCluster): void {
  describe('prepared statements of mysql2', () => {
    let db: Connection;
    beforeAll(async () => {
      db = await shop().gate({ dateStrings: true });
    });
    afterAll(async () => {
      await db?.query('delete from item');
      await db?.end();
    });
    const rowsOf = async (
      sql: string,
      values: (string | number | Buffer | Date | null)[] = [],
    ): Promise<unknown[]> => (await db.execute<RowDataPacket[]>(sql, values))[0].map((row) => ({ ...row }));

    test('write, read, change and remove rows of both shards', async () => {
      for (let id = 1; id <= 8; id++) {
        const [{ affectedRows }] = await db.execute<ResultSetHeader>(
          'insert into item (id, a, n) values (?, ?, ?)',
          [id, `a${id}`, id * 10],
        );
        expect(affectedRows).toBe(1);
      }
      expect(await rowsOf('select a, n from item where id = ?', [3])).toEqual([{ a: 'a3', n: 30 }]);
      expect(await rowsOf('select a from item where id in (?, ?) order by id', [2, 7])).toEqual([
        { a: 'a2' },
        { a: 'a7' },
      ]);
      expect(await rowsOf('select id from item where n > ? order by id limit ?, ?', [20, 1, 2])).toEqual([
        { id: '4' },
        { id: '5' },
      ]);
      expect(
        await rowsOf('select count(*) as c, sum(n) as s, max(a) as m from item where n < ?', [45]),
      ).toEqual([{ c: '4', s: '100', m: 'a4' }]);
      expect(await rowsOf('select a, n + ? as k from item where a = ?', [0.5, 'a1'])).toEqual([
        { a: 'a1', k: 10.5 },
      ]);
      const [changed] = await db.execute<ResultSetHeader>('update item set a = ? where id = ?', ['zz', 5]);
      expect(changed).toMatchObject({ affectedRows: 1, changedRows: 1 });
      expect(await rowsOf('select id from item where a = ?', ['zz'])).toEqual([{ id: '5' }]);
      const [removed] = await db.execute<ResultSetHeader>(
        'delete from item where id >= ? and a is not null',
        [6],
      );
      expect(removed.affectedRows).toBe(3);
    });

    test('nulls, bytes, dates and text beyond ASCII go both ways', async () => {
      expect(
        await rowsOf('select ? as n, ? as t, hex(?) as b', [null, 'naïve 🙂', Buffer.from('00ff80', 'hex')]),
      ).toEqual([{ n: null, t: 'naïve 🙂', b: '00FF80' }]);
      const [author] = await db.execute<ResultSetHeader>(
        'insert into author (name, born, amount) values (?, ?, ?)',
        ['prep', '1970-02-03', '12.30'],
      );
      const row = { name: 'prep', born: '1970-02-03', amount: '12.30' };
      const where = 'where id = ? and born <= ?';
      expect(
        await rowsOf(`select name, born, amount from author ${where}`, [author.insertId, '1980-01-01']),
      ).toEqual([row]);
      await db.execute('delete from author where id = ?', [author.insertId]);
    });

    test('other statements than SELECT and DML', async () => {
      await db.execute('set @x = ?', ['x']);
      expect(await rowsOf('select @x as x')).toEqual([{ x: 'x' }]);
      await db.execute('do ? + 1', [1]);
      expect(await rowsOf("show tables like 'item'")).toHaveLength(1);
      await db.execute('begin');
      await db.execute('update item set n = ? where id = ?', [null, 1]);
      await db.execute('rollback');
      expect(await rowsOf('select n from item where id = ?', [1])).toEqual([{ n: 10 }]);
    });

    test('errors leave the connection as it was', async () => {
      await expect(db.execute('select nope from item where id = ?', [1])).rejects.toMatchObject({
        errno: 1054,
      });
      await expect(db.execute('selec ?', [1])).rejects.toMatchObject({ errno: 1064 });
      await expect(db.execute('insert into item (id) values (?)', [1])).rejects.toMatchObject({
        errno: 1062,
      });
      expect(await rowsOf('select 1 as one')).toEqual([{ one: 1 }]);
    });
  });

  describe('prepared statements of the mariadb connector', () => {
    test('run again and again, with values of each kind', async () => {
      const { cluster } = shop();
      const db = await mariadb.createConnection({
        host: '127.0.0.1',
        port: cluster.mysqlPort,
        user: 'test',
        database: 'shop',
        bigIntAsNumber: true,
      });
      try {
        const insert = await db.prepare('insert into item (id, a, n) values (?, ?, ?)');
        for (let id = 101; id <= 104; id++) await insert.execute([id, `m${id % 10}`, id]);
        insert.close();
        const select = await db.prepare('select id, a from item where id between ? and ? order by id');
        for (const from of [101, 103]) {
          const rows: { id: number; a: string }[] = await select.execute([from, from + 1]);
          expect(rows.map(({ id, a }) => ({ id, a }))).toEqual([
            { id: from, a: `m${from % 10}` },
            { id: from + 1, a: `m${(from + 1) % 10}` },
          ]);
        }
        select.close();
        const when = new Date(2024, 1, 3, 4, 5, 6);
        const [row] = await db.execute('select ? as d, ? as b, ? as i, ? as f, ? as n', [
          when,
          Buffer.from([0, 255]),
          12345678901234n,
          1.25,
          null,
        ]);
        expect(row).toMatchObject({ b: Buffer.from([0, 255]), i: 12345678901234, f: 1.25, n: null });
        await db.execute('delete from item where id > ?', [100]);
      } finally {
        await db.end();
      }
    });
  });
}
