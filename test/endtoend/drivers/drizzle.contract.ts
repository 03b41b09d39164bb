import { count, desc, eq, gt, sum } from 'drizzle-orm';
import { bigint, int, mysqlTable, varchar } from 'drizzle-orm/mysql-core';
import { drizzle } from 'drizzle-orm/mysql2';
import { createPool } from 'mysql2/promise';
import type { ShopCluster } from './shop-cluster.contract';

const thing = mysqlTable('drizzle_thing', {
  id: bigint({ mode: 'number' }).primaryKey(),
  name: varchar({ length: 50 }).notNull(),
  n: int(),
});

export function describeDrizzle(shop: () => ShopCluster, keyspace: string): void {
  describe(`Drizzle on ${keyspace}`, () => {
    test('inserts, selects, updates, deletes, with prepared statements and transactions', async () => {
      const pool = createPool({
        host: '127.0.0.1',
        port: shop().cluster.mysqlPort,
        user: 'test',
        database: keyspace,
        connectionLimit: 3,
      });
      try {
        await pool.query(
          'create table drizzle_thing (id bigint primary key, name varchar(50) not null, n int)',
        );
        const db = drizzle(pool);
        await db.insert(thing).values([1, 2, 3, 4].map((id) => ({ id, name: `n${id}`, n: id * 10 })));
        expect(await db.select().from(thing).where(eq(thing.id, 3))).toEqual([{ id: 3, name: 'n3', n: 30 }]);
        const many = db
          .select({ c: count(), s: sum(thing.n) })
          .from(thing)
          .where(gt(thing.n, 15))
          .prepare();
        expect(await many.execute()).toEqual([{ c: 3, s: '90' }]);
        expect(
          await db.select({ name: thing.name }).from(thing).orderBy(desc(thing.id)).limit(2).offset(1),
        ).toEqual([{ name: 'n3' }, { name: 'n2' }]);
        await db
          .insert(thing)
          .values({ id: 1, name: 'again', n: 1 })
          .onDuplicateKeyUpdate({ set: { name: 'again' } });
        await db.update(thing).set({ n: null }).where(eq(thing.id, 2));
        await expect(
          db.transaction(async (tx) => {
            await tx.delete(thing).where(eq(thing.id, 1));
            tx.rollback();
          }),
        ).rejects.toThrow();
        await db.delete(thing).where(eq(thing.id, 4));
        expect(await db.select().from(thing).orderBy(thing.id)).toEqual([
          { id: 1, name: 'again', n: 10 },
          { id: 2, name: 'n2', n: null },
          { id: 3, name: 'n3', n: 30 },
        ]);
        await pool.query('drop table drizzle_thing');
      } finally {
        await pool.end();
      }
    });
  });
}
