import type { Insert as InsertStatement, Query } from '@vitess-ts/sqlparser';
import type { Table } from '@vitess-ts/vindexes';
import { Dml } from '../engine/dml';
import { unsupported } from '../engine/unsupported';
import { withPullouts } from './pullouts';
import { withOwnValues } from './operators/route-op';
import { routingOf } from './operators/routing-choice';
import { sameFunction } from './operators/vindex-column';
import type { Plan } from './plan';
import type { PlanContext } from './plan-context';
import { planTypeOf } from './plan-type';
import { QueryPlanner } from './query-planner';
import { Binder } from './semantics/binder';

/**
 * INSERT .. SELECT that every shard runs for itself: each selected row is already where the inserted one belongs,
 * because the target's vindex column takes the value of a source column with the same vindex.
 */
export function planInsertSelect(
  statement: InsertStatement,
  query: Query,
  table: Table,
  context: PlanContext,
): Plan {
  const binder = new Binder(context.vschema, context.keyspace, context.tabletType);
  const planned = new QueryPlanner(context).plan(binder.bindQuery(query));
  if (planned.kind !== 'route' || planned.merge !== undefined || planned.target.oneShardOnly)
    throw refused(table);
  const { target } = planned;
  if (target.keyspace !== table.keyspace || table.autoIncrement !== undefined) throw refused(table);
  if (table.keyspace.sharded) {
    const primary = table.columnVindexes.find((v) => v.isPrimary);
    const [name] = primary?.columns ?? [];
    if (primary === undefined || name === undefined) throw refused(table);
    const stays = planned
      .vindexColumns(0n, statement.columns)
      .some((c) => c.name === name.toLowerCase() && !c.nullable && sameFunction(c.vindex, primary.vindex));
    if (!stays) throw refused(table);
  }
  const tablesUsed = [...new Set([...target.tablesUsed, `${table.keyspace.name}.${table.name}`])].sort();
  const dml = new Dml({
    operator: 'Insert',
    keyspace: { name: table.keyspace.name, sharded: table.keyspace.sharded },
    routing: routingOf(target.choice),
    query: context.sql({ ...statement, source: withOwnValues(planned.query, target.choice) }),
    tables: tablesUsed,
  });
  return { type: planTypeOf(dml), primitive: withPullouts(dml, context), tablesUsed, isDml: true };
}

function refused(table: Table): Error {
  return unsupported(
    `INSERT .. SELECT into table '${table.name}' whose rows may move to other shards`,
    'select the rows first and insert them by their values',
  );
}
