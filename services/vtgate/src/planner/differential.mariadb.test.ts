import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MysqlConnection } from '@vitess-ts/mysql';
import { normalize, parse } from '@vitess-ts/sqlparser';
import type { Result } from '@vitess-ts/sqltypes';
import { compareResults, startMariadb, type CompareMode, type TestMariadb } from '@vitess-ts/testkit';
import { VSchema, srvVSchemaFromJson } from '@vitess-ts/vindexes';
import { collect } from '../engine/collect';
import { buildPlan } from './build-plan';
import { MariadbShards } from './mariadb-shards.contract';

/** Statements over shards give what one MariaDB with all rows gives. */

const tables = {
  shop: `
    create table customer(id bigint primary key, name varchar(30), email varchar(60) collate utf8mb4_bin,
      age int, born date) collate utf8mb4_general_ci;
    create table orders(id bigint, customer_id bigint, product_id bigint, price decimal(10,2), note text,
      primary key(id, customer_id)) collate utf8mb4_general_ci;
    create table event(user_id bigint, kind varchar(20), happened datetime, weight double) collate utf8mb4_unicode_ci;
    create table tag(word varchar(20), uses bigint) collate utf8mb4_general_ci;
    create table country(code char(2) primary key, title varchar(30)) collate utf8mb4_general_ci;`,
  main: `
    create table product(id bigint primary key, title varchar(30), price decimal(10,2)) collate utf8mb4_general_ci;`,
};

let server: TestMariadb;
let one: MysqlConnection;
let shards: MariadbShards;

const folder = join(__dirname, 'testdata');
const vschema = VSchema.build(srvVSchemaFromJson(readFileSync(join(folder, 'vschema.json'), 'utf8')));

async function sharded(sql: string): Promise<Result> {
  const { text, bindVars } = normalize(sql);
  const context = {
    vschema,
    target: { keyspace: 'shop' },
    collation: 45,
    sqlMode: '',
    dialect: 'mariadb',
  } as const;
  const plan = buildPlan(parse(text), text, context);
  return collect(plan.primitive, shards, bindVars);
}

/** The single database has the tables of both keyspaces. */
const single = (sql: string): Promise<Result> => one.query(sql.replaceAll(/\b(main|shop)\./g, ''));

beforeAll(async () => {
  server = await startMariadb();
  await server.sql('create database one');
  one = await server.connect({ database: 'one' });
  shards = await MariadbShards.open(server, { shop: ['-40', '40-c0', 'c0-'], main: ['0'] });
  for (const [keyspace, ddl] of Object.entries(tables)) {
    for (const statement of ddl.split(';').filter((s) => s.trim() !== '')) {
      await one.query(statement);
      for (const shard of keyspace === 'shop' ? ['-40', '40-c0', 'c0-'] : ['0']) {
        await server.sql(`use \`${keyspace}/${shard}\`; ${statement}`);
      }
    }
  }
  for (const statement of inserts()) {
    await sharded(statement);
    await single(statement);
  }
}, 60_000);

afterAll(async () => {
  await shards.close();
  await one.close();
  await server.stop();
});

function* inserts(): Generator<string> {
  const names = ['ann', 'Ann', 'ánn', 'bob', 'Bob ', 'cid', 'ß', 'ss', 'zoë', ''];
  for (let i = 1; i <= 60; i++) {
    const name = i % 13 === 0 ? 'null' : `'${names[i % names.length]}'`;
    const born = i % 7 === 0 ? 'null' : `'19${70 + (i % 9)}-0${1 + (i % 9)}-1${i % 10}'`;
    const age = i % 11 === 0 ? 'null' : i % 10;
    yield `insert into customer(id, name, email, age, born) values (${i}, ${name}, 'u${i % 4}@x', ${age}, ${born})`;
  }
  const orders = Array.from({ length: 90 }, (_, k) => {
    const i = k + 1;
    const price = i % 17 === 0 ? 'null' : `${(i * 7) % 23}.${10 + (i % 80)}`;
    return `(${i}, ${1 + ((i * 5) % 70)}, ${1 + (i % 12)}, ${price}, ${i % 5 === 0 ? 'null' : `'note ${i % 6}'`})`;
  });
  yield `insert into orders(id, customer_id, product_id, price, note) values ${orders.join(', ')}`;
  for (let i = 1; i <= 40; i++) {
    yield `insert into event(user_id, kind, happened, weight) values (${1 + (i % 25)}, 'K${i % 3}', '2020-01-0${1 + (i % 9)} 10:00:00', ${i / 4})`;
  }
  yield `insert into tag(word, uses) values ('a', 1), ('A', 2), ('b', 3), ('á', 4), ('c ', 5), ('c', 6)`;
  yield `insert into country(code, title) values ('u1', 'One'), ('de', 'Germany'), ('fr', 'France')`;
  yield `insert into main.product(id, title, price) values ${Array.from({ length: 10 }, (_, i) => `(${i + 1}, '${['pen', 'Pen', 'ink', 'box'][i % 4]}', ${i}.5)`).join(', ')}`;
}

const golden = ['single-table', 'aggregates', 'joins', 'subqueries'].flatMap((file) =>
  (JSON.parse(readFileSync(join(folder, `${file}.json`), 'utf8')) as { query: string; plan?: unknown }[])
    .filter(
      (c) =>
        c.plan !== undefined &&
        !/rand\(\)|group_concat|variance|\bpin\b|\(select max\(price\) from main/.test(c.query),
    )
    .map((c) => c.query),
);

/** Which of equal rows LIMIT takes is free in these. */
const isFree = (sql: string): boolean =>
  /limit/.test(sql) && !/order by .*\b(id|weight|name|count)\b.* limit/.test(sql.replace(/,.*from/, ' from'));

/** Of equal spellings a group shows any: 'Ann' or 'ánn'. */
const isAnySpelling = (sql: string): boolean =>
  /group by (age, )?(name|p.title)|union select|select distinct (name|kind|p.title)/.test(sql);

async function check(sql: string, mode: CompareMode): Promise<void> {
  const [actual, expected] = [await sharded(sql), await single(sql)];
  if (isFree(sql)) {
    expect(actual.rows.length).toBe(expected.rows.length);
    return;
  }
  if (isAnySpelling(sql)) {
    const shown = (r: Result): string[] => {
      const rows = r.rows.rows().map((row) => JSON.stringify(row.map((v) => fold(v?.toString() ?? null))));
      return mode === 'ordered' ? rows : rows.sort();
    };
    expect(shown(actual)).toEqual(shown(expected));
    return;
  }
  const differences = compareResults(actual, expected, mode);
  expect({ differences, log: differences.length > 0 ? shards.log.slice(-6) : [] }).toEqual({
    differences: [],
    log: [],
  });
}

test.each(golden)('%s', (sql) => check(sql, 'multiset'));

test.each([
  'select id, name from customer order by name, id',
  'select id, name from customer order by name desc, id desc limit 7, 9',
  'select id, email, age from customer order by email desc, age, id limit 10',
  'select id, born from customer order by born, id limit 20',
  'select user_id, kind, happened from event order by kind, happened desc, user_id, weight limit 12',
  'select age, count(*), sum(id), avg(id), min(born), max(born) from customer group by age order by age',
  'select age, count(name), count(distinct name) c from customer group by age order by c desc, age',
  'select count(distinct name), count(distinct age), count(distinct name, age) from customer',
  'select sum(price), avg(price), sum(distinct price), avg(distinct price), min(price), max(price) from orders',
  'select min(name), max(name), min(note) from customer join orders on customer.id = customer_id',
  'select avg(weight), sum(weight), max(weight) from event',
  'select count(*), sum(price) from orders where price < 0',
  'select product_id, count(*) n from orders group by product_id having n > 5 and sum(price) > 50 order by n desc, product_id',
  'select p.title, count(*), sum(o.price) s from orders o join main.product p on p.id = o.product_id group by p.title order by s desc',
  'select c.age, count(o.id) from customer c left join orders o on o.customer_id = c.id group by c.age order by 1',
  'select c.id, p.id from customer c left join main.product p on p.id = c.age order by c.id, p.id',
  'select c.id, p.title from customer c left join main.product p on p.id = c.age and p.price > 3 where p.id is null order by c.id',
  'select p.id, o.id from main.product p left join orders o on o.product_id = p.id and o.price > 15 order by p.id, o.id',
  'select a.id, b.id from customer a join customer b on a.age = b.id and b.name > a.name order by a.id, b.id',
  'select a.id, b.id from customer a join customer b on a.name = b.name where a.id < 10 order by a.id, b.id',
  'select a.id, b.id from customer a join customer b on a.born = b.born order by a.id, b.id',
  'select c.id, (select count(*) from orders o where o.customer_id = c.id) n from customer c order by n, c.id',
  'select id from customer where age not in (select id from main.product where id > 20) order by id',
  'select id from customer where age not in (select product_id from orders where price > 20) order by id',
  'select id from customer where age in (select product_id from orders where price > 20) order by id',
  'select id from customer where age > (select avg(age) from customer) order by id',
  'select id from customer where born = (select max(born) from customer) order by id',
  'select id from customer where id in (3, 999, 14, null) order by id',
  "select id from customer where id = '12'",
  "select id from customer where id = '12abc'",
  "select count(*), max(age) from customer where id = '12abc'",
  'select id from customer where id = 12.0',
  "select id from customer where id = '5' order by name limit 1",
  "select word, uses from tag where word = 'a' order by uses",
  'select count(*) from tag where word = "c"',
  'select name from customer union select title from main.product order by 1',
  'select age from customer union all select id from main.product order by 1',
  'select distinct age from customer order by age desc',
  'select distinct kind from event order by kind',
  'select age + 1 as x, count(*) * 2 from customer group by age order by x',
  'select x.a, x.n from (select age as a, count(*) as n from customer group by age) x where x.n > 3 order by x.a',
  'select max(n) from (select age, count(*) n from customer group by age) r',
  'with o as (select customer_id, sum(price) s from orders group by customer_id) select c.id, o.s from customer c join o on o.customer_id = c.id order by c.id',
  'select count(*) from customer c join country t on t.code = c.email',
  'select id from customer where exists (select 1 from main.product where id = 3) order by id limit 3',
  'select id from customer where not exists (select 1 from main.product where id = 300) order by id limit 3',
  'select year(born) y, month(born) m, count(*) from customer group by y, m order by y desc, m',
  'select bit_or(age), bit_and(age), bit_xor(age) from customer',
  'select count(*) c, age from customer group by age order by c, age limit 3',
  'select age, name from customer group by age, name order by age, name',
  'select name, count(*) from customer group by name order by name',
  'select id from customer c where exists (select 1 from orders o where o.product_id = c.age and o.price > 15) order by id',
  'select id from customer c where not exists (select 1 from orders o where o.product_id = c.age and o.price > 15) order by id',
  'select id from customer c where not exists (select 1 from main.product p where p.id = c.age) order by id',
  "select t.name, t.n from (select name, count(*) n from customer group by name) t where t.name = 'bob' and t.n > 1",
  'select t.a, t.n from (select age a, count(*) n from customer group by age) t where t.a in (1, 4) order by t.a',
  'select t.id from (select id, age from customer union all select id, id from main.product) t where t.age > 3 order by t.id',
  'select * from customer join orders using (id) order by id, customer_id',
  'select * from orders natural join main.product order by id',
  'select p.title, c.id, o.id from main.product p, customer c, orders o where p.id = o.product_id and o.customer_id = c.id and c.id = 6 order by o.id',
  'select c.id, o.id, p.id from customer c left join orders o on o.customer_id = c.id left join main.product p on p.id = o.product_id order by c.id, o.id',
  'select c.id from customer c left join (orders o join main.product p on p.id = o.product_id) on o.customer_id = c.id where p.id is null order by c.id',
  'select age, group_concat(id order by id desc) from customer group by age order by age',
  "select age, group_concat(distinct born order by born separator '; ') from customer group by age order by age",
  'select group_concat(id, name order by 1) from customer where id < 0',
  'select age, group_concat(id, ":", born order by email, id) from customer group by age order by age',
  'select std(age), stddev_samp(age), var_pop(customer.id), var_samp(price) from customer join orders on customer.id = customer_id',
  "select c.id, p.id from customer c join main.product p on p.id = c.age where (c.email = 'U1@X' or p.title = 'PEN') order by c.id, p.id",
  'select c.id, d.id from customer c join customer d on c.email = d.name or c.id = d.age order by c.id, d.id',
  'select id from customer where name in (select distinct email from customer where age = 2) order by id',
  'select 1 from customer where id < 4',
  "select 'a', 2, 3.5, null, count(*) from customer",
  'select max(id) - min(id) from customer',
  'select id from orders o where price > (select avg(price) from orders i where i.product_id = o.product_id) order by id',
  'select id from customer c where age < (select 0.5 * sum(price) from orders o where o.product_id = c.age and price > 2) order by id',
  'select id from customer c where age >= (select count(*) from orders o where o.product_id = c.age and o.id < 40) order by id',
  'select id from customer c where 0 = (select count(note) from orders o where o.product_id = c.age and o.price > 15) order by id',
  'select id from customer c where born = (select max(born) from customer d where d.age = c.age) order by id',
  'select id from customer c where id = (select min(d.id) from customer d where d.name = c.name) order by id',
  'select id from customer c where 3.35 < (select avg(o.id) from orders o where o.product_id = c.age) order by id',
  'select id from customer c where id < (select sum(o.id) / 7 from orders o where o.product_id = c.age and o.price = c.age) order by id',
  'select p.id, (select count(*) from orders o where o.product_id = p.id) n, (select max(price) from orders o where o.product_id = p.id and o.id > 30) from main.product p order by p.id',
  'select c.id, (select sum(o.price) from orders o where o.product_id = c.age) from customer c where c.id < 30 order by c.id',
  'select id from main.product where id in (select age from customer c where c.id > (select min(o.id) from orders o where o.product_id = c.age)) order by id',
  'select c.age, count(*) from customer c, main.product p where p.id = c.age and p.price * 3 > (select avg(price) from orders o where o.product_id = p.id) group by c.age order by c.age',
  'select a.id, b.id from customer a join orders b on a.name = b.note or a.age = b.id order by 1, 2',
  'select a.id, b.id from customer a left join customer b on a.name = b.name and b.id > 50 order by a.id, b.id',
  'select a.id, b.id from customer a join customer b on a.born = b.born and a.age < b.age order by a.id, b.id',
  'select o.id, q.id from orders o join orders q on o.price = q.price and o.id < q.product_id order by o.id, q.id',
  'select p.title, t.word from main.product p join tag t on t.word = p.title order by 1, 2',
  'select c.id, p.id from customer c, main.product p where (c.age = p.id and c.id < 20) or (c.age = p.id and p.price > 7) order by 1, 2',
  "select c.id, p.id from customer c, main.product p where (c.age = p.id and p.title = 'pen' and c.id < 9) or (c.id = p.id and c.age = 3) order by 1, 2",
  'select c.id, o.id, p.id from customer c, orders o, main.product p where c.age = p.id and p.id = o.product_id and c.age = 4 order by 1, 2',
  'select sum(case when p.price > 4 then o.price * (1 - p.price) else 0 end) from orders o join main.product p on p.id = o.product_id',
  'select o.id, if(p.price < o.price, o.price + p.price, 0) x from orders o join main.product p on p.id = o.product_id order by x, o.id',
  'select o.id, o.price * p.price / 3 from orders o join main.product p on p.id = o.product_id order by 1',
  'select c.id, d.n from customer c join (select product_id pid, count(*) n from orders group by pid) d on d.pid = c.age and d.n < c.id order by 1',
  'select c.id, d.n from customer c left join (select product_id pid, count(*) n from orders group by pid limit 100) d on d.pid = c.age order by 1',
  'select t.title, c.id, e.user_id from country t, customer c, event e, main.product p where p.id = c.age and e.user_id = p.id and t.title > p.title order by 1, 2, 3',
  'select avg(age) * 3, 0.2 * avg(distinct price), avg(age) / 7 from customer join orders on customer.id = customer_id',
  'select product_id, avg(price) * 3 from orders group by product_id order by 2, 1',
  'select product_id from orders group by product_id having avg(price) > 11.1 or avg(price) between 3.1 and 9',
  'select case when count(*) > 3 then 1 else 0 end from customer',
  'select c.name, o.price * p.price from customer c join orders o on o.customer_id = c.id join main.product p on p.id = o.product_id order by c.id, o.id',
])('%s', (sql) => check(sql, /order by/.test(sql) ? 'ordered' : 'multiset'));

const fold = (text: string | null): string | null =>
  text?.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace('ß', 's').trimEnd() ?? null;

test.each([
  'update customer set age = age + 1 where id in (1, 2, 3, 50)',
  "update customer set email = 'changed' where name = 'ann'",
  'update customer c join orders o on o.customer_id = c.id set c.age = 77 where o.price > 20',
  'update customer set age = (select max(price) from main.product) where id = 4',
  "update country set title = 'X' where code = 'de'",
  "update main.product set price = 1 where title = 'ink'",
  'delete from orders where customer_id = 6',
  'delete from orders where price < 3',
  'delete o from orders o join customer c on c.id = o.customer_id where c.age = 77',
  'insert into orders(id, customer_id, price) values (1, 6, 2), (200, 7, 3) on duplicate key update price = 99',
  'replace into orders(id, customer_id, price) values (200, 7, 4)',
  'insert into orders(id, customer_id, note) select id + 1000, id, name from customer where age > 3',
  'insert into orders(id, customer_id, price) select o.id + 5000, p.id + 100, p.price from orders o join main.product p on p.id = o.product_id',
  'insert into main.product(id, title) select id + 100, name from customer where id < 5',
  'delete from customer where age in (select id from main.product where price > 3)',
])('%s', async (sql) => {
  const [actual, expected] = [await sharded(sql), await single(sql)];
  expect(actual.rowsAffected).toBe(expected.rowsAffected);
  for (const table of ['customer', 'orders', 'country', 'main.product']) {
    const all = `select * from ${table}`;
    expect(compareResults(await sharded(all), await single(all), 'multiset')).toEqual([]);
  }
});
