import { DataSource, EntitySchema, In, MoreThan } from 'typeorm';
import type { ShopCluster } from './shop-cluster.contract';

interface Thing {
  id: string;
  name: string;
  n: number | null;
}

const thing = new EntitySchema<Thing>({
  name: 'Thing',
  tableName: 'typeorm_thing',
  columns: {
    id: { type: 'bigint', primary: true },
    name: { type: 'varchar', length: 50 },
    n: { type: 'int', nullable: true },
  },
});

export function describeTypeorm(shop: () => ShopCluster, keyspace: string): void {
  describe(`TypeORM on ${keyspace}`, () => {
    test('synchronizes a schema twice, and saves, finds, changes and removes entities', async () => {
      const source = new DataSource({
        type: 'mysql',
        connectorPackage: 'mysql2',
        host: '127.0.0.1',
        port: shop().cluster.mysqlPort,
        username: 'test',
        database: keyspace,
        entities: [thing],
      });
      await source.initialize();
      try {
        await source.synchronize();
        // The second time it compares what is there with what it wants.
        await source.synchronize();
        const things = source.getRepository(thing);
        await things.insert([1, 2, 3, 4].map((id) => ({ id: String(id), name: `n${id}`, n: id * 10 })));
        expect(await things.findOneBy({ id: '3' })).toEqual({ id: '3', name: 'n3', n: 30 });
        expect(await things.countBy({ n: MoreThan(15) })).toBe(3);
        expect(
          (await things.find({ where: { id: In(['1', '4']) }, order: { id: 'DESC' } })).map((t) => t.name),
        ).toEqual(['n4', 'n1']);
        await things.update({ id: '2' }, { n: null });
        const [top, count] = await things.findAndCount({ order: { name: 'ASC' }, skip: 1, take: 2 });
        expect([top.map((t) => t.n), count]).toEqual([[null, 30], 4]);
        await expect(
          source.transaction(async (manager) => {
            await manager.delete(thing, { id: '1' });
            throw new Error('roll back');
          }),
        ).rejects.toThrow('roll back');
        expect(await things.count()).toBe(4);
        await expect(things.insert({ id: '1', name: 'x', n: 0 })).rejects.toThrow('Duplicate entry');
        await source.query('drop table typeorm_thing');
      } finally {
        await source.destroy();
      }
    });
  });
}
