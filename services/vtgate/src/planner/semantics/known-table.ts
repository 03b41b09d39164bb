import type { TabletType } from '@vitess-ts/proto/topodata';
import { Type } from '@vitess-ts/sqltypes';
import type { Table, VSchema } from '@vitess-ts/vindexes';
import { SqlError } from '@vitess-ts/vterrors';
import type { ColumnInfo } from './bound';
import { asMissingTable } from './errors';

/** A table of the vschema after routing rules. Throws 1146 as MySQL does. */
export function findTable(
  vschema: VSchema,
  keyspace: string | undefined,
  name: string,
  tabletType: TabletType | undefined,
): Table {
  try {
    return vschema.findTable(keyspace, name, tabletType);
  } catch (error) {
    throw asMissingTable(error, keyspace, name);
  }
}

/** The columns that the vschema knows; those of vindexes and sequences even when it lists none. */
export function columnsOf(table: Table): ColumnInfo[] {
  const columns: ColumnInfo[] = table.columns.map((c) => ({
    name: c.name,
    type: c.type === Type.NULL_TYPE ? undefined : c.type,
    collation: c.collation === '' ? undefined : c.collation,
    invisible: c.invisible,
  }));
  const known = new Set(columns.map((c) => c.name.toLowerCase()));
  const more = table.columnVindexes.flatMap((v) => v.columns);
  if (table.autoIncrement !== undefined) more.push(table.autoIncrement.column);
  for (const name of more) {
    if (known.has(name.toLowerCase())) continue;
    known.add(name.toLowerCase());
    columns.push({ name });
  }
  return columns;
}

/** A derived table cannot have two columns of one name. */
export function checkDuplicates(columns: readonly ColumnInfo[]): void {
  const seen = new Set<string>();
  for (const { name } of columns) {
    const lower = name.toLowerCase();
    if (seen.has(lower)) throw new SqlError(1060, '42S21', `Duplicate column name '${name}'`);
    seen.add(lower);
  }
}
