import type { Assignment, Update } from '@vitess-ts/sqlparser';
import type { Table } from '@vitess-ts/vindexes';
import { unsupported } from '../engine/unsupported';
import { finishDml, planDmlTables } from './dml-route';
import type { Plan } from './plan';
import type { PlanContext } from './plan-context';
import { Binder } from './semantics/binder';
import type { BoundColumn, TableInfo } from './semantics/bound';

export function planUpdate(statement: Update, context: PlanContext): Plan {
  if (statement.with !== undefined) {
    throw unsupported('WITH in an UPDATE of a sharded keyspace', 'write the common table as a derived table');
  }
  const binder = new Binder(context.vschema, context.keyspace, context.tabletType);
  const { scope, from } = binder.bindTables(statement.tables);
  const bound: Update = {
    ...statement,
    tables: from,
    assignments: binder.bindPart(statement.assignments, scope, 'field list'),
    where: statement.where && binder.bindPart(statement.where, scope, 'where clause'),
    orderBy: binder.bindPart(statement.orderBy, scope, 'order clause'),
  };
  for (const assignment of bound.assignments) checkAssignment(assignment, scope.tables);
  const { planner, route } = planDmlTables(bound, context);
  planner.planSubqueries(bound.assignments, route);
  return finishDml(bound, 'Update', changedTables(bound, scope.tables), route, context, binder);
}

function changedTables(statement: Update, tables: readonly TableInfo[]): Table[] {
  return tables.flatMap(({ bit, table }) =>
    table !== undefined && statement.assignments.some((a) => ((a.column as BoundColumn).tables & bit) !== 0n)
      ? [table]
      : [],
  );
}

function checkAssignment({ column }: Assignment, tables: readonly TableInfo[]): void {
  const name = column.name.toLowerCase();
  for (const { table, bit } of tables) {
    if (table === undefined || ((column as BoundColumn).tables & bit) === 0n) continue;
    checkVindexColumn(table, name);
  }
}

/** Refuses to change a column that decides where a row lies. */
export function checkVindexColumn(table: Table, column: string): void {
  const vindex = table.columnVindexes.find((v) =>
    v.columns.some((c) => c.toLowerCase() === column.toLowerCase()),
  );
  if (vindex === undefined) return;
  throw unsupported(
    `changing column '${column}' of table '${table.name}', which vindex '${vindex.vindex.name}' routes by`,
    'delete the row and insert it with the new value, in one transaction',
  );
}
