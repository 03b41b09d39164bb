import { Kysely, MysqlDialect, sql, type MysqlPool } from 'kysely';
import { createPool } from 'mysql2';
import type { ShopCluster } from './shop-cluster.contract';

interface Tables {
  kysely_thing: { id: number; name: string; n: number | null };
}

export function describeKysely(shop: () => ShopCluster, keyspace: string): void {
  describe(`Kysely on ${keyspace}`, () => {
    test('builds a schema, looks at it, and runs queries in and out of transactions', async () => {
      const pool = createPool({
        host: '127.0.0.1',
        port: shop().cluster.mysqlPort,
        user: 'test',
        database: keyspace,
        connectionLimit: 3,
      });
      const db = new Kysely<Tables>({ dialect: new MysqlDialect({ pool: pool as unknown as MysqlPool }) });
      try {
        await db.schema
          .createTable('kysely_thing')
          .addColumn('id', 'bigint', (column) => column.primaryKey())
          .addColumn('name', 'varchar(50)', (column) => column.notNull())
          .addColumn('n', 'integer')
          .execute();
        await db.schema.createIndex('kysely_n').on('kysely_thing').column('n').execute();
        const tables = await db.introspection.getTables();
        expect(tables.find((t) => t.name === 'kysely_thing')?.columns.map((c) => c.name)).toEqual([
          'id',
          'name',
          'n',
        ]);
        const inserted = await db
          .insertInto('kysely_thing')
          .values([1, 2, 3, 4].map((id) => ({ id, name: `n${id}`, n: id * 10 })))
          .executeTakeFirst();
        expect(inserted.numInsertedOrUpdatedRows).toBe(4n);
        const rows = await db
          .selectFrom('kysely_thing as t')
          .innerJoin('kysely_thing as u', 'u.id', 't.id')
          .select(['t.name', (eb) => eb('u.n', '+', 1).as('m')])
          .where('t.n', '>', 15)
          .orderBy('t.id', 'desc')
          .limit(2)
          .execute();
        expect(rows.map((row) => [row.name, Number(row.m)])).toEqual([
          ['n4', 41],
          ['n3', 31],
        ]);
        await expect(
          db.transaction().execute(async (trx) => {
            await trx.deleteFrom('kysely_thing').execute();
            throw new Error('roll back');
          }),
        ).rejects.toThrow('roll back');
        const { c } = await db
          .selectFrom('kysely_thing')
          .select((eb) => eb.fn.countAll().as('c'))
          .executeTakeFirstOrThrow();
        expect(Number(c)).toBe(4);
        const { rows: raw } = await sql<{ one: number }>`select ${1} as one`.execute(db);
        expect(raw).toHaveLength(1);
        await db.schema.dropTable('kysely_thing').execute();
      } finally {
        await db.destroy();
      }
    });
  });
}
