import { columnsOf, predicate, whereClause, type Source } from './expressions';
import type { GeneratedStatement } from './generator';
import type { Rng } from './rng';
import { tables } from './schema';

type Made = Omit<GeneratedStatement, 'kind'>;
type Maker = (rng: Rng) => Made;

const source = (name: string, alias: string): Source => ({
  table: tables.find((t) => t.name === name)!,
  alias,
});
const multiset = (sql: string): Made => ({ sql, comparison: { mode: 'multiset' } });
const where = (rng: Rng, name: string, alias: string): string =>
  whereClause(rng, columnsOf([source(name, alias)]));
const condition = (rng: Rng, name: string, alias: string): string =>
  predicate(rng, rng.pick(columnsOf([source(name, alias)])));

/** Joins by keys of all exact types, with conditions and values that need both sides. */
const keyed: Maker = (rng) =>
  multiset(
    rng.pick([
      `select u.id, v.id as other from users u join users v on u.city = v.city and u.score < v.score${where(rng, 'users', 'u')}`,
      `select o.id, p.id as other from orders o join orders p on o.amount = p.amount and o.id < p.id and ${condition(rng, 'orders', 'p')}`,
      `select u.id, n.id as note from users u join notes n on u.name = n.tag and ${condition(rng, 'notes', 'n')}`,
      `select u.id, v.id as other from users u left join users v on u.born = v.born and ${condition(rng, 'users', 'v')}`,
      `select u.id, n.id as note, o.id as bought from users u, notes n, orders o ` +
        `where (u.id = n.user_id and n.weight = o.qty and ${condition(rng, 'users', 'u')}) ` +
        `or (u.id = n.user_id and n.weight = o.qty and ${condition(rng, 'orders', 'o')})`,
      `select u.id, n.id as note from users u, notes n where n.user_id = u.score ` +
        `and ((${condition(rng, 'users', 'u')} and ${condition(rng, 'notes', 'n')}) ` +
        `or (${condition(rng, 'users', 'u')} and ${condition(rng, 'notes', 'n')}))`,
      `select sum(case when u.score > n.weight then u.balance * n.weight else 0 end) as s, count(*) as c ` +
        `from users u join notes n on n.user_id = u.id${where(rng, 'notes', 'n')}`,
      `select u.id, n.id as note, c.people * u.score - n.weight as x ` +
        `from users u join cities c on c.code = u.city join notes n on n.user_id = u.score`,
      `select n.id, c.people, u.id as owner from cities c, notes n, users u ` +
        `where u.score = n.weight and u.city = c.code and ${condition(rng, 'cities', 'c')}`,
      `select n.id, o.id as bought, u.id as owner from notes n, orders o, users u ` +
        `where n.user_id = o.user_id and o.user_id = u.id and u.id = ${rng.int(1, 140)}`,
    ]),
  );

/** Aggregates over the rows that belong to each outer row. */
const groupOfRow: Maker = (rng) => {
  const op = rng.pick(['<', '>', '<=', '>=', '=', '<>']);
  const note = condition(rng, 'notes', 'n');
  const order = condition(rng, 'orders', 'p');
  return multiset(
    rng.pick([
      `select o.id from orders o where o.amount ${op} (select avg(p.amount) from orders p where p.qty = o.qty and ${order})`,
      `select n.id from notes n where n.weight * 3 ${op} (select 0.5 * sum(p.amount) from orders p where p.qty = n.weight and ${order})`,
      `select n.id from notes n where n.weight ${op} (select avg(p.amount) / 7 from orders p where p.qty = n.user_id)`,
      `select u.id from users u where ${rng.int(0, 3)} ${op} (select count(*) from notes n where n.weight = u.score and ${note})`,
      `select u.id from users u where u.born ${op} (select min(v.born) from users v where v.city = u.city and ${condition(rng, 'users', 'v')})`,
      `select u.id, (select count(n.user_id) from notes n where n.weight = u.score and ${note}) as c, ` +
        `(select sum(p.amount) from orders p where p.qty = u.score) as s from users u${where(rng, 'users', 'u')}`,
      `select u.id from users u where u.id in (select n.user_id from notes n ` +
        `where n.weight ${op} (select max(p.qty) from orders p where p.user_id = n.weight and ${order}))`,
      `select u.score, count(*) as c from users u where u.id ${op} ` +
        `(select avg(n.weight) from notes n where n.user_id = u.score and ${note}) group by u.score`,
    ]),
  );
};

export const joinKinds: [string, Maker, number][] = [
  ['keyed join', keyed, 4],
  ['group of each row', groupOfRow, 3],
];
