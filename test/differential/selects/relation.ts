import type { Rng } from '../rng';
import type { ColumnClass, TableSpec } from '../schema';

/** A value that a query may use, with what must be known of it so that answers can be compared. */
export interface Item {
  sql: string;
  class: ColumnClass;
  /** Text of which several forms are equal: which of them stands for a group, nobody can say. */
  folds: boolean;
}

/** What stands in FROM, under its alias. */
export interface Relation {
  alias: string;
  /** The text in FROM, with the alias. */
  sql: string;
  columns: Item[];
  /** Columns that together name a row; empty when none do. */
  key: string[];
}

export const isNumber = ({ class: c }: Item): boolean => c === 'integer' || c === 'decimal' || c === 'double';
export const isExact = ({ class: c }: Item): boolean => c === 'integer' || c === 'decimal';
/** Values that are equal only when they look the same. */
export const isPlain = (item: Item): boolean => !item.folds && item.class !== 'float';

/** Columns of a binary collation whose texts end in no space. */
const exactTexts: ReadonlySet<string> = new Set(['b', 'label']);

export function tableRelation(table: TableSpec, alias: string): Relation {
  return {
    alias,
    sql: table.name === alias ? alias : `${table.name} ${alias}`,
    columns: table.columns.map((c) => ({
      sql: `${alias}.${c.name}`,
      class: c.class,
      folds: c.class === 'text' && !/_nopad_bin/.test(c.definition) && !exactTexts.has(c.name),
    })),
    key: table.key.map((k) => `${alias}.${k}`),
  };
}

export const columnsOf = (relations: readonly Relation[]): Item[] => relations.flatMap((r) => r.columns);

/** A column that `which` admits, or undefined. */
export function pickColumn(
  rng: Rng,
  relations: readonly Relation[],
  which: (item: Item) => boolean,
): Item | undefined {
  const fit = columnsOf(relations).filter(which);
  return fit.length === 0 ? undefined : rng.pick(fit);
}

/** Keys that order all rows, or undefined when some relation has none. */
export function totalKey(relations: readonly Relation[]): string[] | undefined {
  if (relations.some((r) => r.key.length === 0)) return undefined;
  return relations.flatMap((r) => r.key);
}
