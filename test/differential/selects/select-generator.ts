import type { GeneratedStatement } from '../generator';
import { Rng } from '../rng';
import { aggregateItems } from './aggregate';
import { condition, plainValue, value, where, type Scope, type Subqueries } from './expression';
import { from, Names, type From } from './from';
import { isPlain, totalKey, type Item, type Relation } from './relation';
import { subqueries } from './subquery';
import { windowItems } from './window';

type Made = Omit<GeneratedStatement, 'kind'>;

const multiset = (sql: string): Made => ({ sql, comparison: { mode: 'multiset' } });
const ordered = (sql: string): Made => ({ sql, comparison: { mode: 'ordered' } });

/**
 * Makes SELECTs over the tables of `tables.ts`, always the same ones for a seed: joins of up to five relations, outer
 * joins, subqueries, derived tables, CTEs, set operations, aggregates and windows. Each has one right answer, up to
 * the order of its rows where the comparison says so.
 */
export class SelectGenerator {
  private readonly rng: Rng;

  constructor(seed: number) {
    this.rng = new Rng(seed);
  }

  next(): GeneratedStatement {
    const [kind, make] = this.rng.pick(weighted);
    return { kind, ...make(this.rng, new QueryParts(this.rng)) };
  }
}

/** What one statement is made of. */
class QueryParts {
  readonly names = new Names();
  /** Relations that WITH defines. */
  readonly ctes: { name: string; columns: Item[] }[] = [];
  readonly subqueries: Subqueries;

  constructor(private readonly rng: Rng) {
    this.subqueries = subqueries(this.names);
  }

  from(most: number): From {
    return from(this.rng, this.names, most, [], (rng) => this.other(rng));
  }

  where({ relations, conditions }: From): string {
    const text = where(this.rng, { inner: relations, outer: [] }, this.subqueries);
    if (conditions.length === 0) return text;
    const link = conditions.join(' and ');
    return text === '' ? ` where ${link}` : ` where ${link} and (${text.slice(' where '.length)})`;
  }

  private other(rng: Rng): Relation {
    const alias = this.names.next();
    if (this.ctes.length > 0 && rng.chance(0.7)) {
      const { name, columns } = rng.pick(this.ctes);
      return { alias, sql: `${name} ${alias}`, columns: under(alias, columns), key: [] };
    }
    const { sql, items, hasKey } = this.simple(3);
    return {
      alias,
      sql: `(${sql}) ${alias}`,
      columns: under(alias, items),
      key: hasKey ? [`${alias}.k0`] : [],
    };
  }

  /** A query whose columns are named c0, c1, .. and, where one key names its rows, k0 for it. */
  simple(mostColumns: number): { sql: string; items: Item[]; hasKey: boolean } {
    const { rng } = this;
    const source = from(rng, this.names, 2, []);
    const scope: Scope = { inner: source.relations, outer: [] };
    if (rng.chance(0.3)) {
      const keys = Array.from({ length: rng.int(1, 2) }, () => plainValue(rng, scope));
      const distinct = rng.chance(0.3);
      const aggregates = distinct ? [] : aggregateItems(rng, scope, rng.int(1, 2));
      const items = [...keys, ...aggregates];
      const list = items.map((item, i) => `${item.sql} as c${i}`).join(', ');
      const group = distinct ? '' : ` group by ${keys.map((k) => k.sql).join(', ')}`;
      const sql = `select ${distinct ? 'distinct ' : ''}${list} from ${source.text}${this.where(source)}${group}`;
      return { sql, items, hasKey: false };
    }
    const items = Array.from({ length: rng.int(1, mostColumns) }, () => value(rng, scope));
    const key = totalKey(source.relations);
    const hasKey = key?.length === 1;
    const list = items.map((item, i) => `${item.sql} as c${i}`);
    if (hasKey) list.push(`${key[0]} as k0`);
    let sql = `select ${list.join(', ')} from ${source.text}${this.where(source)}`;
    if (key !== undefined && rng.chance(0.2)) {
      sql += ` order by ${key.join(', ')} limit ${rng.int(0, 20)}`;
    }
    if (!hasKey) return { sql, items, hasKey };
    return { sql, items: [...items, { sql: 'k0', class: 'integer', folds: false }], hasKey };
  }
}

const under = (alias: string, items: readonly Item[]): Item[] =>
  items.map((item, i) => ({ ...item, sql: item.sql === 'k0' ? `${alias}.k0` : `${alias}.c${i}` }));

type Maker = (rng: Rng, parts: QueryParts) => Made;

/** A select list; most expressions have names, for the others their text is the name. */
function list(rng: Rng, items: readonly Item[]): string {
  return items
    .map((item, i) => (/^t\d+\.\w+$/.test(item.sql) || rng.chance(0.2) ? item.sql : `${item.sql} as e${i}`))
    .join(', ');
}

const rows: Maker = (rng, parts) => {
  const source = parts.from(5);
  const scope: Scope = { inner: source.relations, outer: [] };
  const items = Array.from({ length: rng.int(1, 4) }, () => value(rng, scope));
  if (rng.chance(0.15)) {
    items.push({ sql: parts.subqueries.scalar(rng, scope), class: 'integer', folds: false });
  }
  const key = totalKey(source.relations);
  const text = `${list(rng, items)} from ${source.text}${parts.where(source)}`;
  if (key !== undefined && rng.chance(0.45)) {
    const by = rng.chance(0.6) ? [`${value(rng, scope).sql}${rng.pick(['', ' desc'])}`] : [];
    const limit = rng.chance(0.6) ? ` limit ${rng.pick(['', '2, ', '0, '])}${rng.int(0, 12)}` : '';
    return ordered(`select ${text} order by ${[...by, ...key].join(', ')}${limit}`);
  }
  if (rng.chance(0.15) && items.every((i) => isPlain(i) && i.class !== 'double')) {
    return multiset(`select distinct ${text}`);
  }
  return multiset(`select ${text}`);
};

const grouped: Maker = (rng, parts) => {
  const source = parts.from(4);
  const scope: Scope = { inner: source.relations, outer: [] };
  const keys = Array.from({ length: rng.int(0, 2) }, () =>
    (rng.chance(0.75) ? plainValue : value)(rng, scope),
  );
  const usable = keys.filter((k) => k.class !== 'double' && k.class !== 'float');
  const aggregates = aggregateItems(rng, scope, rng.int(1, 3));
  const shown = [...usable.filter(isPlain), ...aggregates];
  let sql = `select ${list(rng, shown)} from ${source.text}${parts.where(source)}`;
  if (usable.length > 0) sql += ` group by ${usable.map((k) => k.sql).join(', ')}`;
  const rollup = usable.length > 0 && usable.every(isPlain) && rng.chance(0.08);
  if (rollup) return multiset(`${sql} with rollup`);
  if (rng.chance(0.3)) {
    sql += ` having ${rng.pick(['count(*)', aggregateItems(rng, scope, 1)[0].sql])} > ${rng.int(0, 4)}`;
  }
  const isTotal = usable.length > 0 && usable.every(isPlain);
  if (!isTotal || rng.chance(0.5)) return multiset(sql);
  // MariaDB 10.11 puts a group of NULL into the group before it when a computed DECIMAL is sorted downwards.
  const directions = usable.some((k) => k.class === 'decimal') ? [''] : ['', ' desc'];
  const first = rng.chance(0.5) ? [`count(*)${rng.pick(['', ' desc'])}`] : [];
  const by = [...first, ...usable.map((k) => `${k.sql}${rng.pick(directions)}`)].join(', ');
  return ordered(`${sql} order by ${by}${rng.chance(0.6) ? ` limit ${rng.int(0, 9)}` : ''}`);
};

const windows: Maker = (rng, parts) => {
  const source = parts.from(3);
  const scope: Scope = { inner: source.relations, outer: [] };
  const items = [value(rng, scope), ...windowItems(rng, scope, rng.int(1, 2))];
  return multiset(`select ${list(rng, items)} from ${source.text}${parts.where(source)}`);
};

/** Classes that a set operation may put together, each with a value for it. */
const setOperation: Maker = (rng, parts) => {
  const classes = rng.pick([
    ['integer'],
    ['integer', 'decimal'],
    ['date'],
    ['integer', 'binary'],
    ['decimal'],
  ]);
  const side = (): string => {
    const source = parts.from(2);
    const scope: Scope = { inner: source.relations, outer: [] };
    const items = classes.map((c) => {
      const fit = source.relations.flatMap((r) => r.columns).filter((i) => i.class === c && isPlain(i));
      return fit.length === 0 ? (c === 'integer' ? '7' : 'null') : rng.pick(fit).sql;
    });
    const text = `select ${items.map((item, i) => `${item} as e${i}`).join(', ')} from ${source.text}${where(rng, scope)}`;
    if (!rng.chance(0.2)) return text;
    return `(${text} order by ${items.map((_, i) => i + 1).join(', ')} limit ${rng.int(1, 9)})`;
  };
  const sides = Array.from({ length: rng.pick([2, 2, 2, 3]) }, side);
  let sql = sides[0];
  for (const next of sides.slice(1)) {
    sql += ` ${rng.pick(['union', 'union', 'union all', 'intersect', 'except'])} ${next}`;
  }
  if (rng.chance(0.4)) return multiset(sql);
  const by = classes.map((_, i) => `${i + 1}${rng.pick(['', ' desc'])}`).join(', ');
  return ordered(`${sql} order by ${by}${rng.chance(0.5) ? ` limit ${rng.int(0, 12)}` : ''}`);
};

/** The makers above over queries that WITH names. */
const withQueries: Maker = (rng, parts) => {
  const defined: string[] = [];
  for (let i = 0; i < rng.int(1, 2); i++) {
    const { sql, items } = parts.simple(3);
    defined.push(`w${i} as (${sql})`);
    parts.ctes.push({ name: `w${i}`, columns: items });
  }
  const main = rng.pick([rows, rows, grouped, windows])(rng, parts);
  // MariaDB looks into those that nothing reads no further than their names.
  const read = defined.filter((text) => main.sql.includes(` ${text.slice(0, 2)} `));
  return read.length === 0 ? main : { ...main, sql: `with ${read.join(', ')} ${main.sql}` };
};

const recursive: Maker = (rng, parts) => {
  const scope: Scope = { inner: parts.from(1).relations, outer: [] };
  const depth = rng.int(1, 5);
  const base = rng.int(1, 40);
  const all = rng.pick([' all', '']);
  return multiset(
    rng.pick([
      `with recursive r as (select id, boss, 0 as depth from people where id = ${base} union${all} ` +
        `select p.id, p.boss, r.depth + 1 from people p join r on p.id = r.boss where r.depth < ${depth}) ` +
        `select * from r`,
      `with recursive r as (select id from people where i > ${rng.int(3, 9)} union select f.id from facts f, r ` +
        `where f.pid = r.id) select count(*), sum(id) from r`,
      `with recursive n as (select 1 as k union all select k + 1 from n where k < ${depth + 3}) ` +
        `select n.k, (select count(*) from facts f where f.w > n.k) as e from n`,
      `with recursive n as (select 1 as k union all select k + 1 from n where k < ${depth + 3}) ` +
        `select n.k, t.e0 from n left join (select ${value(rng, scope).sql} as e0, ${scope.inner[0].key[0] ?? '1'} as j ` +
        `from ${scope.inner[0].sql}) t on t.j = n.k`,
    ]),
  );
};

/** SELECT without much of a FROM, but with subqueries. */
const scalars: Maker = (rng, parts) => {
  const empty: Scope = { inner: [], outer: [] };
  const list_ = Array.from(
    { length: rng.int(1, 3) },
    (_, i) => `${parts.subqueries.scalar(rng, empty)} as e${i}`,
  );
  return multiset(`select ${list_.join(', ')}`);
};

/** Only conditions with subqueries. */
const filtered: Maker = (rng, parts) => {
  const source = from(rng, parts.names, 2, []);
  const scope: Scope = { inner: source.relations, outer: [] };
  const parts_ = Array.from({ length: rng.int(1, 2) }, () => parts.subqueries.condition(rng, scope));
  if (rng.chance(0.3)) parts_.push(condition(rng, scope));
  const text = [...source.conditions, parts_.join(rng.pick([' and ', ' or ']))];
  const items = Array.from({ length: rng.int(1, 3) }, () => value(rng, scope));
  return multiset(
    `select ${list(rng, items)} from ${source.text} where ${text.map((t) => `(${t})`).join(' and ')}`,
  );
};

const makers: [string, Maker, number][] = [
  ['rows', rows, 8],
  ['grouped', grouped, 6],
  ['subquery condition', filtered, 5],
  ['windows', windows, 3],
  ['set operation', setOperation, 3],
  ['with', withQueries, 3],
  ['recursive', recursive, 1],
  ['scalars', scalars, 1],
];
const weighted = makers.flatMap(([kind, make, weight]) =>
  Array.from({ length: weight }, (): [string, Maker] => [kind, make]),
);
