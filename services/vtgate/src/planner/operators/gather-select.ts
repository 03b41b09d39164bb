import type { Expr, OrderItem, Select } from '@vitess-ts/sqlparser';
import { Distinct } from '../../engine/distinct';
import { Filter } from '../../engine/filter';
import { MemorySort } from '../../engine/memory-sort';
import type { OrderKey } from '../../engine/order-key';
import type { Primitive } from '../../engine/primitive';
import { Projection, type OutputColumn } from '../../engine/projection';
import { SimpleProjection } from '../../engine/simple-projection';
import { unsupported } from '../../engine/unsupported';
import type { PlanContext } from '../plan-context';
import { tablesOf } from '../semantics/bound';
import { exprKey } from '../semantics/expr-key';
import { itemName, outputColumns } from '../semantics/output-columns';
import { conjunction, conjuncts } from '../syntax-tree';
import { composed, rowValue } from './composed';
import { groupExpressions } from './group-by';
import { GatheredGroups, MergedGroups, type GroupedRows } from './grouped-rows';
import type { Operator } from './operator';
import { orderKey } from './order-keys';
import type { PlannedQuery } from './planned-query';
import { needsRows } from './partial-aggregate';
import { RouteOp } from './route-op';
import { limitPrimitive } from './scatter-select';
import {
  hasAggregate,
  hasWindow,
  isAggregated,
  meaningfulOrder,
  someAggregate,
  withItems,
} from './select-parts';

/** Plans a select whose groups, order or distinct rows the gate must make of the rows of its source. */
export function gatherSelect(context: PlanContext, select: Select, source: Operator): PlannedQuery {
  const items = select.items.map((item) => {
    if (item.kind !== 'selectExpr') throw openStar();
    return { expr: item.expr, name: itemName(item) };
  });
  if (select.groupBy?.rollup) {
    throw unsupported('GROUP BY .. WITH ROLLUP over several shards', 'compute the totals by a second query');
  }
  if (hasWindow(select.items) || hasWindow(select.orderBy)) {
    throw unsupported(
      'a window function over rows that the gate puts together',
      'compute it in a query of one shard, or partition by the column of the primary vindex without other groups',
    );
  }
  source.lock(select.locks);
  const order = meaningfulOrder(select.orderBy, select.items);
  const distinctGroups = distinctAsGroups(select, items, source);
  const groupBy = distinctGroups ?? (isAggregated(select) ? groupExpressions(select) : undefined);
  const groups = groupBy && groupedRows(context, source, select, groupBy, order);
  const rows = groups ?? source;
  const filters = havingFilters(select, groups, source);
  const layout = new Layout(rows);
  for (const { expr, name } of items) layout.item(expr, name);
  const distinct = select.distinct && distinctGroups === undefined;
  const distinctKeys = distinct ? items.map(({ expr }, i) => layout.key(expr, false, i)) : [];
  const isOrdered = order.length === 0 || (!distinct && (groups?.isOrderedBy(order) ?? false));
  const orderKeys = isOrdered ? [] : order.map((item) => orderKeyOf(item, items, layout, distinct));
  if (groups instanceof MergedGroups && isOrdered && filters.length === 0 && select.limit) groups.limit();
  return {
    kind: 'gate',
    columns: outputColumns(select),
    tablesUsed: [],
    build: () => {
      let primitive = filtered(rows.build(), filters, context);
      primitive = layout.build(primitive, context);
      const hidden = layout.hidden;
      if (distinct) primitive = new Distinct(primitive, distinctKeys, orderKeys.length > 0 ? 0 : hidden);
      if (orderKeys.length > 0) primitive = new MemorySort(primitive, orderKeys, hidden);
      return select.limit === undefined ? primitive : limitPrimitive(primitive, select.limit);
    },
  };
}

function filtered(input: Primitive, filters: readonly Expr[], context: PlanContext): Primitive {
  const condition = conjunction(filters);
  return condition === undefined ? input : new Filter(input, condition, context.planning.collation);
}

function openStar(): Error {
  return unsupported(
    '* over rows that the gate puts together, of tables whose columns are not known',
    'name the columns, or let the schema be tracked',
  );
}

/** SELECT DISTINCT of one route is grouping by all items, which the shards do first. */
function distinctAsGroups(
  select: Select,
  items: readonly { expr: Expr }[],
  source: Operator,
): Expr[] | undefined {
  if (!select.distinct || isAggregated(select) || !(source instanceof RouteOp)) return undefined;
  const groups = items.map((i) => i.expr).filter((expr) => tablesOf(expr) !== 0n);
  return groups.length === 0 ? undefined : groups;
}

function groupedRows(
  context: PlanContext,
  source: Operator,
  select: Select,
  groupBy: readonly Expr[],
  order: readonly OrderItem[],
): MergedGroups | GatheredGroups {
  const varying = groupBy.filter((expr) => tablesOf(expr) !== 0n);
  const unique = [...new Map(varying.map((expr) => [exprKey(expr), expr])).values()];
  if (groupBy.length > 0 && unique.length === 0) {
    throw unsupported('GROUP BY a constant over several shards', 'leave the GROUP BY out');
  }
  return source instanceof RouteOp && !someAggregate(select, needsRows)
    ? new MergedGroups(
        context,
        source,
        unique,
        order,
        someAggregate(select, (a) => a.distinct),
      )
    : new GatheredGroups(source, unique);
}

/** HAVING: what concerns rows goes below the groups, the rest is evaluated over their columns. */
function havingFilters(select: Select, groups: GroupedRows | undefined, source: Operator): Expr[] {
  const conditions = conjuncts(select.having && withItems(select.having, select.items));
  if (groups === undefined) {
    for (const condition of conditions) source.addCondition(condition);
    return [];
  }
  return conditions.flatMap((condition) => {
    const isOfRows = tablesOf(condition) !== 0n && !hasAggregate(condition) && groups.computes(condition);
    if (!isOfRows) return [composed(condition, groups)];
    source.addCondition(condition);
    return [];
  });
}

function orderKeyOf(
  { expr, desc }: OrderItem,
  items: readonly { expr: Expr }[],
  layout: Layout,
  distinct: boolean,
): OrderKey {
  const key = exprKey(expr);
  const item = items.findIndex((i) => exprKey(i.expr) === key);
  if (distinct && item < 0) {
    throw unsupported(
      'SELECT DISTINCT across shards with ORDER BY an expression that is not selected',
      'select the expression, too',
    );
  }
  return layout.key(expr, desc, item < 0 ? undefined : item);
}

/** The columns of the rows that leave the select: its items, then those that only keys need. */
class Layout {
  private readonly columns: OutputColumn[] = [];
  private readonly extra = new Map<string, number>();
  private items = 0;

  constructor(private readonly rows: Operator) {}

  get hidden(): number {
    return this.columns.length - this.items;
  }

  item(expr: Expr, name: string): void {
    const value = rowValue(expr, this.rows);
    this.columns.push({ ...value, name });
    this.items++;
  }

  /** The key of an expression; `item` is where it is among the items. */
  key(expr: Expr, descending: boolean, item: number | undefined): OrderKey {
    const value = exprKey(expr);
    return orderKey(
      expr,
      descending,
      (e) => (item !== undefined && exprKey(e) === value ? item : this.hiddenColumn(e)),
      !this.rows.computes(expr),
    );
  }

  build(input: Primitive, context: PlanContext): Primitive {
    const plain = this.columns.flatMap((c) => ('column' in c ? [c] : []));
    if (plain.length === this.columns.length) return new SimpleProjection(input, plain);
    return new Projection(input, this.columns, context.planning.collation);
  }

  private hiddenColumn(expr: Expr): number {
    const key = exprKey(expr);
    const known = this.extra.get(key);
    if (known !== undefined) return known;
    this.columns.push({ name: '', ...rowValue(expr, this.rows) });
    this.extra.set(key, this.columns.length - 1);
    return this.columns.length - 1;
  }
}
