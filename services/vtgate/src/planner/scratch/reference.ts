import type { Column, Expr, LockClause, TableQuery, TableRef } from '@vitess-ts/sqlparser';
import type { Table } from '@vitess-ts/vindexes';

/** One place where a query names a table of the vschema. */
export interface Reference {
  node: TableRef | TableQuery;
  table: Table;
  alias: string;
  /** The statement gives it an alias: its keyspace does not qualify columns then. */
  isAliased: boolean;
  partitions: readonly string[];
  /** A `*` or NATURAL JOIN stands for its columns. */
  usesAllColumns: boolean;
  /** Conditions on this table alone that all rows of it meet which can matter. */
  conditions: Expr[];
  lock?: LockClause;
  /** Another table of its FROM clause, of another keyspace, goes by the same name. */
  needsKeyspace: boolean;
}

/** A table of a FROM clause: without a reference, a derived or common table. */
export interface Source {
  alias: string;
  reference?: Reference;
}

/** True for a column that must be one of this table, among these sources. */
export function isColumnOf(column: Column, reference: Reference, sources: readonly Source[]): boolean {
  const { table, alias, isAliased } = reference;
  const has = (t: Table, name: string): boolean =>
    t.columns.some((c) => c.name.toLowerCase() === name.toLowerCase());
  if (!has(table, column.name)) return false;
  const others = sources.filter((s) => s.reference !== reference);
  if (column.table !== undefined) {
    if (column.table !== alias || others.some((s) => s.alias === alias)) return false;
    return column.keyspace === undefined || (!isAliased && column.keyspace === table.keyspace.name);
  }
  return others.every(
    ({ reference: other }) => other?.table.columnListAuthoritative && !has(other.table, column.name),
  );
}
