import type { Assignment, Update } from '@vitess-ts/sqlparser';
import { SqlError } from '@vitess-ts/vterrors';
import type { Primitive } from '../engine/primitive';
import { planDml } from './dml-route';
import type { Plan } from './plan';
import type { PlanContext } from './plan-context';
import { Binder } from './semantics/binder';
import type { BoundColumn, TableInfo } from './semantics/bound';
import { twoStepUpdate } from './two-step/two-step-update';

export function planUpdate(statement: Update, context: PlanContext): Plan {
  const binder = new Binder(context.vschema, context.keyspace, context.tabletType);
  const { scope, from, ctes } = binder.bindTables(statement);
  const bound: Update = {
    ...statement,
    tables: from,
    assignments: binder.bindPart(statement.assignments, scope, 'field list', ctes),
    where: statement.where && binder.bindPart(statement.where, scope, 'where clause', ctes),
    orderBy: binder.bindPart(statement.orderBy, scope, 'order clause', ctes),
  };
  const { tables } = scope;
  const targets = tables.filter(
    ({ bit, table }) =>
      table !== undefined && bound.assignments.some((a) => ((a.column as BoundColumn).tables & bit) !== 0n),
  );
  checkUpdatable(bound, tables);
  const twoStep = (): Primitive => twoStepUpdate(statement, bound, tables, context);
  const needsRows =
    statement.with !== undefined || bound.assignments.some((a) => assignsVindexColumn(a, tables));
  return planDml(bound, 'Update', targets, context, binder, needsRows, twoStep);
}

function checkUpdatable({ assignments }: Update, tables: readonly TableInfo[]): void {
  for (const { column } of assignments) {
    const of = tables.find(({ bit }) => (column as BoundColumn).tables === bit);
    if (of === undefined || of.table !== undefined) continue;
    throw new SqlError(1288, 'HY000', `The target table ${of.alias} of the UPDATE is not updatable`);
  }
}

function assignsVindexColumn({ column }: Assignment, tables: readonly TableInfo[]): boolean {
  const name = column.name.toLowerCase();
  return tables.some(
    ({ table, bit }) =>
      ((column as BoundColumn).tables & bit) !== 0n &&
      table?.columnVindexes.some((v) => v.columns.some((c) => c.toLowerCase() === name)),
  );
}
