import { syntaxError, type SelectItem, type Star } from '@vitess-ts/sqlparser';
import { unsupported } from '../../engine/unsupported';
import type { BoundColumn, TableInfo } from './bound';
import { unknownColumn, unknownTable } from './errors';
import { columnOf, isMember, type Scope } from './scope';

/** A `*` alone may only come first. Throws 1064 as MySQL does. */
export function checkStars(items: readonly SelectItem[]): void {
  if (items.some((item, i) => i > 0 && item.kind === 'star' && item.table === undefined))
    throw syntaxError('*', 0);
}

/** The columns that each `*` stands for; a `*` of tables whose columns are not known stays. */
export function expandStars(items: readonly SelectItem[], scope: Scope): SelectItem[] {
  return items.flatMap((item): SelectItem[] => {
    if (item.kind !== 'star') return [item];
    const tables = item.table === undefined ? scope.tables : scope.tables.filter((t) => isNamed(t, item));
    if (item.table !== undefined && tables.length === 0) {
      throw unknownTable(item.keyspace === undefined ? item.table : `${item.keyspace}.${item.table}`);
    }
    if (tables.length === 0 || tables.some((t) => !t.complete)) return [item];
    return starColumns(tables, scope, item.table === undefined);
  });
}

function isNamed(table: TableInfo, star: Star): boolean {
  return table.alias === star.table && (star.keyspace === undefined || star.keyspace === table.keyspace);
}

/** Columns that USING merged come first and once, as in MySQL. */
function starColumns(tables: readonly TableInfo[], scope: Scope, all: boolean): SelectItem[] {
  const columns: SelectItem[] = [];
  const seen = new Set<string>();
  const qualified = scope.tables.length > 1;
  const add = (table: TableInfo, name: string): void => {
    columns.push({
      kind: 'selectExpr',
      expr: { kind: 'column', name, ...(qualified ? { table: table.alias } : {}) },
      text: name,
    });
  };
  const visible = tables.map((table) => ({ table, columns: table.columns.filter((c) => !c.invisible) }));
  if (all) {
    for (const { table, columns: list } of visible) {
      for (const { name } of list) {
        const merged = scope.mergedColumn(name);
        if (!isMember(table, merged) || merged === undefined || seen.has(name.toLowerCase())) continue;
        seen.add(name.toLowerCase());
        add(merged.table, name);
      }
    }
  }
  for (const { table, columns: list } of visible) {
    for (const { name } of list) if (!all || !isMember(table, scope.mergedColumn(name))) add(table, name);
  }
  return columns;
}

/** The names that NATURAL JOIN joins by. */
export function naturalColumns(left: readonly TableInfo[], right: readonly TableInfo[]): string[] {
  if ([...left, ...right].some((t) => !t.complete)) {
    throw unsupported(
      'NATURAL JOIN of tables whose columns are not known',
      'write the columns as JOIN .. USING (..), or let the schema be tracked',
    );
  }
  const names = new Set(right.flatMap((t) => t.columns).map((c) => c.name.toLowerCase()));
  const shared = left.flatMap((t) => t.columns).filter((c) => names.has(c.name.toLowerCase()));
  return [...new Map(shared.map((c) => [c.name.toLowerCase(), c.name])).values()];
}

/** The two columns that USING makes one. */
export function impliedEquality(
  name: string,
  left: readonly TableInfo[],
  right: readonly TableInfo[],
  scope: Scope,
): { left: BoundColumn; right: BoundColumn } {
  const side = (tables: readonly TableInfo[]): BoundColumn => {
    const merged = scope.mergedColumn(name)?.table;
    const table =
      (merged !== undefined && tables.includes(merged) ? merged : undefined) ??
      tables.find((t) => columnOf(t, name) !== undefined) ??
      (tables.length === 1 && !tables[0].complete ? tables[0] : undefined);
    if (table === undefined) throw unknownColumn(name, 'from clause');
    return { kind: 'column', name, table: table.alias, tables: table.bit, info: columnOf(table, name) };
  };
  return { left: side(left), right: side(right) };
}
