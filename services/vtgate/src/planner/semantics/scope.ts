import type { Column } from '@vitess-ts/sqlparser';
import { unsupported } from '../../engine/unsupported';
import type { BoundColumn, ColumnInfo, TableInfo, TableSet } from './bound';
import { ambiguousColumn, duplicateAlias, unknownColumn, type Clause } from './errors';

/** A select item as GROUP BY, HAVING and ORDER BY may name it. */
export interface NamedItem {
  name: string;
  tables: TableSet;
  /** The item is a column of this very name: naming it means the column. */
  isColumn: boolean;
  /** The column that the item is, whatever it is called. */
  column?: BoundColumn;
  info?: ColumnInfo;
}

/** How unqualified names are looked up: in the tables alone, or among the select items before or after them. */
export type ItemLookup = 'none' | 'before' | 'after';

/** The tables of one FROM clause, and the outer query's behind them. */
export class Scope {
  readonly tables: TableInfo[] = [];
  items: NamedItem[] = [];
  /** Names that the select list gives its items, in lower case: queries inside it may use them. */
  aliases: ReadonlySet<string> = new Set();
  /** Columns that USING or NATURAL joins made one, with the table whose value they have. */
  private readonly merged = new Map<string, MergedColumn>();

  constructor(readonly outer?: Scope) {}

  add(table: TableInfo): void {
    if (
      table.alias !== '' &&
      this.tables.some((t) => t.alias === table.alias && t.keyspace === table.keyspace)
    ) {
      throw duplicateAlias(table.alias);
    }
    this.tables.push(table);
  }

  merge(column: string, table: TableInfo, of: TableSet): void {
    const before = this.mergedColumn(column);
    this.merged.set(column.toLowerCase(), { table, of: of | (before?.of ?? 0n) });
  }

  mergedColumn(column: string): MergedColumn | undefined {
    return this.merged.get(column.toLowerCase());
  }

  /** Binds a column to its table. Throws 1052 and 1054 as MySQL does. */
  resolve(column: Column, clause: Clause, items: ItemLookup): BoundColumn {
    const found = this.find(column, clause, items);
    if (found !== undefined) return found;
    const name = [column.keyspace, column.table, column.name].filter((p) => p !== undefined).join('.');
    throw unknownColumn(name, clause);
  }

  private find(column: Column, clause: Clause, items: ItemLookup): BoundColumn | undefined {
    const item = column.table === undefined && items !== 'none' ? this.findItem(column) : undefined;
    if (item !== undefined && items === 'before') return item;
    const here =
      column.table === undefined ? this.findUnqualified(column, clause) : this.findQualified(column);
    return here ?? item ?? this.outer?.findOuter(column, clause);
  }

  private findOuter(column: Column, clause: Clause): BoundColumn | undefined {
    const found = this.find(column, clause, 'none');
    if (found !== undefined || column.table !== undefined) return found;
    if (this.aliases.has(column.name.toLowerCase())) throw namedItem(column.name);
    return undefined;
  }

  /**
   * What a name alone means as an item of ORDER BY: a select item of that name before one that is a column of that
   * name, and either before the columns of the tables. Undefined when no item has to do with it. Throws 1052.
   */
  itemFor(column: Column, clause: Clause): BoundColumn | undefined {
    const name = column.name.toLowerCase();
    const called = this.items.filter((i) => i.name.toLowerCase() === name);
    const expression = called.find((i) => i.column === undefined);
    if (expression !== undefined) {
      const { tables, info } = expression;
      return { ...column, tables, info, item: this.items.indexOf(expression) };
    }
    const columns =
      called.length > 0 ? called : this.items.filter((i) => i.column?.name.toLowerCase() === name);
    const found = new Map(columns.map(({ column: c }) => [`${c?.tables}.${c?.name.toLowerCase()}`, c]));
    if (found.size > 1) throw ambiguousColumn(column.name, clause);
    return [...found.values()][0];
  }

  private findItem(column: Column): BoundColumn | undefined {
    const name = column.name.toLowerCase();
    const index = this.items.findIndex((i) => i.name.toLowerCase() === name && !i.isColumn);
    if (index < 0) return undefined;
    const { tables, info } = this.items[index];
    return { ...column, tables, info, item: index };
  }

  private findUnqualified(column: Column, clause: Clause): BoundColumn | undefined {
    const merged = this.mergedColumn(column.name);
    const having = this.tables.filter(
      (t) => t === merged?.table || (!isMember(t, merged) && columnOf(t, column.name) !== undefined),
    );
    if (having.length > 1) throw ambiguousColumn(column.name, clause);
    if (having.length === 1) return bind(column, having[0]);
    const open = this.tables.filter((t) => !t.complete);
    if (open.length === 0) return undefined;
    return { ...column, tables: open.reduce((set, t) => set | t.bit, 0n), info: undefined, item: undefined };
  }

  private findQualified(column: Column): BoundColumn | undefined {
    const table = this.tables.find(
      (t) => t.alias === column.table && (column.keyspace === undefined || column.keyspace === t.keyspace),
    );
    if (table === undefined) return undefined;
    if (columnOf(table, column.name) === undefined && table.complete) return undefined;
    return bind(column, table);
  }
}

function namedItem(name: string): Error {
  return unsupported(
    `a query inside a select list that names the item '${name}' of that list`,
    'write the expression in its place',
  );
}

/** A column that a join made of one column in each of some tables. */
export interface MergedColumn {
  /** The table whose value it has. */
  table: TableInfo;
  of: TableSet;
}

export const isMember = (table: TableInfo, merged: MergedColumn | undefined): boolean =>
  merged !== undefined && (table.bit & merged.of) !== 0n;

function bind(column: Column, table: TableInfo): BoundColumn {
  return { ...column, tables: table.bit, info: columnOf(table, column.name), item: undefined };
}

export function columnOf(table: TableInfo, name: string): ColumnInfo | undefined {
  const lower = name.toLowerCase();
  return table.columns.find((c) => c.name.toLowerCase() === lower);
}
