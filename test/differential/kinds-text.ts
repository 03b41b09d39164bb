import type { GeneratedStatement } from './generator';
import type { Rng } from './rng';
import type { TableSpec } from './schema';
import { quoted, textLiteral, textTables, textsFor } from './text-tables';

type Made = Omit<GeneratedStatement, 'kind'>;
interface Ids {
  newId(): number;
}
type Maker = (this: Ids, rng: Rng) => Made;

const multiset = (sql: string): Made => ({ sql, comparison: { mode: 'multiset' } });
const named = (name: string): TableSpec => textTables.find((t) => t.name === name)!;
const keyOf = (table: TableSpec): string => table.vindexColumn!;

/** A condition that routing may use. */
function keyCondition(rng: Rng, table: TableSpec, prefix = ''): string {
  const key = prefix + keyOf(table);
  const value = (): string => textLiteral(rng, table);
  switch (rng.int(0, 6)) {
    case 0:
    case 1:
      return `${key} = ${value()}`;
    case 2:
      return `${value()} = ${key}`;
    case 3:
      return `${key} in (${value()}, ${value()}, ${value()})`;
    case 4:
      return `(${key} = ${value()} or ${key} = ${value()})`;
    case 5:
      return `(${key}, ${prefix}amount) in ((${value()}, ${rng.int(0, 9)}), (${value()}, ${rng.int(0, 9)}))`;
    default:
      return `${key} = ${value()} and ${prefix}amount > ${rng.int(-5, 20)}`;
  }
}

const point: Maker = (rng) => {
  const table = rng.pick(textTables);
  const condition = keyCondition(rng, table);
  return multiset(
    rng.pick([
      `select * from ${table.name} where ${condition}`,
      `select id from ${table.name} where ${condition}`,
      `select count(*), sum(amount) from ${table.name} where ${condition}`,
      `select amount, count(*) from ${table.name} where ${condition} group by amount`,
      `select id from ${table.name} where not (${condition})`,
      `select max(id) from ${table.name} where ${condition} having count(*) > 1`,
    ]),
  );
};

const sorted: Maker = (rng) => {
  const table = rng.pick(textTables);
  const limit = rng.chance(0.5) ? ` limit ${rng.int(0, 4)}` : '';
  return {
    sql: `select * from ${table.name} where ${keyCondition(rng, table)} order by ${keyOf(table)}, id${limit}`,
    comparison: { mode: 'ordered' },
  };
};

/** Rows that equal each other are one group, wherever they lie. */
const grouped: Maker = (rng) => {
  const table = rng.pick(textTables);
  const key = keyOf(table);
  return multiset(
    rng.pick([
      `select count(*), sum(amount), min(id) from ${table.name} group by ${key}`,
      `select count(distinct ${key}) from ${table.name}`,
      `select count(*) from (select distinct ${key} from ${table.name}) d`,
      `select min(id), max(id) from ${table.name} group by ${key} having count(*) > ${rng.int(1, 3)}`,
    ]),
  );
};

const joined: Maker = (rng) => {
  const [left, right] = rng
    .pick([
      ['words', 'tags'],
      ['tags', 'words'],
      ['words', 'bytes'],
      ['terms', 'terms'],
      ['codes', 'codes'],
      ['exact', 'exact'],
      ['bytes', 'bytes'],
    ])
    .map(named);
  const on = `l.${keyOf(left)} = r.${keyOf(right)}`;
  const where = rng.chance(0.5) ? ` where ${keyCondition(rng, left, 'l.')}` : '';
  const type = rng.pick(['join', 'join', 'left join']);
  return multiset(
    rng.pick([
      `select l.id, r.id from ${left.name} l ${type} ${right.name} r on ${on}${where}`,
      `select count(*) from ${left.name} l ${type} ${right.name} r on ${on}${where}`,
      `select l.id from ${left.name} l where exists (select 1 from ${right.name} r where ${on})`,
      `select l.id from ${left.name} l where l.${keyOf(left)} in (select r.${keyOf(right)} from ${right.name} r where r.amount > ${rng.int(0, 20)})`,
      `select l.id from ${left.name} l where l.${keyOf(left)} not in (select r.${keyOf(right)} from ${right.name} r where r.amount > ${rng.int(0, 9)})`,
      `select l.id, r.id from ${left.name} l, ${right.name} r where l.${keyOf(left)} = ${textLiteral(rng, left)} and r.${keyOf(right)} = ${textLiteral(rng, right)}`,
      `select l.id, r.id from ${left.name} l, ${right.name} r where ${on} and l.${keyOf(left)} = ${textLiteral(rng, left)}`,
    ]),
  );
};

const update: Maker = (rng) => {
  const table = rng.pick(textTables);
  return multiset(
    `update ${table.name} set amount = ${rng.pick(['amount + 1', String(rng.int(0, 20)), 'null'])} ` +
      `where ${keyCondition(rng, table)}`,
  );
};

const remove: Maker = (rng) => {
  const table = rng.pick(textTables);
  return multiset(
    `delete from ${table.name} where ${keyCondition(rng, table)} and amount < ${rng.int(0, 6)}`,
  );
};

const insert: Maker = function (rng) {
  const table = rng.pick(textTables);
  const texts = textsFor(table);
  const rows = Array.from({ length: rng.int(1, 3) }, () => {
    const text = rng.chance(0.05)
      ? 'x'.repeat(30)
      : rng.pick(texts) + (rng.chance(0.05) ? ' '.repeat(25) : '');
    const key = rng.chance(0.05) ? String(rng.int(0, 99)) : quoted(text);
    return `(${this.newId()}, ${key}, ${rng.int(-3, 20)})`;
  });
  return multiset(`insert into ${table.name} (id, ${keyOf(table)}, amount) values ${rows.join(', ')}`);
};

/** Keys that become the number that the column stores, or that it refuses. */
const numericInsert: Maker = function (rng) {
  const id = this.newId();
  const old = rng.int(1, 90);
  const key = rng.pick([
    `'${id}'`,
    `'0${id}'`,
    `' ${id} '`,
    `'+${id}'`,
    `${id}.4`,
    `'${id}.4'`,
    `${id}.5e0`,
    `${id}.0`,
    `'${id}x'`,
    `'x'`,
    `''`,
    `'00${old}'`,
    `${old}.3`,
    `'9999999999999999999999'`,
    `99999999999999999999`,
    `true`,
  ]);
  const ignore = rng.chance(0.1) ? 'ignore ' : '';
  return multiset(
    rng.pick([
      `insert ${ignore}into users (id, name) values (${key}, 'n')`,
      `insert ${ignore}into notes (id, tag, weight) values (${key}, 't', 1)`,
      `insert ${ignore}into users (id, name) values (${id + 1_000_000}, 'a'), (${key}, 'b')`,
    ]),
  );
};

/** Numbers written in other ways than the column prints them. */
const numericPoint: Maker = (rng) => {
  const n = rng.int(1, 90);
  const key = rng.pick([
    `'${n}'`,
    `'0${n}'`,
    `' ${n}'`,
    `${n}.0`,
    `'${n}.0'`,
    `'${n}x'`,
    `${n}e0`,
    `${n}.5`,
    `'${n}e0'`,
  ]);
  return multiset(
    rng.pick([
      `select id from users where id = ${key}`,
      `select id from notes where id in (${key}, ${rng.int(1, 90)})`,
      `select u.id, o.id from users u join orders o on o.user_id = u.id where u.id = ${key}`,
      `update users set score = 1 where id = ${rng.pick([`'${n}'`, `'0${n}'`, `${n}.0`])}`,
    ]),
  );
};

/** Kinds on tables that are keyed by text, and on numbers in unusual forms. */
export const textKinds: [string, Maker, number][] = [
  ['text point', point, 4],
  ['text order', sorted, 1],
  ['text group', grouped, 1],
  ['text join', joined, 3],
  ['text update', update, 1],
  ['text delete', remove, 1],
  ['text insert', insert, 2],
  ['numeric insert', numericInsert, 2],
  ['numeric point', numericPoint, 1],
];
