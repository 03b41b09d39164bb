import type { Rng } from '../rng';
import type { Scope } from './expression';
import { isExact, isPlain, pickColumn, type Item } from './relation';

const integer = (sql: string): Item => ({ sql, class: 'integer', folds: false });
const decimal = (sql: string): Item => ({ sql, class: 'decimal', folds: false });

/** Aggregates with one right answer, whatever order rows come in. */
export function aggregateItems(rng: Rng, { inner }: Scope, count: number): Item[] {
  return Array.from({ length: count }, () => aggregate(rng, inner));
}

function aggregate(rng: Rng, inner: Scope['inner']): Item {
  const any = pickColumn(rng, inner, (c) => c.class !== 'float')!;
  const exact = pickColumn(rng, inner, isExact);
  const number = exact?.sql ?? '1';
  const shown = pickColumn(rng, inner, (c) => isPlain(c) && c.class !== 'double');
  const shownText = pickColumn(rng, inner, (c) => isPlain(c) && (c.class === 'text' || c.class === 'enum'));
  switch (rng.int(0, 13)) {
    case 0:
    case 1:
      return integer('count(*)');
    case 2:
      return integer(`count(${any.sql})`);
    case 3:
      return integer(`count(distinct ${any.sql})`);
    case 4:
      return integer(`count(distinct ${any.sql}, ${number})`);
    case 5:
    case 6:
      return decimal(`sum(${number})`);
    case 7:
      return decimal(`avg(${number})`);
    case 8:
      return decimal(`sum(distinct ${number})`);
    case 9:
    case 10:
      if (shown === undefined) return integer('count(*)');
      return { ...shown, sql: `${rng.pick(['min', 'max'])}(${shown.sql})` };
    case 11:
      return integer(`${rng.pick(['bit_or', 'bit_and', 'bit_xor'])}(${number})`);
    case 12:
      if (shownText === undefined) return decimal(`avg(distinct ${number})`);
      return {
        sql: `group_concat(${rng.pick(['', 'distinct '])}${shownText.sql} order by ${shownText.sql}${rng.pick(['', ' desc'])})`,
        class: 'text',
        folds: true,
      };
    default:
      return decimal(`sum(case when ${any.sql} is null then 1 else ${number} end)`);
  }
}
