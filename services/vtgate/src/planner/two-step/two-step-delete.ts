import type { Delete } from '@vitess-ts/sqlparser';
import { TwoStepDelete, type DeletedTable } from '../../engine/two-step/two-step-delete';
import type { PlanContext } from '../plan-context';
import type { TableInfo } from '../semantics/bound';
import { changedTable, keyedStatement } from './changed-table';
import { firstStep } from './first-step';
import { ReadColumns } from './read-columns';

/** DELETE in two steps: `statement` as the client wrote it. */
export function twoStepDelete(
  statement: Delete,
  targets: readonly TableInfo[],
  context: PlanContext,
): TwoStepDelete {
  const read = new ReadColumns();
  const tables = targets.map((info) => deletedTable(statement, info, read, context));
  return new TwoStepDelete({ select: context.planRead(firstStep(statement, read, [])), tables });
}

export function deletedTable(
  statement: Pick<Delete, 'comments' | 'ignore'> & Partial<Pick<Delete, 'returning' | 'targets'>>,
  info: TableInfo,
  read: ReadColumns,
  context: PlanContext,
): DeletedTable {
  const { table, changed } = changedTable(info, read, context);
  const keyed: Delete = {
    kind: 'delete',
    comments: statement.comments,
    lowPriority: false,
    quick: false,
    ignore: statement.ignore,
    targets: [],
    tables: [{ kind: 'table', name: table.name, partitions: [], hints: [] }],
    orderBy: [],
    returning: statement.returning ?? [],
  };
  return { ...changed, statement: keyedStatement(keyed, context) };
}
