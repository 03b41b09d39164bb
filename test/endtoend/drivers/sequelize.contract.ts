import { DataTypes, Op, Sequelize } from 'sequelize';
import type { ShopCluster } from './shop-cluster.contract';

export function describeSequelize(shop: () => ShopCluster, keyspace: string): void {
  describe(`Sequelize on ${keyspace}`, () => {
    test('syncs a model, and creates, finds, changes, counts and destroys its rows', async () => {
      const db = new Sequelize(keyspace, 'test', '', {
        host: '127.0.0.1',
        port: shop().cluster.mysqlPort,
        dialect: 'mysql',
        logging: false,
      });
      try {
        await db.authenticate();
        const Thing = db.define(
          'thing',
          {
            id: { type: DataTypes.BIGINT, primaryKey: true },
            name: { type: DataTypes.STRING(50), allowNull: false },
            amount: DataTypes.DECIMAL(10, 2),
            on: { type: DataTypes.BOOLEAN, defaultValue: true },
          },
          { tableName: 'sequelize_thing', indexes: [{ fields: ['name'] }] },
        );
        await Thing.sync({ force: true });
        await Thing.create({ id: 1, name: 'one', amount: '1.50' });
        await Thing.bulkCreate([2, 3, 4].map((id) => ({ id, name: `n${id}`, amount: id })));
        const found = await Thing.findByPk(1);
        expect(found?.get('amount')).toBe('1.50');
        expect(await Thing.count({ where: { amount: { [Op.gte]: 2 } } })).toBe(3);
        const page = await Thing.findAndCountAll({ order: [['name', 'DESC']], limit: 2, offset: 1 });
        expect([page.count, page.rows.map((row) => row.get('name'))]).toEqual([4, ['n4', 'n3']]);
        await Thing.update({ name: 'changed' }, { where: { id: 2 } });
        await expect(
          db.transaction(async (transaction) => {
            await Thing.destroy({ where: {}, transaction });
            throw new Error('roll back');
          }),
        ).rejects.toThrow('roll back');
        expect(await Thing.count()).toBe(4);
        expect(await Thing.destroy({ where: { id: [2, 3] } })).toBe(2);
        await expect(Thing.create({ id: 1, name: 'again' })).rejects.toThrow('Validation error');
        const described = await db.getQueryInterface().describeTable('sequelize_thing');
        expect(Object.keys(described)).toEqual(['id', 'name', 'amount', 'on', 'createdAt', 'updatedAt']);
        await Thing.drop();
      } finally {
        await db.close();
      }
    });
  });
}
