import type { Delete } from '@vitess-ts/sqlparser';
import { isLookup } from '@vitess-ts/vindexes';
import { SqlError } from '@vitess-ts/vterrors';
import type { Primitive } from '../engine/primitive';
import { planDml } from './dml-route';
import type { Plan } from './plan';
import type { PlanContext } from './plan-context';
import { Binder } from './semantics/binder';
import type { TableInfo } from './semantics/bound';
import { twoStepDelete } from './two-step/two-step-delete';

export function planDelete(statement: Delete, context: PlanContext): Plan {
  const binder = new Binder(context.vschema, context.keyspace, context.tabletType);
  const { scope, from, ctes } = binder.bindTables(statement);
  const bound: Delete = {
    ...statement,
    tables: from,
    where: statement.where && binder.bindPart(statement.where, scope, 'where clause', ctes),
    orderBy: binder.bindPart(statement.orderBy, scope, 'order clause', ctes),
  };
  const targets = changedTables(bound, scope.tables);
  const twoStep = (): Primitive => twoStepDelete(statement, targets, context);
  const needsRows =
    statement.with !== undefined ||
    targets.some(({ table }) => table?.columnVindexes.some((v) => v.owned && isLookup(v.vindex)));
  return planDml(bound, 'Delete', targets, context, binder, needsRows, twoStep);
}

function changedTables(statement: Delete, tables: readonly TableInfo[]): TableInfo[] {
  if (statement.targets.length === 0) return tables.filter((t) => t.table !== undefined);
  return statement.targets.map((target) => {
    const found = tables.find(
      (t) => t.alias === target.name && (target.keyspace === undefined || target.keyspace === t.keyspace),
    );
    if (found?.table === undefined)
      throw new SqlError(1109, '42S02', `Unknown table '${target.name}' in MULTI DELETE`);
    return found;
  });
}
