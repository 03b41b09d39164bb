import type { Delete, Update } from '@vitess-ts/sqlparser';
import { VtError } from '@vitess-ts/vterrors';
import { Dml } from '../engine/dml';
import type { Primitive } from '../engine/primitive';
import { unsupported } from '../engine/unsupported';
import { withPullouts } from './pullouts';
import { RouteOp, withOwnValues } from './operators/route-op';
import { routingOf } from './operators/routing-choice';
import type { Plan } from './plan';
import type { PlanContext } from './plan-context';
import { planTypeOf } from './plan-type';
import { QueryPlanner } from './query-planner';
import type { Binder } from './semantics/binder';
import type { TableInfo } from './semantics/bound';
import { checkPure } from './semantics/pure-functions';

type Changing = Update | Delete;

/**
 * The plan of an UPDATE or DELETE: one query to each shard where that is right, else two steps. `needsRows`: vindexes
 * must know each row that changes.
 */
export function planDml(
  statement: Changing,
  operator: 'Update' | 'Delete',
  changed: readonly TableInfo[],
  context: PlanContext,
  binder: Binder,
  needsRows: boolean,
  twoStep: () => Primitive,
): Plan {
  const primitive = needsRows
    ? twoStep()
    : (oneStep(statement, operator, changed, context, twoStep) ?? twoStep());
  return {
    type: planTypeOf(primitive),
    primitive,
    tablesUsed: binder.tablesUsed(),
    isDml: true,
    ...(primitive instanceof Dml && primitive.options.whenSeveralShards ? { mayGrow: true } : {}),
  };
}

/** Undefined when the statement cannot run as it is on each shard. */
function oneStep(
  statement: Changing,
  operator: 'Update' | 'Delete',
  changed: readonly TableInfo[],
  context: PlanContext,
  twoStep: () => Primitive,
): Primitive | undefined {
  try {
    return context.attempt(() => {
      const route = routeOf(statement, context);
      if (route === undefined) return undefined;
      const dml = dmlOf(statement, operator, changed, route, context, twoStep);
      return dml && withPullouts(dml, context);
    });
  } catch (error) {
    // What the operators refuse may still be read, and then written by key.
    if (error instanceof VtError && error.id === 'VT12001') return undefined;
    throw error;
  }
}

/** The one route that has the tables and the condition of the statement. */
function routeOf(statement: Changing, context: PlanContext): RouteOp | undefined {
  context.lockReads = true;
  const planner = new QueryPlanner(context);
  const route = planner.planTables({ from: statement.tables, where: statement.where });
  if (!(route instanceof RouteOp)) return undefined;
  planner.planSubqueries(statement.orderBy, route);
  if (statement.kind === 'update') planner.planSubqueries(statement.assignments, route);
  return route;
}

function dmlOf(
  statement: Changing,
  operator: 'Update' | 'Delete',
  changed: readonly TableInfo[],
  route: RouteOp,
  context: PlanContext,
  twoStep: () => Primitive,
): Dml | undefined {
  const whole = withOwnValues(context.rewritten(statement), route.choice);
  const isReference = ({ table }: TableInfo): boolean => table?.type === 'reference';
  const everywhere = changed.some(isReference);
  if (everywhere && (!changed.every(isReference) || route.choice.kind !== 'reference')) return undefined;
  if (everywhere || !route.isOneShard) checkPure({ ...whole, tables: [] });
  if (!route.isOneShard && (statement.limit !== undefined || route.oneShardOnly)) return undefined;
  const { keyspace } = route;
  if (keyspace === undefined) throw unsupported(`${operator} without a table`, 'name a table');
  const isOneShardOnly = statement.limit !== undefined || route.oneShardOnly;
  return new Dml({
    operator,
    keyspace: { name: keyspace.name, sharded: keyspace.sharded },
    routing: everywhere ? { opcode: 'Scatter' } : routingOf(route.choice),
    query: context.sql(whole),
    tables: [...new Set(route.tablesUsed)].sort(),
    sameOnEveryShard: everywhere,
    ...(isOneShardOnly ? { whenSeveralShards: lazily(twoStep) } : {}),
  });
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
