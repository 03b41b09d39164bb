import type { Rng } from '../rng';
import type { Scope } from './expression';
import { isExact, pickColumn, totalKey, type Item } from './relation';

const integer = (sql: string): Item => ({ sql, class: 'integer', folds: false });

/** Window functions with one right answer: where the order of equal rows counts, it is total. */
export function windowItems(rng: Rng, { inner }: Scope, count: number): Item[] {
  return Array.from({ length: count }, () => windowItem(rng, inner));
}

function windowItem(rng: Rng, inner: Scope['inner']): Item {
  const by = pickColumn(rng, inner, (c) => c.class !== 'float')!.sql;
  const partition = rng.chance(0.5)
    ? `partition by ${pickColumn(rng, inner, (c) => c.class !== 'float')!.sql} `
    : '';
  const number = pickColumn(rng, inner, isExact)?.sql ?? '1';
  const direction = rng.pick(['', ' desc']);
  const key = totalKey(inner);
  const peers: Item[] = [
    integer(`rank() over (${partition}order by ${by}${direction})`),
    integer(`dense_rank() over (${partition}order by ${by}${direction})`),
    integer(`count(*) over (${partition}order by ${by}${direction})`),
    integer(`count(${by}) over (${partition.trimEnd()})`),
    { sql: `sum(${number}) over (${partition}order by ${by}${direction})`, class: 'decimal', folds: false },
    { sql: `avg(${number}) over (${partition.trimEnd()})`, class: 'decimal', folds: false },
    { sql: `max(${number}) over (${partition.trimEnd()})`, class: 'decimal', folds: false },
  ];
  if (key === undefined) return rng.pick(peers);
  const total = `${partition}order by ${by}${direction}, ${key.join(', ')}`;
  return rng.pick<Item>([
    ...peers,
    integer(`row_number() over (${total})`),
    integer(`ntile(${rng.int(2, 5)}) over (${total})`),
    { sql: `lag(${number}, ${rng.int(1, 2)}) over (${total})`, class: 'decimal', folds: false },
    { sql: `lead(${by}) over (${total})`, class: 'text', folds: true },
    { sql: `first_value(${number}) over (${total})`, class: 'decimal', folds: false },
    {
      sql: `sum(${number}) over (${total} rows between ${rng.int(0, 2)} preceding and ${rng.pick(['current row', '1 following', 'unbounded following'])})`,
      class: 'decimal',
      folds: false,
    },
  ]);
}
