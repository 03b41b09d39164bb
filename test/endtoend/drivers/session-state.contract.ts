import { Sessions } from './answers.contract';
import type { ShopCluster } from './shop-cluster.contract';

/** In order: what statements leave behind for the next one to ask. */
const statements: readonly string[] = [
  "insert into item values (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)",
  'select row_count()',
  'select row_count()',
  "insert ignore into item values (1, 'x', 9), (4, 'd', 4)",
  'show warnings',
  'show count(*) warnings',
  'select @@warning_count',
  "insert ignore into item values (5, 'toolong', 5)",
  'show warnings',
  "insert into item values (6, 'toolong', 6)",
  'show warnings',
  'show errors',
  'select @@error_count',
  "update item set a = 'zz' where id = 1",
  'select row_count()',
  "update item set a = 'y' where id in (1, 2, 3)",
  'delete from item where id = 99',
  'select row_count()',
  "insert into item values (1, 'dup', 50)",
  "replace into item values (1, 'r', 1)",
  "insert into item values (1, 's', 1) on duplicate key update a = 's2'",
  'select * from item order by id limit 2',
  'select found_rows()',
  'select * from item order by id',
  'select found_rows()',
  'select sql_calc_found_rows id, a from item where id < 4 order by id limit 1',
  'select found_rows()',
  'select sql_calc_found_rows * from item where id = 2 limit 0',
  'select found_rows()',
  'select sql_calc_found_rows distinct a, a from item order by a limit 1',
  'select found_rows()',
  'update item set n = last_insert_id(n + 100) where id = 4',
  'select last_insert_id()',
  'select last_insert_id(n + 1) from item where id = 4',
  'select last_insert_id()',
  'select a, n into @a, @n from item where id = 4',
  'select @a, @n',
  'select id into @n from item where id = 777',
  'show warnings',
  'select @n',
  'select id into @n from item',
  'drop table if exists KS.nope_t',
  'show warnings',
  'create table if not exists item (id int)',
  'show warnings',
  'alter table item add column x int default 7',
  'select * from item where id = 1',
  'alter table item drop column x',
  'drop table nope_t',
  'alter table nope_t add x int',
  'create table item (id int)',
  'select * from nope_t',
  'show errors',
  "prepare s from 'insert into item (id, a) values (?, ?)'",
  "set @id = 50, @a = 'p'",
  'execute s using @id, @a',
  'select row_count(), @@warning_count',
  'select id, a from item where id = @id',
  'execute s using @id, @a',
  'truncate table item',
  'select count(*) from item',
];

export function describeSessionState(shop: () => ShopCluster): void {
  describe('what a statement leaves behind', () => {
    test('is what one server leaves: warnings, counts, ids, variables', async () => {
      const setup = await shop().direct();
      await setup.query('create database single');
      await setup.query('create table single.item like vt_shop.item');
      const sessions = await Sessions.open(shop(), 'single');
      try {
        for (const sql of statements) await sessions.same(sql);
      } finally {
        await sessions.close();
        await setup.query('drop database single');
        await setup.end();
      }
    });
  });
}
