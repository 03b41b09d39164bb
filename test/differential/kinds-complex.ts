import { columnsOf, predicate, whereClause, type Source } from './expressions';
import type { GeneratedStatement } from './generator';
import type { Rng } from './rng';
import { tables, type TableSpec } from './schema';

type Made = Omit<GeneratedStatement, 'kind'>;
type Maker = (rng: Rng) => Made;

const table = (name: string): TableSpec => tables.find((t) => t.name === name)!;
const source = (name: string, alias: string): Source => ({ table: table(name), alias });
const multiset = (sql: string): Made => ({ sql, comparison: { mode: 'multiset' } });
const ordered = (sql: string): Made => ({ sql, comparison: { mode: 'ordered' } });
const where = (rng: Rng, name: string, alias: string): string =>
  whereClause(rng, columnsOf([source(name, alias)]));
const condition = (rng: Rng, name: string, alias: string): string =>
  predicate(rng, rng.pick(columnsOf([source(name, alias)])));

/** Subqueries that use columns of the outer query which do not decide a shard. */
const correlated: Maker = (rng) =>
  multiset(
    rng.pick([
      `select u.id, (select count(*) from notes n where n.user_id = u.id) from users u${where(rng, 'users', 'u')}`,
      `select u.id, (select max(n.weight) from notes n where n.user_id = u.id and ${condition(rng, 'notes', 'n')}) as m from users u`,
      `select n.id from notes n where n.weight > (select avg(u.score) from users u where u.id <= n.user_id)`,
      `select n.id, n.tag from notes n where exists (select 1 from users u where u.score = n.weight and ${condition(rng, 'users', 'u')})`,
      `select u.id from users u where not exists (select * from notes n where n.user_id = u.id and n.weight > u.score)`,
      `select u.id, u.name from users u where u.score in (select n.weight from notes n where n.user_id < u.id)`,
      `select o.id from orders o where o.qty not in (select n.weight from notes n where n.user_id = o.user_id and n.weight is not null)`,
      `select u.id from users u where (u.id, u.score) in (select n.user_id, n.weight from notes n where n.id > u.id)`,
      `select u.id from users u where u.score = (select max(v.score) from users v where v.city = u.city)`,
      `select (select u.name from users u where u.id = n.user_id) as owner, n.id from notes n${where(rng, 'notes', 'n')}`,
    ]),
  );

const quantified: Maker = (rng) => {
  const op = rng.pick(['=', '<', '>', '<=', '>=', '<>']);
  const quantifier = rng.pick(['any', 'all', 'some']);
  const inner = where(rng, 'notes', 'n');
  return multiset(
    rng.pick([
      `select u.id from users u where u.score ${op} ${quantifier} (select n.weight from notes n${inner})`,
      `select u.id, u.score ${op} ${quantifier} (select n.weight from notes n${inner}) as c from users u`,
      `select u.id from users u where u.id ${op} ${quantifier} (select n.user_id from notes n where n.weight = u.score)`,
    ]),
  );
};

const windows: Maker = (rng) => {
  const condition_ = where(rng, 'users', 'u');
  const partition = rng.pick(['', 'partition by u.city ', 'partition by u.score ']);
  return multiset(
    rng.pick([
      `select u.id, row_number() over (${partition}order by u.score, u.id) as r from users u${condition_}`,
      `select u.id, rank() over (order by u.score desc) as r, dense_rank() over (order by u.born) from users u${condition_}`,
      `select u.id, sum(u.balance) over (${partition}order by u.id) as s from users u${condition_}`,
      `select u.id, lag(u.name) over (order by u.id) as p, lead(u.score, 2) over (order by u.id) as q from users u`,
      `select o.id, count(*) over (partition by o.qty) as c, avg(o.amount) over (partition by o.qty) as a from orders o`,
      `select u.id, first_value(u.id) over w as f, ntile(4) over w from users u window w as (order by u.born, u.id)`,
      `select n.id, sum(n.weight) over (order by n.id rows between 2 preceding and 1 following) as s from notes n`,
      `select d.id from (select u.id, row_number() over (${partition}order by u.id desc) as r from users u) d where d.r <= ${rng.int(1, 4)}`,
    ]),
  );
};

const recursive: Maker = (rng) =>
  multiset(
    rng.pick([
      `with recursive c as (select n.id, n.user_id, 0 as depth from notes n where n.id = ${rng.int(1, 90)} ` +
        `union all select m.id, m.user_id, c.depth + 1 from notes m join c on m.id = c.user_id where c.depth < 5) ` +
        `select * from c`,
      `with recursive c as (select n.user_id as id from notes n where ${condition(rng, 'notes', 'n')} ` +
        `union select m.user_id from notes m, c where m.id = c.id) select count(*) from c`,
      `with recursive k as (select 1 as i union all select i + 1 from k where i < 10) ` +
        `select k.i, (select count(*) from users u where u.score > k.i) as c from k`,
      `with a as (select u.id, u.score from users u${where(rng, 'users', 'u')}) ` +
        `select x.id, y.id as other from a x join a y on x.score = y.score and x.id < y.id`,
    ]),
  );

const rollup: Maker = (rng) =>
  multiset(
    rng.pick([
      `select u.score, count(*) from users u${where(rng, 'users', 'u')} group by u.score with rollup`,
      `select o.qty, sum(o.amount) as s, max(o.id) from orders o group by o.qty with rollup`,
      `select n.weight % 3 as m, n.user_id % 2 as p, count(*) as c from notes n group by m, p with rollup`,
    ]),
  );

const naturalJoin: Maker = (rng) =>
  multiset(
    rng.pick([
      `select count(*) from users natural join notes`,
      `select * from notes natural join (select u.id, u.score from users u${where(rng, 'users', 'u')}) d`,
      `select notes.tag, d.name from notes natural left join (select u.id, u.name from users u) d`,
      `select * from users u join notes n using (id)${where(rng, 'users', 'u')}`,
      `select o.id, n.tag from orders o left join notes n using (user_id)`,
    ]),
  );

const groupConcat: Maker = (rng) =>
  multiset(
    rng.pick([
      `select u.score, group_concat(u.id order by u.id) as ids from users u group by u.score`,
      `select group_concat(distinct n.weight order by n.weight desc separator '-') from notes n${where(rng, 'notes', 'n')}`,
      `select o.qty, group_concat(o.item, ':', o.id order by o.id) as x from orders o group by o.qty`,
      `select u.id, (select group_concat(n.tag order by n.id) from notes n where n.user_id = u.id) as tags from users u`,
    ]),
  );

/** Expressions over the optional side of a join that are not NULL where it is. */
const optional: Maker = (rng) => {
  const expr = rng.pick([
    'upper(n.tag)',
    `ifnull(n.tag, 'none')`,
    `concat(u.name, '/', coalesce(n.tag, ''))`,
    'n.weight is null',
    'coalesce(n.weight, u.score, -1)',
    'case when n.id is null then u.id else n.id end',
  ]);
  const filter = rng.chance(0.5) ? ` where ${rng.pick(['n.id is null', 'n.weight > 3 or u.id < 40'])}` : '';
  return multiset(
    `select u.id, ${expr} as e from users u left join notes n on n.user_id = u.id and ${condition(rng, 'notes', 'n')}${filter}`,
  );
};

const mixedUnion: Maker = (rng) => {
  const all = rng.pick(['', ' all']);
  // Of texts that are equal by their collation any may stand for all.
  if (rng.chance(0.15)) {
    return {
      sql: `select u.id, u.score from users u union${all} select n.tag, n.weight from notes n`,
      comparison: { mode: 'multiset', anyEqualText: ['id'] },
    };
  }
  return multiset(
    rng.pick([
      `select u.balance from users u union${all} select o.qty from orders o`,
      `select u.born from users u union${all} select o.placed from orders o`,
      `select u.ratio from users u where u.id < 20 union${all} select n.weight from notes n where n.id < 20`,
      `select u.score from users u intersect select n.weight from notes n`,
      `select n.user_id from notes n except select u.id from users u where ${condition(rng, 'users', 'u')}`,
      `(select u.id from users u order by u.id desc limit 3) union all (select n.id from notes n order by n.id limit 2)`,
      `select count(*) from (select u.id from users u union${all} select o.user_id from orders o) d`,
    ]),
  );
};

/** DISTINCT and ORDER BY over what is not selected, expressions as keys. */
const oddOrder: Maker = (rng) =>
  rng.pick([
    () => ordered(`select distinct u.score from users u order by u.score % 5, u.score`),
    () =>
      ordered(
        `select u.id from users u order by abs(u.score - ${rng.int(0, 20)}), u.id limit ${rng.int(1, 9)}`,
      ),
    () => ordered(`select o.qty, count(*) as c from orders o group by o.qty order by sum(o.amount), o.qty`),
    () =>
      ordered(
        `select n.id from notes n order by (select count(*) from users u where u.score > n.weight), n.id`,
      ),
    () => ordered(`select u.id, u.name from users u order by field(u.city, 'dub', 'ber'), u.id desc limit 7`),
    () => multiset(`select distinct length(u.name), u.score is null from users u`),
  ])();

const foundRows: Maker = (rng) =>
  ordered(
    `select sql_calc_found_rows u.id from users u${where(rng, 'users', 'u')} order by u.id limit ${rng.int(1, 5)}`,
  );

const jsonTable: Maker = (rng) =>
  multiset(
    rng.pick([
      `select u.id, j.v from users u, json_table('[1, 2, ${rng.int(3, 30)}]', '$[*]' columns (v int path '$')) j where u.score = j.v`,
      `select n.id, j.k from notes n join json_table(concat('["', n.id, '"]'), '$[*]' columns (k varchar(10) path '$')) j ` +
        `where n.id < ${rng.int(5, 40)}`,
      `select o.qty, json_arrayagg(o.id order by o.id) from orders o group by o.qty`,
    ]),
  );

const derivedJoins: Maker = (rng) =>
  multiset(
    rng.pick([
      `select d.id, n.tag from (select u.id, o.qty from users u join orders o on o.user_id = u.id) d join notes n on n.weight = d.qty`,
      `select a.c, b.c as d from (select count(*) as c from users u${where(rng, 'users', 'u')}) a join (select count(*) as c from notes n) b`,
      `select d.score, count(*) from (select u.score from users u left join notes n on n.user_id = u.id) d group by d.score`,
      `select x.id from (select u.id from users u order by u.id limit ${rng.int(3, 30)}) x left join notes n on n.id = x.id where n.id is null`,
      `select max(d.c) from (select n.user_id, count(*) as c from notes n group by n.user_id) d`,
      `select u.id, d.total from users u left join (select o.user_id, sum(o.amount) as total from orders o group by o.user_id) d ` +
        `on d.user_id = u.id and d.total > ${rng.int(1, 900)}`,
      `select u.id from users u straight_join notes n on n.weight = u.score and n.tag = u.name`,
      `select u.id, n.id from users u join notes n on n.weight between u.score and u.score + 2`,
      `select count(*) from users u, notes n, orders o where u.score = n.weight and o.qty = n.weight`,
    ]),
  );

const functions: Maker = (rng) =>
  multiset(
    rng.pick([
      `select count(*) from users u where u.born < now() - interval ${rng.int(30, 70)} year`,
      `select o.id from orders o where o.placed > (select max(p.placed) from orders p) - interval 2 year`,
      `select n.id from notes n where rand() < 2 and n.weight > (select min(u.score) from users u where u.id > n.id)`,
      `select u.id, std(n.weight), bit_or(n.id) from users u join notes n on n.weight = u.score group by u.id`,
      `select json_objectagg(n.id, n.weight) is not null from notes n`,
      `select var_samp(u.score), stddev(u.score) from users u${where(rng, 'users', 'u')}`,
      `select count(distinct u.score, u.city) from users u`,
      `select sum(distinct n.weight), avg(distinct n.weight) from notes n${where(rng, 'notes', 'n')}`,
    ]),
  );

/** What MySQL refuses is refused the same way. */
const mistakes: Maker = (rng) =>
  multiset(
    rng.pick([
      'select id from users limit 1+1',
      'select u.id, (select n.id, n.tag from notes n where n.user_id = u.id) from users u',
      'select u.id, (select n.id from notes n where n.weight < 1000 + u.id) from users u',
      'select u.id from users u where u.nothing = any (select n.weight from notes n)',
      'select u.id from users u where exists (select 1 from notes n where n.nothing = u.id)',
      'select u.id, row_number() over (order by nothing) from users u',
      'select id from users natural join nowhere',
      'select u.id from users u union select n.id, n.tag from notes n',
      'with recursive c as (select 1 as i union all select j from c) select * from c join users u on u.id = c.i',
      'select id from users u join notes n on n.weight < u.score',
    ]),
  );

/** Kinds that take more than one shard's rows in one place, with their shares. */
export const complexKinds: [string, Maker, number][] = [
  ['correlated', correlated, 4],
  ['any / all', quantified, 2],
  ['window', windows, 3],
  ['common table', recursive, 2],
  ['rollup', rollup, 1],
  ['natural join', naturalJoin, 2],
  ['group_concat', groupConcat, 2],
  ['optional side', optional, 2],
  ['mixed union', mixedUnion, 2],
  ['odd order', oddOrder, 2],
  ['found rows', foundRows, 1],
  ['json table', jsonTable, 1],
  ['derived joins', derivedJoins, 3],
  ['functions', functions, 2],
  ['complex mistake', mistakes, 1],
];
