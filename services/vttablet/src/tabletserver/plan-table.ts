import type { Statement, TableExpr } from '@vitess-ts/sqlparser';

/**
 * The table that a statement is about, for metrics: `Join` when it names several, '' when it names none or is not
 * about tables.
 */
export function tableOf(statement: Statement): string {
  switch (statement.kind) {
    case 'select':
      return tableOfAll(statement.from);
    case 'insert':
      return statement.table.name;
    case 'update':
    case 'delete':
      return tableOfAll(statement.tables);
    case 'ddl':
      return statement.names.length === 1 ? statement.names[0].name : '';
    case 'setStatement':
      return tableOf(statement.statement);
    default:
      return '';
  }
}

function tableOfAll(tables: readonly TableExpr[]): string {
  if (tables.length === 0) return '';
  const [table] = tables;
  return tables.length === 1 && table.kind === 'table' ? table.name : 'Join';
}
