import type { Insert as InsertStatement, Query } from '@vitess-ts/sqlparser';
import type { Table } from '@vitess-ts/vindexes';
import { SqlError } from '@vitess-ts/vterrors';
import { Dml } from '../engine/dml';
import { InsertSelect } from '../engine/insert-select';
import { unsupported } from '../engine/unsupported';
import type { ValueExpression } from '../engine/value-expression';
import { columnDefault } from './column-default';
import { textAround } from './insert-text';
import { rowEntries, withoutDefault } from './row-entries';
import { valueOf } from './operators/value';
import type { PlannedQuery } from './operators/planned-query';
import { withOwnValues } from './operators/route-op';
import { routingOf } from './operators/routing-choice';
import { storesUnchanged, storingVindex } from './operators/storing-vindex';
import { columnTypeOf, sameFunction } from './operators/vindex-column';
import type { Plan } from './plan';
import type { PlanContext } from './plan-context';
import { planTypeOf } from './plan-type';
import { withPullouts } from './pullouts';
import { QueryPlanner } from './query-planner';
import { Binder } from './semantics/binder';
import { outputColumns } from './semantics/output-columns';

/** INSERT .. SELECT into a sharded keyspace: on each shard by itself where rows stay there, else through the gate. */
export function planInsertSelect(
  statement: InsertStatement,
  query: Query,
  table: Table,
  context: PlanContext,
): Plan {
  const binder = new Binder(context.vschema, context.keyspace, context.tabletType);
  context.lockReads = true;
  const bound = binder.bindQuery(query);
  const columns = outputColumns(bound);
  if (columns !== undefined && columns.length !== statement.columns.length) {
    throw new SqlError(1136, '21S01', "Column count doesn't match value count at row 1");
  }
  const planner = new QueryPlanner(context);
  const written = `${table.keyspace.name}.${table.name}`;
  const tablesUsed = [...new Set([...binder.tablesUsed(), written])].sort();
  if (table.type === 'reference' && table.keyspace.sharded) throw refused(table);
  const local = context.attempt(() =>
    onEachShard(statement, planner.plan(bound), table, context, tablesUsed),
  );
  if (local !== undefined) {
    const primitive = withPullouts(local, context);
    return { type: planTypeOf(local), primitive, tablesUsed, isDml: true };
  }
  if (columns === undefined) throw refused(table);
  const planned = planner.plan(context.locked(bound));
  const primitive = withPullouts(throughGate(statement, planner, planned, table, context), context);
  return { type: 'Complex', primitive, tablesUsed, isDml: true };
}

/** Each selected row is where the inserted one belongs: its vindex column takes that of a source with the same one. */
function onEachShard(
  statement: InsertStatement,
  planned: PlannedQuery,
  table: Table,
  context: PlanContext,
  tables: string[],
): Dml | undefined {
  if (planned.kind !== 'route' || planned.merge !== undefined || planned.target.oneShardOnly)
    return undefined;
  const { target } = planned;
  // A COUNT of no rows is a row, which no shard would be asked for.
  if (target.choice.kind === 'none') return undefined;
  if (target.keyspace !== table.keyspace || table.autoIncrement !== undefined) return undefined;
  if (table.keyspace.sharded) {
    const primary = table.columnVindexes.find((v) => v.isPrimary);
    const [name] = primary?.columns ?? [];
    // Entries of other vindexes go through the gate.
    if (table.columnVindexes.length > 1) return undefined;
    if (primary === undefined || name === undefined || table.pinned !== undefined) return undefined;
    const into = columnTypeOf(table, name);
    const stays = planned
      .vindexColumns(0n, statement.columns)
      .some(
        (c) =>
          c.lookup === undefined &&
          c.name === name.toLowerCase() &&
          !c.nullable &&
          sameFunction(c.vindex, primary.vindex) &&
          storesUnchanged(c.column, into),
      );
    if (!stays) return undefined;
  }
  return new Dml({
    operator: 'Insert',
    keyspace: { name: table.keyspace.name, sharded: table.keyspace.sharded },
    routing: routingOf(target.choice),
    query: context.sql({ ...statement, source: withOwnValues(planned.query, target.choice) }),
    tables,
  });
}

function throughGate(
  statement: InsertStatement,
  planner: QueryPlanner,
  planned: PlannedQuery,
  table: Table,
  context: PlanContext,
): InsertSelect {
  const isSpread = table.keyspace.sharded && table.pinned === undefined;
  const vindex = isSpread ? storingVindex(table, statement.ignore, context) : undefined;
  if (isSpread && vindex === undefined) throw refused(table);
  const entries = isSpread ? rowEntries(table, context) : [];
  const { autoIncrement } = table;
  const find = (name: string): number =>
    statement.columns.findIndex((c) => c.toLowerCase() === name.toLowerCase());
  const column = autoIncrement === undefined ? -1 : find(autoIncrement.column);
  const isAdded = autoIncrement !== undefined && column < 0;
  const all = isAdded ? [...statement.columns, autoIncrement.column] : statement.columns;
  const vindexColumns = (vindex?.columns ?? []).map((name) => {
    const index = all.findIndex((c) => c.toLowerCase() === name.toLowerCase());
    if (index < 0) throw withoutDefault(name);
    return index;
  });
  const entryColumns = entries.map((e) =>
    e.columns.map((name) => {
      const index = all.findIndex((c) => c.toLowerCase() === name.toLowerCase());
      return index < 0 ? constantDefault(table, name, context) : index;
    }),
  );
  return new InsertSelect({
    keyspace: { name: table.keyspace.name, sharded: table.keyspace.sharded },
    table: table.name,
    ...textAround({ ...statement, columns: all }, context),
    vindex,
    ...(table.pinned === undefined ? {} : { destination: { kind: 'keyspaceId', id: table.pinned } as const }),
    select: planner.build(planned),
    columns: statement.columns.length,
    vindexColumns,
    entries,
    entryColumns,
    ...(autoIncrement === undefined
      ? {}
      : {
          generated: {
            keyspace: autoIncrement.sequence.keyspace,
            sequence: autoIncrement.sequence.name,
            ...(isAdded ? {} : { column }),
            zeroGenerates: !/\bNO_AUTO_VALUE_ON_ZERO\b/i.test(context.planning.sqlMode),
          },
        }),
  });
}

/** The value of a column that the statement leaves out; the same in all rows. */
function constantDefault(table: Table, column: string, context: PlanContext): ValueExpression {
  const expr = columnDefault(table, column, context);
  if (expr === undefined) throw withoutDefault(column);
  const value = valueOf(expr);
  if (value !== undefined) return value;
  throw unsupported(
    `INSERT .. SELECT without column '${column}', whose default is computed and which a vindex is on`,
    'name the column and select its value',
  );
}

function refused(table: Table): Error {
  return unsupported(
    `this INSERT .. SELECT into table '${table.name}'`,
    'select the rows first and insert them by their values',
  );
}
