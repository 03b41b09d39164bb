import knex, { type Knex } from 'knex';
import type { ShopCluster } from './shop-cluster.contract';

export function describeKnex(shop: () => ShopCluster): void {
  describe('Knex', () => {
    let db: Knex;
    beforeAll(() => {
      db = knex({
        client: 'mysql2',
        connection: { host: '127.0.0.1', port: shop().cluster.mysqlPort, user: 'test', database: 'shop' },
        pool: { min: 0, max: 4 },
      });
    });
    afterAll(async () => {
      await db?.('author').del();
      await db?.destroy();
    });

    test('the schema builder makes, asks for, changes and drops a table', async () => {
      await db.schema.dropTableIfExists('knex_thing');
      expect(await db.schema.hasTable('knex_thing')).toBe(false);
      await db.schema.createTable('knex_thing', (t) => {
        t.bigInteger('id').primary();
        t.string('name', 50).notNullable().defaultTo('x').index();
        t.decimal('d', 10, 2);
        t.timestamps(true, true);
        t.enum('e', ['a', 'b']);
        t.text('tx');
        t.unique(['id', 'name']);
      });
      expect(await db.schema.hasTable('knex_thing')).toBe(true);
      await db.schema.alterTable('knex_thing', (t) => {
        t.integer('n2');
        t.dropColumn('tx');
      });
      expect(await db.schema.hasColumn('knex_thing', 'n2')).toBe(true);
      expect(await db.schema.hasColumn('knex_thing', 'tx')).toBe(false);
      await db.schema.alterTable('knex_thing', (t) => t.renameColumn('n2', 'n3'));
      const columns = await db('knex_thing').columnInfo();
      expect(Object.keys(columns)).toEqual(['id', 'name', 'd', 'created_at', 'updated_at', 'e', 'n3']);
      expect(columns['name']).toEqual({
        defaultValue: "'x'",
        type: 'varchar',
        maxLength: 50,
        nullable: false,
      });
      await db('knex_thing').insert([1, 2, 3, 4].map((id) => ({ id, name: `k${id}`, n3: id })));
      expect(await db('knex_thing').sum('n3 as s')).toEqual([{ s: 10 }].map(({ s }) => ({ s: String(s) })));
      await db.schema.dropTable('knex_thing');
      expect(await db.schema.hasTable('knex_thing')).toBe(false);
    });

    test('rows are inserted, read, changed and removed', async () => {
      const [id] = await db('author').insert([
        { name: 'k1' },
        { name: 'k2' },
        { name: 'k3' },
        { name: 'k4' },
      ]);
      expect(await db('author').where({ id }).first('name')).toEqual({ name: 'k1' });
      expect(await db('author').where('name', 'k2').update({ note: 'n', amount: 1 })).toBe(1);
      expect(await db('author').where('name', 'k2').increment('amount', 2)).toBe(1);
      expect(await db('author').where('note', 'n').select('name', 'amount')).toEqual([
        { name: 'k2', amount: '3.00' },
      ]);
      expect(await db('author').count('* as n')).toEqual([{ n: 4 }]);
      expect(await db('author').orderBy('name', 'desc').limit(2).offset(1).pluck('name')).toEqual([
        'k3',
        'k2',
      ]);
      expect(await db('author').whereIn('name', ['k1', 'k4']).orderBy('name').pluck('name')).toEqual([
        'k1',
        'k4',
      ]);
      await db('author').insert({ id, name: 'k1' }).onConflict('id').merge({ note: 'merged' });
      expect(await db('author').where({ id }).pluck('note')).toEqual(['merged']);
      expect(await db('author').insert({ id, name: 'k1' }).onConflict('id').ignore()).toEqual([0]);
      await db('book').insert({ id: 1, author_id: id, title: 'one' });
      expect(
        await db('author').join('book', 'author.id', 'book.author_id').select('author.name', 'book.title'),
      ).toEqual([{ name: 'k1', title: 'one' }]);
      expect(await db('author').where('name', 'like', 'k%').del()).toBe(4);
    });

    test('transactions with savepoints', async () => {
      const names = (): Promise<string[]> =>
        db('author').where('name', 'like', 's%').orderBy('name').pluck('name');
      await db.transaction(async (outer) => {
        await outer('author').insert([{ name: 's1' }, { name: 's2' }]);
        await outer.transaction((inner) => inner('author').insert([{ name: 's3' }, { name: 's4' }]));
        const undone = outer.transaction(async (inner) => {
          await inner('author').insert([{ name: 's5' }, { name: 's6' }, { name: 's7' }]);
          throw new Error('undo this part');
        });
        await expect(undone).rejects.toThrow('undo this part');
        expect(await names()).toEqual([]);
      });
      expect(await names()).toEqual(['s1', 's2', 's3', 's4']);
      const failed = db.transaction(async (outer) => {
        await outer('author').where('name', 'like', 's%').del();
        throw new Error('undo all');
      });
      await expect(failed).rejects.toThrow('undo all');
      expect(await names()).toEqual(['s1', 's2', 's3', 's4']);
    });

    test('isolation levels, read only transactions and locking reads', async () => {
      const count = await db.transaction((t) => t('author').count('* as n'), {
        isolationLevel: 'read committed',
      });
      expect(count).toHaveLength(1);
      const write = db.transaction((t) => t('author').insert({ name: 'ro' }), { readOnly: true });
      await expect(write).rejects.toMatchObject({ errno: 1792, sqlState: '25006' });
      await db('author').insert({ id: 900, name: 'locked' });
      await db.transaction(async (t) => {
        expect(await t('author').where('id', 900).forUpdate().pluck('id')).toEqual([900]);
      });
    });

    test('errors say what MySQL says', async () => {
      await db('author').insert({ id: 901, name: 'twice' });
      await expect(db('author').insert({ id: 901, name: 'other' })).rejects.toMatchObject({
        errno: 1062,
        sqlState: '23000',
        code: 'ER_DUP_ENTRY',
      });
      await expect(db('author').select('nope')).rejects.toMatchObject({ errno: 1054, sqlState: '42S22' });
      await expect(db('nope').select()).rejects.toMatchObject({ errno: 1146, sqlState: '42S02' });
    });
  });
}
