import type { Delete, Update } from '@vitess-ts/sqlparser';
import type { Table } from '@vitess-ts/vindexes';
import { Dml } from '../engine/dml';
import { unsupported } from '../engine/unsupported';
import { withPullouts } from './pullouts';
import { RouteOp, withOwnValues } from './operators/route-op';
import { routingOf } from './operators/routing-choice';
import type { Plan } from './plan';
import type { PlanContext } from './plan-context';
import { planTypeOf } from './plan-type';
import { QueryPlanner } from './query-planner';
import type { Binder } from './semantics/binder';
import { checkPure } from './semantics/pure-functions';

/** Plans the tables and the condition of a statement that changes rows: one route, or it is refused. */
export function planDmlTables(
  statement: Update | Delete,
  context: PlanContext,
): { planner: QueryPlanner; route: RouteOp } {
  context.lockReads = true;
  const planner = new QueryPlanner(context);
  const route = planner.planTables({ from: statement.tables, where: statement.where });
  if (!(route instanceof RouteOp)) {
    throw unsupported(
      `${statement.kind.toUpperCase()} of a join whose rows may lie on different shards`,
      'join the tables on their vindex columns, or read the keys first and change the rows by key',
    );
  }
  planner.planSubqueries(statement.orderBy, route);
  return { planner, route };
}

export function finishDml(
  statement: Update | Delete,
  operator: 'Update' | 'Delete',
  changed: readonly Table[],
  route: RouteOp,
  context: PlanContext,
  binder: Binder,
): Plan {
  const whole = withOwnValues(context.rewritten(statement as Update | Delete), route.choice);
  const everywhere = changed.some((t) => t.type === 'reference');
  if (everywhere && !changed.every((t) => t.type === 'reference')) {
    throw unsupported(
      'changing a reference table together with another',
      'write one statement for each table',
    );
  }
  if (everywhere && route.choice.kind !== 'reference') {
    throw unsupported('changing a reference table by rows of a sharded one', 'read the keys first');
  }
  if (everywhere || !route.isOneShard) checkPure({ ...whole, tables: [] });
  if (!route.isOneShard && statement.limit !== undefined) throw severalShards(operator);
  const { keyspace } = route;
  if (keyspace === undefined) throw unsupported(`${operator} without a table`, 'name a table');
  const dml = new Dml({
    operator,
    keyspace: { name: keyspace.name, sharded: keyspace.sharded },
    routing: everywhere ? { opcode: 'Scatter' } : routingOf(route.choice),
    query: context.sql(whole),
    tables: [...new Set(route.tablesUsed)].sort(),
    sameOnEveryShard: everywhere,
    oneShardBecause: oneShardReason(statement, route),
  });
  const primitive = withPullouts(dml, context);
  return {
    type: planTypeOf(primitive),
    primitive,
    tablesUsed: binder.tablesUsed(),
    isDml: true,
  };
}

function oneShardReason(statement: Update | Delete, route: RouteOp): string | undefined {
  if (statement.limit !== undefined) return 'LIMIT';
  return route.oneShardOnly ? 'a join or subquery that holds on one shard only' : undefined;
}

function severalShards(operator: string): Error {
  return unsupported(
    `${operator.toUpperCase()} with LIMIT that may reach several shards`,
    'restrict it to one shard by a condition on the vindex column, or read the keys first and change the rows by key',
  );
}
