import type { Delete, TableRef } from '@vitess-ts/sqlparser';
import { isColumn, rewrite } from './syntax-tree';

/**
 * A DELETE of one table under another name, as all servers read it: MariaDB has no alias there. Where nothing else stands
 * in the way it becomes the form for several tables, else the alias goes.
 */
export function withoutAlias(statement: Delete): Delete {
  const [table] = statement.tables;
  if (statement.targets.length > 0 || table?.kind !== 'table' || table.alias === undefined) return statement;
  const { alias } = table;
  if (statement.limit === undefined && statement.orderBy.length === 0 && statement.returning.length === 0) {
    return { ...statement, targets: [{ name: alias }] };
  }
  const bare: TableRef = { ...table, alias: undefined };
  return rewrite({ ...statement, tables: [bare] }, (node) =>
    isColumn(node) && node.table === alias ? { ...node, table: undefined, keyspace: undefined } : undefined,
  );
}
