import type { Rng } from '../rng';
import { columnsOf, isExact, isNumber, pickColumn, type Item, type Relation } from './relation';

/** What an expression may read: the relations in FROM, and those of the queries around it. */
export interface Scope {
  inner: readonly Relation[];
  outer: readonly Relation[];
}

/** Gives the text of a subquery; absent where none may stand any more. */
export interface Subqueries {
  /** One value, of a number. */
  scalar(rng: Rng, scope: Scope): string;
  /** A condition that holds a subquery. */
  condition(rng: Rng, scope: Scope): string;
}

const integerTraps = (n: number): readonly string[] => [
  `'${n}'`,
  `'0${n}'`,
  `' ${n}'`,
  `'${n}abc'`,
  `${n}.0`,
  `'${n}.0'`,
  `${n}e0`,
  `true + ${n - 1}`,
  `${n}.4`,
  `- -${n}`,
  `0x${(n & 255).toString(16).padStart(2, '0')} + 0`,
  'null',
  `cast(${n} as char)`,
];

/** A literal to compare with a value, often not of its type. */
export function literalFor(rng: Rng, item: Item): string {
  const n = rng.int(-4, 12);
  switch (item.class) {
    case 'integer':
      if (n > 0 && rng.chance(0.3)) return rng.pick(integerTraps(n));
      return rng.chance(0.05) ? '9223372036854775808' : String(n);
    case 'decimal':
      return rng.pick([`${n}`, `${n}.5`, `${n}.250`, `'${n}.5'`, `${n}e-1`]);
    case 'double':
    case 'float':
      return rng.pick([`${n}`, '2.5', '1e10', `'${n}'`, '-1.25e-3']);
    case 'date':
      return rng.pick([
        `'2011-02-28'`,
        `'2012-01-01 07:30:00'`,
        `date '2012-12-11'`,
        `timestamp '2010-02-01 23:59:59'`,
        `'2011-2-1'`,
        '20110228',
      ]);
    case 'time':
      return rng.pick([`'07:00:01'`, `'-25:59:01.5'`, `time '00:59:01'`, '70001']);
    case 'enum':
      return rng.pick([`'dog'`, `'ant'`, '2', `'none'`, '0']);
    case 'binary':
      return rng.pick([`'ada'`, `'ADA'`, `''`, `x'616461'`, `'12'`]);
    case 'text':
      return rng.pick([
        `'ada'`,
        `'ADA'`,
        `'bo'`,
        `'elan'`,
        `'ss'`,
        `'strasse'`,
        `'12'`,
        `''`,
        `'zz '`,
        '12',
        '7',
        `'Åsa'`,
        `'ch'`,
      ]);
  }
}

const comparisons = ['=', '=', '<', '>', '<=', '>=', '<>', '<=>'] as const;

/** A condition over the scope, with a subquery now and then. */
export function condition(rng: Rng, scope: Scope, subqueries?: Subqueries): string {
  if (subqueries !== undefined && rng.chance(0.3)) return subqueries.condition(rng, scope);
  const relations = scope.outer.length > 0 && rng.chance(0.2) ? scope.outer : scope.inner;
  const item = rng.pick(columnsOf(relations));
  const { sql } = item;
  switch (rng.int(0, 11)) {
    case 0:
      return `${sql} between ${literalFor(rng, item)} and ${literalFor(rng, item)}`;
    case 1:
      return `${sql} ${rng.pick(['', 'not '])}in (${literalFor(rng, item)}, ${literalFor(rng, item)})`;
    case 2:
      return `${sql} is ${rng.pick(['', 'not '])}null`;
    case 3:
      if (item.class !== 'text') return `not (${sql} > ${literalFor(rng, item)})`;
      return `${sql} like '${rng.pick(['a%', '%a', '_o%', '%', 'ss', '1%'])}'`;
    case 4: {
      const other = pickColumn(rng, relations, (c) => c.class === item.class && c.sql !== sql);
      if (other === undefined || item.class === 'text') return `${sql} is not null`;
      return `${sql} ${rng.pick(comparisons)} ${other.sql}`;
    }
    case 5:
      return `(${condition(rng, scope)} or ${condition(rng, scope)})`;
    case 6:
      if (!isNumber(item)) return `${sql} >= ${literalFor(rng, item)}`;
      return `${value(rng, scope).sql} > ${rng.int(-5, 20)}`;
    case 7:
      return `(${sql} ${rng.pick(['=', '<', '>'])} ${literalFor(rng, item)}) is ${rng.pick(['true', 'not true', 'false', 'unknown'])}`;
    default:
      return `${sql} ${rng.pick(comparisons)} ${literalFor(rng, item)}`;
  }
}

/** ` where ..`, or nothing. */
export function where(rng: Rng, scope: Scope, subqueries?: Subqueries): string {
  const count = rng.pick([0, 1, 1, 2]);
  const parts = Array.from({ length: count }, () => condition(rng, scope, subqueries));
  return count === 0 ? '' : ` where ${parts.join(rng.pick([' and ', ' and ', ' or ']))}`;
}

/** A value over the scope, of any class. */
export function value(rng: Rng, { inner }: Scope): Item {
  const item = rng.pick(columnsOf(inner));
  return rng.chance(0.55) ? item : computed(rng, inner, item);
}

function computed(rng: Rng, inner: readonly Relation[], item: Item): Item {
  const { sql, folds } = item;
  const integer = (text: string): Item => ({ sql: text, class: 'integer', folds: false });
  switch (item.class) {
    case 'integer': {
      const other = pickColumn(rng, inner, isExact)?.sql ?? '1';
      return rng.pick<Item>([
        integer(`coalesce(${sql}, -1)`),
        integer(`${sql} % 5`),
        integer(`${sql} is null`),
        integer(`case when ${sql} > 3 then 1 when ${sql} < 0 then -1 else 0 end`),
        integer(`sign(${sql})`),
        { sql: `${sql} * 1.5`, class: 'decimal', folds: false },
        { sql: `ifnull(${sql}, ${other})`, class: 'decimal', folds: false },
        { sql: `${sql} / 3`, class: 'decimal', folds: false },
        { sql: `nullif(${sql}, 3)`, class: 'decimal', folds: false },
        { sql: `concat('#', ${sql})`, class: 'text', folds: false },
      ]);
    }
    case 'decimal':
      return rng.pick<Item>([
        { ...item, sql: `-${sql}` },
        { ...item, sql: `round(${sql}, 1)` },
        { ...item, sql: `ifnull(${sql}, 0)` },
        { ...item, sql: `${sql} * 2 - 1` },
        integer(`floor(${sql})`),
        integer(`${sql} > 3`),
      ]);
    case 'text':
      return rng.pick<Item>([
        integer(`char_length(${sql})`),
        integer(`${sql} = ${literalFor(rng, item)}`),
        { sql: `upper(${sql})`, class: 'text', folds },
        { sql: `concat(${sql}, '!')`, class: 'text', folds: true },
        { sql: `ifnull(${sql}, 'none')`, class: 'text', folds },
        { sql: `left(${sql}, 2)`, class: 'text', folds: true },
      ]);
    case 'date':
      return rng.pick<Item>([
        integer(`year(${sql})`),
        integer(`dayofmonth(${sql})`),
        { sql: `date(${sql})`, class: 'date', folds: false },
        { sql: `${sql} + interval 1 day`, class: 'date', folds: false },
        integer(`${sql} > '2011-02-28'`),
      ]);
    default:
      return rng.pick<Item>([integer(`${sql} is null`), integer(`${sql} = ${literalFor(rng, item)}`)]);
  }
}

/** A value that looks the same whenever it is equal, for groups and sets. */
export function plainValue(rng: Rng, scope: Scope): Item {
  for (let i = 0; i < 8; i++) {
    const item = value(rng, scope);
    if (!item.folds && item.class !== 'float' && item.class !== 'double') return item;
  }
  const number = pickColumn(rng, scope.inner, (c) => c.class === 'integer');
  return number ?? { sql: '1', class: 'integer', folds: false };
}
