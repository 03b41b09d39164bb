import {
  aggregates as aggregateItems,
  type AggregateItem,
  columnsOf,
  scalar,
  whereClause,
  type Source,
} from './expressions';
import { complexKinds } from './kinds-complex';
import { joinKinds } from './kinds-joins';
import { textKinds } from './kinds-text';
import { Rng } from './rng';
import { randomValue, tables, type TableSpec } from './schema';

/**
 * How two answers are compared; it follows from the statement. `ordered`: row by row. `multiset`: in any order.
 * `subset`: LIMIT without a total order, any rows of the statement without its LIMIT (`all`) will do.
 */
export type Comparison =
  | { mode: 'ordered' }
  | { mode: 'multiset'; anyEqualText?: string[] }
  | { mode: 'subset'; all: string; limit: number };

export interface GeneratedStatement {
  kind: string;
  sql: string;
  comparison: Comparison;
}

const multiset: Comparison = { mode: 'multiset' };
const multisetOf = (list: readonly AggregateItem[]): Comparison => {
  const anyEqualText = list.filter((a) => a.anyEqualText).map((a) => a.alias);
  return anyEqualText.length === 0 ? multiset : { mode: 'multiset', anyEqualText };
};
const ordered: Comparison = { mode: 'ordered' };

const byName = (name: string): TableSpec => tables.find((t) => t.name === name)!;
const users = byName('users');
const orders = byName('orders');
const notes = byName('notes');
const cities = byName('cities');
const sharded = [users, orders, notes];

/** Makes statements of many kinds, always the same ones for a seed. */
export class Generator {
  private readonly rng: Rng;
  private nextId = 100_000;

  constructor(seed: number) {
    this.rng = new Rng(seed);
  }

  next(): GeneratedStatement {
    const [kind, make] = this.rng.pick(kinds);
    const { sql, comparison } = make.call(this, this.rng);
    return { kind, sql, comparison };
  }

  newId(): number {
    return this.nextId++;
  }
}

type Made = Omit<GeneratedStatement, 'kind'>;
type Maker = (this: Generator, rng: Rng) => Made;

const source = (table: TableSpec, alias = 't'): Source => ({ table, alias });
const limitClause = (rng: Rng): { text: string; count: number } => {
  const count = rng.int(0, 9);
  return rng.chance(0.3)
    ? { text: ` limit ${rng.int(0, 5)}, ${count}`, count }
    : { text: ` limit ${count}`, count };
};

/** A select list without equal names, each item with an alias now and then. */
function items(rng: Rng, sources: readonly Source[]): string[] {
  const refs = columnsOf(sources);
  const count = rng.int(1, 4);
  const list = [...new Set(Array.from({ length: count }, () => scalar(rng, refs)))];
  return list.map((text, i) => (rng.chance(0.25) ? `${text} as c${i}` : text));
}

function simple(rng: Rng, table: TableSpec): string {
  const s = source(table);
  const list = rng.chance(0.2) ? '*' : items(rng, [s]).join(', ');
  return `select ${list} from ${table.name} t${whereClause(rng, columnsOf([s]))}`;
}

const point: Maker = (rng) => {
  const table = rng.pick(sharded);
  const key = table.vindexColumn!;
  const condition = rng.chance(0.5)
    ? `${key} = ${rng.int(0, 150)}`
    : `${key} in (${rng.int(1, 150)}, ${rng.int(1, 150)}, ${rng.int(1, 150)})`;
  return { sql: `select * from ${table.name} where ${condition}`, comparison: multiset };
};

const scan: Maker = (rng) => ({ sql: simple(rng, rng.pick(tables)), comparison: multiset });

const sorted: Maker = (rng) => {
  const table = rng.pick(tables);
  const s = source(table);
  const by = rng.some(columnsOf([s]), 1, 2).map((c) => `${c.text}${rng.pick(['', ' desc', ' asc'])}`);
  const total = [...by, ...table.key.map((k) => `t.${k}`)].join(', ');
  const limit = rng.chance(0.5) ? limitClause(rng).text : '';
  const list = rng.chance(0.3) ? '*' : items(rng, [s]).join(', ');
  const where = whereClause(rng, columnsOf([s]));
  return {
    sql: `select ${list} from ${table.name} t${where} order by ${total}${limit}`,
    comparison: ordered,
  };
};

const limited: Maker = (rng) => {
  const all = simple(rng, rng.pick(sharded));
  const limit = rng.int(0, 12);
  return { sql: `${all} limit ${limit}`, comparison: { mode: 'subset', all, limit } };
};

const aggregates: Maker = (rng) => {
  const table = rng.pick(tables);
  const refs = columnsOf([source(table)]);
  const list = aggregateItems(rng, refs, rng.int(1, 3));
  const texts = list.map((a) => a.text).join(', ');
  return {
    sql: `select ${texts} from ${table.name} t${whereClause(rng, refs)}`,
    comparison: multisetOf(list),
  };
};

const grouped: Maker = (rng) => {
  const table = rng.pick(tables);
  const refs = columnsOf([source(table)]);
  const keys = rng
    .some(
      refs.filter((r) => r.column.class !== 'text' || rng.chance(0.6)),
      1,
      2,
    )
    .map((r) => r.text);
  // Text keys that differ by case or accent are one group, shown by any of its values: their weight is not compared.
  const shown = keys.map((k) => (isText(k, table) ? `count(${k})` : k));
  const aggregated = aggregateItems(rng, refs, rng.int(1, 2));
  const list = [...shown, ...aggregated.map((a) => a.text)];
  const having = rng.chance(0.25) ? ` having count(*) > ${rng.int(0, 3)}` : '';
  const where = whereClause(rng, refs);
  const sql = `select ${list.join(', ')} from ${table.name} t${where} group by ${keys.join(', ')}${having}`;
  return { sql, comparison: multisetOf(aggregated) };
};

function isText(ref: string, table: TableSpec): boolean {
  return table.columns.find((c) => `t.${c.name}` === ref)?.class === 'text';
}

const distinct: Maker = (rng) => {
  const table = rng.pick(tables);
  const refs = columnsOf([source(table)]).filter(
    (r) => r.column.class !== 'text' || r.column.definition.includes('_bin'),
  );
  const list = rng.some(refs, 1, 2).map((r) => r.text);
  const order = rng.chance(0.5) ? ` order by ${list.join(', ')}` : '';
  const where = whereClause(rng, refs);
  return {
    sql: `select distinct ${list.join(', ')} from ${table.name} t${where}${order}`,
    comparison: order === '' ? multiset : ordered,
  };
};

/** Users with their orders: both lie in the same shard. */
const shardJoin: Maker = (rng) => {
  const sources = [source(users, 'u'), source(orders, 'o')];
  const type = rng.pick(['join', 'join', 'left join']);
  const list = items(rng, sources).join(', ');
  const where = whereClause(rng, columnsOf(type === 'join' ? sources : sources.slice(0, 1)));
  const order = rng.chance(0.4) ? ' order by u.id, o.id' : '';
  return {
    sql: `select ${list} from users u ${type} orders o on u.id = o.user_id${where}${order}`,
    comparison: order === '' ? multiset : ordered,
  };
};

/** Any two tables by columns that do not decide the shard. */
const crossJoin: Maker = (rng) => {
  const [left, right, on] = rng.pick([
    [source(users, 'u'), source(notes, 'n'), 'u.id = n.user_id'],
    [source(orders, 'o'), source(notes, 'n'), 'o.user_id = n.user_id'],
    [source(notes, 'n'), source(users, 'u'), 'n.weight = u.score'],
  ] as const);
  const type = rng.pick(['join', 'join', 'left join']);
  const list = items(rng, [left, right]).join(', ');
  const where = whereClause(rng, columnsOf(type === 'join' ? [left, right] : [left]));
  const sql = `select ${list} from ${left.table.name} ${left.alias} ${type} ${right.table.name} ${right.alias} on ${on}${where}`;
  return { sql, comparison: multiset };
};

const referenceJoin: Maker = (rng) => {
  const sources = [source(users, 'u'), source(cities, 'c')];
  const type = rng.pick(['join', 'left join']);
  const where = whereClause(rng, columnsOf(type === 'join' ? sources : sources.slice(0, 1)));
  const list = items(rng, sources).join(', ');
  return {
    sql: `select ${list} from users u ${type} cities c on u.city = c.code${where}`,
    comparison: multiset,
  };
};

const joinAggregate: Maker = (rng) => {
  const sources = [source(users, 'u'), source(orders, 'o')];
  const aggregated = aggregateItems(rng, columnsOf(sources), rng.int(1, 2));
  const where = whereClause(rng, columnsOf(sources));
  const group = rng.chance(0.5) ? ' group by u.score' : '';
  const list = aggregated.map((a) => a.text);
  const shown = group === '' ? list : ['u.score', ...list];
  return {
    sql: `select ${shown.join(', ')} from users u join orders o on u.id = o.user_id${where}${group}`,
    comparison: multisetOf(aggregated),
  };
};

const subquery: Maker = (rng) => {
  const inner = whereClause(rng, columnsOf([source(orders, 'o')]));
  const forms = [
    `select id, name from users where id in (select o.user_id from orders o${inner})`,
    `select id from users where id not in (select o.user_id from orders o${inner})`,
    `select id, score from users where score > (select avg(score) from users)`,
    `select id from notes where weight = (select max(weight) from notes)`,
    `select count(*) from users where exists (select 1 from orders o${inner})`,
    `select id from users u where exists (select 1 from orders o where o.user_id = u.id)`,
  ];
  return { sql: rng.pick(forms), comparison: multiset };
};

const derived: Maker = (rng) => {
  const where = whereClause(rng, columnsOf([source(users)]));
  const forms = [
    `select d.id, d.score from (select t.id, t.score from users t${where}) d where d.score > ${rng.int(-5, 30)}`,
    `select count(*) from (select t.id from users t${where}) d`,
    `select d.c, count(*) as n from (select t.score as c from users t${where}) d group by d.c`,
  ];
  return { sql: rng.pick(forms), comparison: multiset };
};

const union: Maker = (rng) => {
  const all = rng.chance(0.5) ? ' all' : '';
  const a = `select u.id, u.score from users u where u.score > ${rng.int(-10, 50)}`;
  const b = rng.pick([
    `select n.id, n.weight from notes n where n.weight < ${rng.int(-10, 50)}`,
    `select u.id, u.score from users u where u.id = ${rng.int(1, 120)}`,
  ]);
  const order = rng.chance(0.4) ? ` order by 1, 2${rng.chance(0.5) ? ` limit ${rng.int(1, 9)}` : ''}` : '';
  return { sql: `${a} union${all} ${b}${order}`, comparison: order === '' ? multiset : ordered };
};

const insert: Maker = function (rng) {
  const table = rng.pick(sharded);
  const count = rng.int(1, 3);
  const rows = Array.from({ length: count }, () => {
    // Now and then a key that is there already: 1062, and no row of the statement stays. Only where the key decides the
    // shard: elsewhere no server sees both rows (uniqueness over shards takes a lookup vindex).
    const id =
      count === 1 && table.key[0] === table.vindexColumn && rng.chance(0.2) ? rng.int(1, 60) : this.newId();
    const values = table.columns.map((c) =>
      table.key.includes(c.name) ? String(id) : randomValue(rng, table, c),
    );
    return `(${values.join(', ')})`;
  });
  const columns = table.columns.map((c) => c.name).join(', ');
  return { sql: `insert into ${table.name} (${columns}) values ${rows.join(', ')}`, comparison: multiset };
};

const update: Maker = (rng) => {
  const table = rng.pick(sharded);
  const fixed = [...table.key, table.vindexColumn!];
  const column = rng.pick(table.columns.filter((c) => !fixed.includes(c.name)));
  const set =
    column.class === 'integer' && rng.chance(0.5) ? `${column.name} + 1` : randomValue(rng, table, column);
  const where = rng.chance(0.5)
    ? ` where ${table.vindexColumn} = ${rng.int(1, 120)}`
    : whereClause(rng, columnsOf([source(table, table.name)]));
  return { sql: `update ${table.name} set ${column.name} = ${set}${where}`, comparison: multiset };
};

const remove: Maker = (rng) => {
  const table = rng.pick(sharded);
  const where = rng.chance(0.6)
    ? `${table.vindexColumn} = ${rng.int(1, 200)}`
    : `${table.vindexColumn} in (${rng.int(1, 200)}, ${rng.int(1, 200)}) and ${table.key[0]} > ${rng.int(0, 90)}`;
  return { sql: `delete from ${table.name} where ${where}`, comparison: multiset };
};

const mistakes: Maker = (rng) => ({
  sql: rng.pick([
    'select nothing from users',
    'select * from no_such_table',
    'select u.nothing from users u',
    'select id from users u join orders o on u.id = o.user_id',
    'select id from users where nothing = 1',
    'select id from users order by nothing',
    'selec id from users',
    'select id from users where',
    'insert into users (id, nothing) values (1, 2)',
    'insert into users (id, name) values (1, null)',
    'update users set nothing = 1 where id = 1',
    'delete from no_such_table',
    'select x.id from users u',
    'select id, count(*) from users group by nothing',
    'insert into users (id, name) values (900001)',
  ]),
  comparison: multiset,
});

/** A regular expression: only these kinds. */
const wanted = new RegExp(process.env.VT_DIFFERENTIAL_KINDS ?? '');

/** Each kind with its share of all statements. */
const kinds: [string, Maker][] = (
  [
    ['point', point, 3],
    ['scan', scan, 3],
    ['sorted', sorted, 4],
    ['limited', limited, 1],
    ['aggregates', aggregates, 3],
    ['grouped', grouped, 4],
    ['distinct', distinct, 2],
    ['shard join', shardJoin, 3],
    ['cross-shard join', crossJoin, 2],
    ['reference join', referenceJoin, 2],
    ['join aggregate', joinAggregate, 2],
    ['subquery', subquery, 2],
    ['derived table', derived, 1],
    ['union', union, 2],
    ['insert', insert, 2],
    ['update', update, 2],
    ['delete', remove, 1],
    ['mistake', mistakes, 1],
    ...complexKinds,
    ...joinKinds,
    ...textKinds,
  ] as [string, Maker, number][]
)
  .filter(([name]) => wanted.test(name))
  .flatMap(([name, make, share]) => Array.from({ length: share }, (): [string, Maker] => [name, make]));
