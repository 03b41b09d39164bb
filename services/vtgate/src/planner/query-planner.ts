import type { Expr, Query, Select, SelectItem, WindowCall } from '@vitess-ts/sqlparser';
import type { Primitive } from '../engine/primitive';
import { unsupported } from '../engine/unsupported';
import { FromPlanner } from './operators/from-planner';
import type { Operator } from './operators/operator';
import type { PlannedQuery, RoutedQuery } from './operators/planned-query';
import { RouteOp, buildRoute, type RouteTarget } from './operators/route-op';
import { isOneShard } from './operators/routing-choice';
import { limitedScatter, orderedSelect } from './operators/scatter-select';
import { hasWindow, isAggregated, isRowWise } from './operators/select-parts';
import { SubqueryPlanner } from './operators/subquery-planner';
import { isVindexColumn, type VindexColumn } from './operators/vindex-column';
import { keepsShardsApart } from './operators/local-columns';
import { groupExpressions } from './operators/group-by';
import { gatherSelect } from './operators/gather-select';
import { planSetOperation } from './operators/set-operation';
import type { PlanContext } from './plan-context';
import type { TableSet } from './semantics/bound';
import { itemName } from './semantics/output-columns';
import { checkPure } from './semantics/pure-functions';
import { walk } from './syntax-tree';

/** Plans bound queries. */
export class QueryPlanner {
  private readonly from: FromPlanner;
  private readonly subqueries: SubqueryPlanner;

  constructor(private readonly context: PlanContext) {
    this.subqueries = new SubqueryPlanner(context, {
      planQuery: (query) => this.plan(query),
      planFrom: (select) => this.from.plan(select),
      planClauses: (select, over) => this.planClauses(select, over),
      buildQuery: (planned) => this.build(planned),
    });
    this.from = new FromPlanner(
      context,
      (query) => this.plan(query),
      (condition, over) => this.subqueries.planFilter(condition, over),
      (query) => this.build(this.plan(query)),
    );
  }

  plan(query: Query): PlannedQuery {
    switch (query.kind) {
      case 'select':
        return this.planSelect(query);
      case 'setOperation':
        return planSetOperation(query, {
          plan: (q) => this.plan(q),
          build: (planned) => this.build(planned),
          attempt: (step) => this.context.attempt(step),
        });
      case 'nested':
        return this.planNested(query);
      case 'values':
      case 'tableQuery': {
        const target: RouteTarget = { choice: { kind: 'reference' }, oneShardOnly: false, tablesUsed: [] };
        return { kind: 'route', target, query, tables: 0n, vindexColumns: () => [] };
      }
    }
  }

  build(planned: PlannedQuery): Primitive {
    if (planned.kind === 'gate') return planned.build();
    const { query, merge, target } = planned;
    return buildRoute(this.context, target, merge?.query ?? query, merge);
  }

  /** Plans FROM and WHERE of an UPDATE or DELETE. */
  planTables(select: Pick<Select, 'from' | 'where'>): Operator {
    return this.from.plan(select);
  }

  planSubqueries<T extends object>(part: T, over: Operator): T {
    return this.subqueries.plan(part, over);
  }

  private planSelect(select: Select): PlannedQuery {
    const source = this.from.plan(select);
    this.planClauses(select, source);
    const whole = this.context.rewritten(select);
    if (source instanceof RouteOp) return this.planOnRoute(whole, source);
    checkGathered(whole);
    return gatherSelect(this.context, whole, source);
  }

  private planClauses(select: Select, over: Operator): void {
    for (const part of [select.items, select.groupBy, select.having, select.orderBy, select.windows]) {
      if (part !== undefined) this.subqueries.plan(part, over);
    }
  }

  /** A select whose tables one query reads on each shard. */
  private planOnRoute(select: Select, route: RouteOp): PlannedQuery {
    if (route.isOneShard) {
      // One value may have its rows on several shards, whose orders must then be merged.
      const needsOneShard =
        !isRowWise(select) ||
        select.orderBy.length > 0 ||
        select.options.includes('sql_calc_found_rows') ||
        select.into !== undefined;
      return routed(select, { ...targetOf(route), oneShardOnly: route.oneShardOnly || needsOneShard }, route);
    }
    checkGathered(select);
    const groups = isAggregated(select) ? groupExpressions(select) : undefined;
    const apart = (exprs: readonly Expr[]): boolean => keepsShardsApart(exprs, route.vindexColumns);
    if (hasWindow(select.items) || hasWindow(select.orderBy)) checkWindows(select, route);
    const isLocal = groups === undefined || (apart(groups) && !select.groupBy?.rollup);
    const distinctIsLocal =
      !select.distinct ||
      (groups === undefined &&
        apart(select.items.flatMap((i) => (i.kind === 'selectExpr' ? [i.expr] : [])))) ||
      (groups !== undefined &&
        isLocal &&
        apart(select.items.flatMap((i) => (i.kind === 'selectExpr' ? [i.expr] : []))));
    if (!isLocal || !distinctIsLocal) return gatherSelect(this.context, select, route);
    if (select.limit !== undefined)
      return limitedScatter(this.context, targetOf(route), select, select.limit);
    const planned = routed({ ...select, orderBy: [] }, targetOf(route), route);
    return select.orderBy.length === 0 ? planned : { ...planned, merge: orderedSelect(select) };
  }

  private planNested(query: Query & { kind: 'nested' }): PlannedQuery {
    const inner = this.plan(query.query);
    if (inner.kind === 'route' && isOneShard(inner.target.choice)) {
      return {
        ...inner,
        query: { ...query, query: inner.query },
        merge: undefined,
        vindexColumns: () => [],
        target: { ...inner.target, oneShardOnly: true },
      };
    }
    throw unsupported(
      'a parenthesised query with its own ORDER BY or LIMIT inside another over several shards',
      'write the inner query as a derived table',
    );
  }
}

function targetOf(route: RouteOp): RouteTarget {
  const { keyspace, choice, oneShardOnly, tablesUsed } = route;
  return { keyspace, choice, oneShardOnly, tablesUsed };
}

function routed(select: Select, target: RouteTarget, route: RouteOp): RoutedQuery {
  return {
    kind: 'route',
    target,
    query: select,
    tables: route.tables,
    vindexColumns: (derived, names) => vindexColumnsIn(select.items, route.vindexColumns, derived, names),
  };
}

/** The select items that are vindex columns, under the names that they have outside. */
function vindexColumnsIn(
  items: readonly SelectItem[],
  columns: readonly VindexColumn[],
  derived: TableSet,
  names: readonly string[],
): VindexColumn[] {
  return items.flatMap((item, i) =>
    columns.flatMap((column): VindexColumn[] => {
      if (item.kind !== 'selectExpr' || !isVindexColumn(item.expr, column)) return [];
      return [{ ...column, tables: derived, name: (names[i] ?? itemName(item)).toLowerCase() }];
    }),
  );
}

/** What no gathered result can give. */
function checkGathered(select: Select): void {
  checkPure({ ...select, from: [] });
  walk(select.from, (node) => {
    if (node.kind === 'join') checkPure((node as { on?: object }).on ?? {});
    return node.kind === 'join';
  });
  if (select.into !== undefined) {
    throw unsupported('SELECT .. INTO over several shards', 'restrict the statement to one shard');
  }
  if (select.procedure !== undefined) {
    throw unsupported('PROCEDURE ANALYSE over several shards', 'restrict the statement to one shard');
  }
  if (select.options.includes('sql_calc_found_rows')) {
    throw unsupported('SQL_CALC_FOUND_ROWS over several shards', 'run a second query with COUNT(*)');
  }
}

function checkWindows(select: Select, route: RouteOp): void {
  walk([select.items, select.orderBy], (node) => {
    if (node.kind !== 'window') return true;
    const { over } = node as WindowCall;
    const spec = typeof over === 'string' ? select.windows.find((w) => w.name === over)?.spec : over;
    const base =
      spec?.base === undefined ? undefined : select.windows.find((w) => w.name === spec.base)?.spec;
    const partition = [...(spec?.partitionBy ?? []), ...(base?.partitionBy ?? [])];
    if (keepsShardsApart(partition, route.vindexColumns)) return true;
    throw unsupported(
      'a window function over rows of several shards',
      'partition by the column of the primary vindex, or restrict the statement to one shard',
    );
  });
}
