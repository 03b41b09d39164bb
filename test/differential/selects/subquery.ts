import type { Rng } from '../rng';
import { aggregateItems } from './aggregate';
import { literalFor, where, type Scope, type Subqueries } from './expression';
import { from, type From, type Names } from './from';
import { columnsOf, isExact, pickColumn, totalKey, type Item, type Relation } from './relation';

const comparisons = ['=', '<', '>', '<=', '>=', '<>'] as const;

/** Subqueries of all kinds, correlated or not, over relations of their own. */
export function subqueries(names: Names): Subqueries {
  return {
    scalar: (rng, scope) => scalar(rng, names, scope),
    condition: (rng, scope) => condition(rng, names, scope),
  };
}

interface Inner {
  /** From FROM on. */
  text: string;
  relations: Relation[];
}

function inner(rng: Rng, names: Names, scope: Scope, correlation = 0.6): Inner {
  const source: From = from(rng, names, 2, []);
  const around = [...scope.inner, ...scope.outer];
  const conditions = [...source.conditions];
  if (around.length > 0 && rng.chance(correlation)) {
    const mine = pickColumn(rng, source.relations, (c) => c.class === 'integer');
    const theirs = pickColumn(rng, around, (c) => c.class === 'integer');
    if (mine !== undefined && theirs !== undefined) {
      conditions.push(`${mine.sql} ${rng.pick(['=', '=', '=', '<', '>'])} ${theirs.sql}`);
    }
  }
  const own = where(rng, { inner: source.relations, outer: [] }, undefined);
  if (own !== '') conditions.push(`(${own.slice(' where '.length)})`);
  const text = ` from ${source.text}${conditions.length === 0 ? '' : ` where ${conditions.join(' and ')}`}`;
  return { text, relations: source.relations };
}

function scalar(rng: Rng, names: Names, scope: Scope): string {
  const { text, relations } = inner(rng, names, scope);
  const mine: Scope = { inner: relations, outer: [] };
  const key = totalKey(relations);
  if (key !== undefined && rng.chance(0.3)) {
    const chosen = pickColumn(rng, relations, isExact)?.sql ?? '1';
    return `(select ${chosen}${text} order by ${key.join(', ')} limit 1)`;
  }
  return `(select ${aggregateItems(rng, mine, 1)[0].sql}${text})`;
}

function condition(rng: Rng, names: Names, scope: Scope): string {
  const item = rng.pick(columnsOf(scope.inner));
  switch (rng.int(0, 6)) {
    case 0:
    case 1:
      return `${rng.pick(['', '', 'not '])}exists (select 1${inner(rng, names, scope, 0.9).text})`;
    case 2: {
      const { text, relations } = inner(rng, names, scope);
      return `${item.sql} ${rng.pick(['', '', 'not '])}in (select ${matching(rng, relations, item)}${text})`;
    }
    case 3: {
      const { text, relations } = inner(rng, names, scope);
      const quantifier = rng.pick(['any', 'all', 'some']);
      return `${item.sql} ${rng.pick(comparisons)} ${quantifier} (select ${matching(rng, relations, item)}${text})`;
    }
    case 4: {
      const { text, relations } = inner(rng, names, scope, 0.3);
      const other = rng.pick(columnsOf(scope.inner));
      return (
        `(${item.sql}, ${other.sql}) ${rng.pick(['', 'not '])}in ` +
        `(select ${matching(rng, relations, item)}, ${matching(rng, relations, other)}${text})`
      );
    }
    default: {
      const number = pickColumn(rng, scope.inner, isExact)?.sql ?? literalFor(rng, item);
      return `${number} ${rng.pick(comparisons)} ${scalar(rng, names, scope)}`;
    }
  }
}

/** A column that compares with the item: of its class where there is one. */
function matching(rng: Rng, relations: readonly Relation[], item: Item): string {
  const same = pickColumn(rng, relations, (c) => c.class === item.class);
  return (same ?? rng.pick(columnsOf(relations))).sql;
}
