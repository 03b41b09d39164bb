import type { Column, Expr, SelectItem } from '@vitess-ts/sqlparser';
import type { TableInfo } from '../semantics/bound';

/** The select list of a statement's first step: each thing that is asked for once, by index. */
export class ReadColumns {
  readonly items: SelectItem[] = [];
  private readonly known = new Map<string, number>();

  /** A column of one of the statement's tables. */
  column(table: TableInfo, name: string): number {
    const key = `${table.bit}.${name.toLowerCase()}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const index = this.value(columnOf(table, name));
    this.known.set(key, index);
    return index;
  }

  columns(table: TableInfo, names: readonly string[]): number[] {
    return names.map((name) => this.column(table, name));
  }

  value(expr: Expr): number {
    const alias = `__c${this.items.length}`;
    this.items.push({ kind: 'selectExpr', expr, alias, text: alias });
    return this.items.length - 1;
  }
}

export function columnOf({ alias, keyspace }: TableInfo, name: string): Column {
  return { kind: 'column', name, table: alias, ...(keyspace === undefined ? {} : { keyspace }) };
}
