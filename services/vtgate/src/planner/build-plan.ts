import type { Query, Statement, TableRef } from '@vitess-ts/sqlparser';
import { Code, VtError } from '@vitess-ts/vterrors';
import { isUnsupported } from '../engine/scratch/or-scratch';
import { unsupported } from '../engine/unsupported';
import { planDdl } from './ddl';
import { planDelete } from './delete';
import { planInsert } from './insert';
import { passthrough, systemQuery } from './passthrough';
import type { BuildPlan, Plan, PlanningContext } from './plan';
import { decorrelate } from './operators/decorrelate';
import { PlanContext } from './plan-context';
import { planTypeOf } from './plan-type';
import { withPullouts } from './pullouts';
import { QueryPlanner } from './query-planner';
import { orScratch, type PlannedPrimitive } from './scratch/or-scratch-plan';
import { planScratch } from './scratch/plan-scratch';
import { Binder } from './semantics/binder';
import { planUpdate } from './update';
import { planVindexTable } from './vindex-table';
import { checkConnectionState } from './semantics/pure-functions';
import { contains, isQuery } from './syntax-tree';

export const buildPlan: BuildPlan = (statement, _sql, planning) => {
  checkConnectionState(statement);
  const assigns = contains(statement, (node) => node.kind === 'assign');
  if (assigns) return planAssignments(statement, planning);
  const vindexTable = planVindexTable(statement, planning);
  if (vindexTable !== undefined) return vindexTable;
  const direct = passthrough(statement, planning);
  if (direct !== undefined) return direct;
  refuseSystemTime(statement);
  if (isQuery(statement)) return planQueryStatement(statement, planning);
  const context = makeContext(planning, false);
  switch (statement.kind) {
    case 'insert':
      return planInsert(statement, context);
    case 'update':
      return planUpdate(statement, context);
    case 'delete':
      return planDelete(statement, context);
    case 'ddl':
      return planDdl(statement, context);
    default:
      throw unsupported(
        `the statement ${statement.kind.toUpperCase()} on a sharded keyspace`,
        'select one shard as an explicit target (USE `keyspace:shard`)',
      );
  }
};

/** A user variable changes from row to row, on one connection: that of the scratch tables. */
function planAssignments(statement: Statement, planning: PlanningContext): Plan {
  const refusal = unsupported(
    'the assignment of a user variable within a statement',
    'use SET @variable = ..',
  );
  if (!isQuery(statement) || planning.target?.destination !== undefined) throw refusal;
  refuseSystemTime(statement);
  const { primitive, tables } = planScratch(
    statement,
    planning,
    refusal,
    (read) => planQuery(read, planning, false, false).primitive,
  );
  return { type: planTypeOf(primitive), primitive, tablesUsed: tables, isDml: false };
}

/** Rows of the past are planned as they are written only; anything else would touch those of the present. */
function refuseSystemTime(statement: Statement): void {
  const has = (field: keyof TableRef): boolean =>
    contains(statement, (node) => (node as Partial<TableRef>)[field] !== undefined);
  let what: string | undefined;
  if (has('systemTime')) what = 'FOR SYSTEM_TIME';
  else if (has('portion')) what = 'FOR PORTION OF';
  else if (statement.kind === 'delete' && statement.history) what = 'DELETE HISTORY';
  if (what === undefined) return;
  throw new VtError(
    Code.UNIMPLEMENTED,
    `unsupported: ${what} on a sharded keyspace; select one shard as an explicit target (USE \`keyspace:shard\`)`,
    { id: 'VT12001', errno: 1235, sqlstate: '42000' },
  );
}

function planQueryStatement(query: Query, planning: PlanningContext): Plan {
  if (planning.systemTablesOfAll) return planSystemTables(query, planning);
  const system = systemQuery(query, planning);
  if (system !== undefined) return system;
  const { primitive, tables } = planAnyQuery(query, planning, false);
  return { type: planTypeOf(primitive), primitive, tablesUsed: tables, isDml: false };
}

/** The servers of several keyspaces must say what the query asks for. */
function planSystemTables(query: Query, planning: PlanningContext): Plan {
  const refusal = unsupported(
    'this query of the schemas of several keyspaces',
    'ask for one keyspace at a time',
  );
  const { primitive, tables } = planScratch(query, planning, refusal, () => {
    throw refusal;
  });
  return { type: planTypeOf(primitive), primitive, tablesUsed: tables, isDml: false };
}

/** What the operators cannot run is run over scratch tables. */
function planAnyQuery(
  query: Query,
  planning: PlanningContext,
  ignoreValues: boolean,
  lockReads = false,
): PlannedPrimitive {
  return orScratch(
    () => planQuery(query, planning, ignoreValues, lockReads),
    (refusal) =>
      planScratch(
        query,
        planning,
        refusal,
        (read) => planQuery(read, planning, ignoreValues, lockReads).primitive,
      ),
  );
}

function planQuery(
  query: Query,
  planning: PlanningContext,
  ignoreValues: boolean,
  lockReads: boolean,
): PlannedPrimitive {
  const binder = new Binder(planning.vschema, planning.target?.keyspace, planning.tabletType);
  const bound = binder.bindQuery(query);
  const finish = (part: Query): PlannedPrimitive => {
    const context = makeContext(planning, ignoreValues);
    context.lockReads = lockReads;
    const planner = new QueryPlanner(context);
    const primitive = withPullouts(planner.build(planner.plan(part)), context, part);
    return { primitive, tables: binder.tablesUsed() };
  };
  try {
    return finish(bound);
  } catch (error) {
    if (!isUnsupported(error)) throw error;
    const joined = decorrelate(bound, {
      newTable: () => binder.addTable(),
      roundsQuotients: planning.dialect === 'mariadb',
    });
    if (joined === undefined) throw error;
    return finish(joined);
  }
}

function makeContext(planning: PlanningContext, ignoreValues: boolean): PlanContext {
  return new PlanContext(
    planning,
    ignoreValues,
    (query) => planAnyQuery(query, planning, true).primitive,
    (query) => planAnyQuery(query, planning, false, true).primitive,
  );
}
