import type { Delete } from '@vitess-ts/sqlparser';
import type { Table } from '@vitess-ts/vindexes';
import { unsupported } from '../engine/unsupported';
import { finishDml, planDmlTables } from './dml-route';
import type { Plan } from './plan';
import type { PlanContext } from './plan-context';
import { Binder } from './semantics/binder';
import type { TableInfo } from './semantics/bound';
import { unknownTable } from './semantics/errors';

export function planDelete(statement: Delete, context: PlanContext): Plan {
  if (statement.with !== undefined) {
    throw unsupported('WITH in a DELETE of a sharded keyspace', 'write the common table as a derived table');
  }
  const binder = new Binder(context.vschema, context.keyspace, context.tabletType);
  const { scope, from } = binder.bindTables(statement.tables);
  const bound: Delete = {
    ...statement,
    tables: from,
    where: statement.where && binder.bindPart(statement.where, scope, 'where clause'),
    orderBy: binder.bindPart(statement.orderBy, scope, 'order clause'),
  };
  const { route } = planDmlTables(bound, context);
  return finishDml(bound, 'Delete', changedTables(bound, scope.tables), route, context, binder);
}

function changedTables(statement: Delete, tables: readonly TableInfo[]): Table[] {
  if (statement.targets.length === 0) return tables.flatMap((t) => t.table ?? []);
  return statement.targets.map((target) => {
    const found = tables.find(
      (t) => t.alias === target.name && (target.keyspace === undefined || target.keyspace === t.keyspace),
    );
    if (found?.table === undefined) throw unknownTable(target.name);
    return found.table;
  });
}
