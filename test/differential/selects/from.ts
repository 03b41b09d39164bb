import type { Rng } from '../rng';
import { condition, type Scope } from './expression';
import { pickColumn, tableRelation, type Relation } from './relation';
import { selectTables } from './tables';

/** Gives aliases, none twice in a query. */
export class Names {
  private count = 0;

  next(): string {
    return `t${this.count++}`;
  }
}

export interface From {
  /** Behind FROM. */
  text: string;
  relations: Relation[];
  /** What comma joins need in WHERE. */
  conditions: string[];
  /** RIGHT JOIN and the like: the text has relations whose columns may be NULL. */
  outer: boolean;
}

/** Makes a relation of something else than a table: a derived table or a CTE. */
export type OtherRelation = (rng: Rng) => Relation;

/** Pairs of columns that rows join by, most of them keys. */
function link(rng: Rng, left: readonly Relation[], right: Relation): string {
  const keys = new Set(['id', 'pid', 'owner', 'boss', 'code']);
  const nameOf = (sql: string): string => sql.slice(sql.indexOf('.') + 1).replaceAll('`', '');
  const isKey = (sql: string): boolean => keys.has(nameOf(sql));
  const wanted = rng.next();
  const [r, l] =
    wanted < 0.7
      ? [pickColumn(rng, [right], (c) => isKey(c.sql)), pickColumn(rng, left, (c) => isKey(c.sql))]
      : wanted < 0.85
        ? [
            pickColumn(rng, [right], (c) => c.class === 'text'),
            pickColumn(rng, left, (c) => c.class === 'text'),
          ]
        : [
            pickColumn(rng, [right], (c) => c.class !== 'text' && c.class !== 'float'),
            pickColumn(rng, left, (c) => c.class !== 'text' && c.class !== 'float'),
          ];
  if (r === undefined || l === undefined) {
    const [a, b] = [pickColumn(rng, left, () => true)!, pickColumn(rng, [right], () => true)!];
    return `${a.sql} = ${b.sql}`;
  }
  return `${l.sql} ${rng.chance(0.05) ? '<=>' : '='} ${r.sql}`;
}

/** One to `most` relations, joined. */
export function from(
  rng: Rng,
  names: Names,
  most: number,
  outer: Scope['outer'],
  other?: OtherRelation,
): From {
  const count = rng.pick([1, 1, 1, 2, 2, 2, 3, 3, 4, 5].filter((n) => n <= most));
  const relation = (): Relation =>
    other !== undefined && rng.chance(0.2) ? other(rng) : tableRelation(rng.pick(selectTables), names.next());
  const relations = [relation()];
  const result: From = { text: relations[0].sql, relations, conditions: [], outer: false };
  while (relations.length < count) {
    const right = relation();
    const on = link(rng, relations, right);
    const scope: Scope = { inner: [...relations, right], outer };
    const more = rng.chance(0.25) ? ` and ${condition(rng, { ...scope, outer: [] })}` : '';
    switch (rng.pick(['comma', 'join', 'join', 'left', 'left', 'right'])) {
      case 'comma':
        // A comma binds less than JOIN: only safe behind other commas, so it is written as CROSS JOIN.
        result.text += ` cross join ${right.sql}`;
        result.conditions.push(on);
        break;
      case 'left':
        result.text += ` left join ${right.sql} on ${on}${more}`;
        result.outer = true;
        break;
      case 'right':
        result.text += ` right join ${right.sql} on ${on}${more}`;
        result.outer = true;
        break;
      default:
        result.text += ` join ${right.sql} on ${on}${more}`;
    }
    relations.push(right);
  }
  return result;
}
