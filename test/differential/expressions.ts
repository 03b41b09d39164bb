import { Rng } from './rng';
import { randomValue, type ColumnSpec, type TableSpec } from './schema';

/** A table under the name that the statement gives it. */
export interface Source {
  table: TableSpec;
  alias: string;
}

export interface ColumnRef {
  source: Source;
  column: ColumnSpec;
  /** `u.id`, or `id` where one table is read. */
  text: string;
}

export function columnsOf(sources: readonly Source[]): ColumnRef[] {
  return sources.flatMap((source) =>
    source.table.columns.map((column) => ({ source, column, text: `${source.alias}.${column.name}` })),
  );
}

/** A condition on one column. */
export function predicate(rng: Rng, ref: ColumnRef): string {
  const value = (): string => {
    const v = randomValue(rng, ref.source.table, ref.column);
    return v === 'null' ? '1' : v;
  };
  const { text, column } = ref;
  switch (rng.int(0, 7)) {
    case 0:
      return `${text} = ${value()}`;
    case 1:
      return `${text} <> ${value()}`;
    case 2:
      return `${text} > ${value()}`;
    case 3:
      return `${text} between ${value()} and ${value()}`;
    case 4:
      return `${text} in (${value()}, ${value()}, ${value()})`;
    case 5:
      return `${text} is ${rng.chance(0.5) ? 'not ' : ''}null`;
    case 6:
      return column.class === 'text'
        ? `${text} like '${rng.pick(['a%', '%n', '_n%', 'b%', '%'])}'`
        : `${text} <= ${value()}`;
    default:
      return column.class === 'text' ? `${text} >= ${value()}` : `not (${text} < ${value()})`;
  }
}

/** Nothing, or conditions joined with AND and OR. */
export function whereClause(rng: Rng, refs: readonly ColumnRef[]): string {
  const count = rng.pick([0, 1, 1, 2, 3]);
  if (count === 0) return '';
  const parts = Array.from({ length: count }, () => predicate(rng, rng.pick(refs)));
  let text = parts[0];
  for (const part of parts.slice(1)) text += ` ${rng.pick(['and', 'and', 'or'])} ${part}`;
  return ` where ${text}`;
}

/** A scalar expression over a column, as it may stand in a select list. */
export function scalar(rng: Rng, refs: readonly ColumnRef[]): string {
  const { text, column } = rng.pick(refs);
  if (rng.chance(0.6)) return text;
  switch (column.class) {
    case 'integer':
      return rng.pick([`${text} + 1`, `${text} * 2`, `abs(${text})`, `${text} % 7`, `coalesce(${text}, -1)`]);
    case 'decimal':
      return rng.pick([`${text} + 1`, `round(${text}, 1)`, `-${text}`, `ifnull(${text}, 0)`]);
    case 'double':
      return rng.pick([`${text} * 2`, `ifnull(${text}, 0)`]);
    case 'text':
      return rng.pick([
        `upper(${text})`,
        `concat(${text}, '!')`,
        `length(${text})`,
        `ifnull(${text}, 'none')`,
      ]);
    default:
      return rng.pick([`year(${text})`, `date(${text})`, `${text} is null`]);
  }
}

export interface AggregateItem {
  /** With its alias. */
  text: string;
  alias: string;
  /**
   * MIN and MAX of text give one of several values that the collation calls equal, whichever is read first: any of
   * them is right.
   */
  anyEqualText: boolean;
}

/** Aggregates over columns, as `a0`, `a1`, .. */
export function aggregates(rng: Rng, refs: readonly ColumnRef[], count: number): AggregateItem[] {
  return Array.from({ length: count }, (_, i) => aggregate(rng, refs, `a${i}`));
}

function aggregate(rng: Rng, refs: readonly ColumnRef[], alias: string): AggregateItem {
  if (rng.chance(0.25)) return { text: `count(*) as ${alias}`, alias, anyEqualText: false };
  const { text, column } = rng.pick(refs);
  const any = [`count(${text})`, `min(${text})`, `max(${text})`, `count(distinct ${text})`];
  const numeric = [`sum(${text})`, `avg(${text})`];
  const chosen = rng.pick(
    column.class === 'integer' || column.class === 'decimal' ? [...any, ...numeric] : any,
  );
  const caseInsensitive = column.class === 'text' && !column.definition.includes('_bin');
  return { text: `${chosen} as ${alias}`, alias, anyEqualText: caseInsensitive && /^m(in|ax)/.test(chosen) };
}
