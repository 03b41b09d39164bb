import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, print, type Query } from '@vitess-ts/sqlparser';
import { VSchema, srvVSchemaFromJson } from '@vitess-ts/vindexes';
import { Binder } from '../semantics/binder';
import { withoutKeyspaces } from '../sql-text';
import { decorrelate } from './decorrelate';

const file = join(__dirname, '..', 'testdata', 'vschema.json');
const vschema = VSchema.build(srvVSchemaFromJson(readFileSync(file, 'utf8')));

function joined(sql: string, roundsQuotients = true): string | undefined {
  const binder = new Binder(vschema, 'shop', undefined);
  const query = binder.bindQuery(parse(sql) as Query);
  const result = decorrelate(query, { newTable: () => binder.addTable(), roundsQuotients });
  return result && print(withoutKeyspaces(result));
}

test('a comparison with an aggregate of correlated rows joins their groups', () => {
  expect(
    joined(
      'select id from customer c where age > (select sum(price) * 2 from orders o where o.product_id = c.age and o.id > 3)',
    ),
  ).toBe(
    'select id from customer as c, (select o.product_id as k0, sum(price) * 2 as v from orders as o where o.id > 3 ' +
      'group by o.product_id) as __groups1 where c.age = __groups1.k0 and age > __groups1.v',
  );
});

test('COUNT is 0 where there is no group', () => {
  expect(
    joined('select id from customer c where 1 > (select count(*) from orders o where o.product_id = c.age)'),
  ).toBe(
    'select id from customer as c left join (select o.product_id as k0, count(*) as v from orders as o ' +
      'group by o.product_id) as __groups1 on c.age = __groups1.k0 where 1 > ifnull(__groups1.v, 0)',
  );
});

test('a selected subquery has a value for every row', () => {
  expect(
    joined('select id, (select max(price) from orders o where o.product_id = c.age) from customer c'),
  ).toMatch(/^select id, __groups1.v as `\(select max\(price\) .*` from customer as c left join \(/);
});

test.each([
  'select id from customer c where age <=> (select sum(price) from orders o where o.product_id = c.age)',
  'select id from customer c where age = (select coalesce(sum(price), 0) from orders o where o.product_id = c.age)',
  'select id from customer c where age = (select max(price) from orders o where o.product_id > c.age)',
  'select id from customer c where age = (select max(price) from orders o where o.note = c.age)',
  'select id from customer c where age = (select max(price + c.age) from orders o where o.product_id = c.age)',
  'select id from customer c where age = (select price from orders o where o.product_id = c.age)',
  'select id from customer c where age = (select max(price) from orders o where o.product_id = c.age limit 0)',
  'select id from customer c where age = (select max(price) from orders o where o.product_id = c.age having max(price) > 3)',
  'select id from customer c where age = (select max(price) from orders) or id = 3',
])('stays as it is: %s', (sql) => {
  expect(joined(sql)).toBeUndefined();
});

test('a server that compares all digits of a quotient gets no rounded ones', () => {
  const sql =
    'select id from customer c where age > (select avg(price) from orders o where o.product_id = c.age)';
  expect(joined(sql)).toBeDefined();
  expect(joined(sql, false)).toBeUndefined();
});
