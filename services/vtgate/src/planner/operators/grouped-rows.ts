import type { Aggregate, Expr, LockClause, OrderItem, Select } from '@vitess-ts/sqlparser';
import { upperLimitVariable } from '../../engine/limit';
import { MemorySort } from '../../engine/memory-sort';
import type { OrderKey } from '../../engine/order-key';
import { OrderedAggregate, type AggregateColumn } from '../../engine/ordered-aggregate';
import type { Primitive } from '../../engine/primitive';
import { unsupported } from '../../engine/unsupported';
import type { PlanContext } from '../plan-context';
import { isBound, tablesOf, type TableSet } from '../semantics/bound';
import { exprKey } from '../semantics/expr-key';
import { keepsShardsApart } from './local-columns';
import type { Operator } from './operator';
import { keyExpressions, orderKey } from './order-keys';
import { mergedAggregate, rowAggregate } from './partial-aggregate';
import { buildRoute, RouteOp } from './route-op';
import { hasAggregate } from './select-parts';

/** Rows of groups: their columns are the group's expressions and its aggregates. */
export abstract class GroupedRows implements Operator {
  readonly tables: TableSet;
  private readonly outputs: AggregateColumn[] = [];
  private readonly known = new Map<string, number>();

  constructor(
    protected readonly source: Operator,
    protected readonly groupBy: readonly Expr[],
  ) {
    this.tables = source.tables;
  }

  computes(expr: Expr): boolean {
    if (expr.kind === 'aggregate') return expr.args.every((arg) => this.source.computes(arg));
    if (hasAggregate(expr)) return false;
    if (!this.source.computes(expr)) return false;
    // Of a value that differs in a group MySQL gives any; a shard that refuses that says so itself.
    return this.groupBy.length > 0 || this.hasConstant(expr);
  }

  column(expr: Expr): number {
    const key = exprKey(expr);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const aggregate = expr.kind === 'aggregate' ? this.aggregate(expr) : this.first(expr);
    this.outputs.push({ aggregate });
    this.known.set(key, this.outputs.length - 1);
    return this.outputs.length - 1;
  }

  /** Conditions on groups are filters above these rows. */
  addCondition(condition: Expr): void {
    this.source.addCondition(condition);
  }

  lock(locks: readonly LockClause[]): void {
    this.source.lock(locks);
  }

  build(): Primitive {
    return new OrderedAggregate(this.buildSorted(), this.sortedBy(), this.outputs);
  }

  /** True when the groups come in this order. */
  abstract isOrderedBy(order: readonly OrderItem[]): boolean;
  protected abstract aggregate(expr: Aggregate): AggregateColumn['aggregate'];
  protected abstract buildSorted(): Primitive;
  protected abstract sortedBy(): OrderKey[];
  /** True when the one row of aggregates without groups can carry this constant, even if there is nothing to aggregate. */
  protected abstract hasConstant(expr: Expr): boolean;

  private first(expr: Expr): AggregateColumn['aggregate'] {
    return { function: 'first', column: this.source.column(expr) };
  }
}

/** Groups of one route: shards aggregate, the gate merges what belongs to one group. */
export class MergedGroups extends GroupedRows {
  private readonly also = new Map<string, Expr>();
  private readonly order: OrderItem[];
  private limited = false;

  constructor(
    private readonly context: PlanContext,
    private readonly route: RouteOp,
    groupBy: readonly Expr[],
    /** The order that is wanted of the groups; the shards sort so where they can. */
    wanted: readonly OrderItem[],
    /** Some aggregate makes the shards group by its arguments: then a shard without rows gives none. */
    private readonly groupsByArguments: boolean,
  ) {
    super(route, groupBy);
    const keys = new Set(groupBy.map(exprKey));
    const usable = wanted.every((item) => keys.has(exprKey(item.expr))) ? wanted : [];
    const first = new Set(usable.map((item) => exprKey(item.expr)));
    this.order = [
      ...usable,
      ...groupBy.filter((e) => !first.has(exprKey(e))).map((expr) => ({ expr, desc: false })),
    ];
  }

  isOrderedBy(order: readonly OrderItem[]): boolean {
    return order.every(
      (item, i) =>
        this.order[i] !== undefined &&
        exprKey(this.order[i].expr) === exprKey(item.expr) &&
        this.order[i].desc === item.desc,
    );
  }

  /** Lets shards give only as many groups as the statement's LIMIT can need, where that is certain. */
  limit(): void {
    this.limited = true;
  }

  protected aggregate(expr: Aggregate): AggregateColumn['aggregate'] {
    // Beside another DISTINCT, shards give a row for each of its values, and counts of those rows do not add up.
    const local =
      expr.distinct && !this.groupsByArguments && keepsShardsApart(expr.args, this.route.vindexColumns);
    if (local && expr.name === 'count') return { function: 'sumOfCounts', column: this.route.column(expr) };
    return mergedAggregate(
      expr,
      (e) => this.route.column(e),
      (e) => this.also.set(exprKey(e), e),
      this.groupBy.length > 0,
    );
  }

  protected hasConstant(expr: Expr): boolean {
    return !this.groupsByArguments && tablesOf(expr) === 0n;
  }

  protected sortedBy(): OrderKey[] {
    return this.order.map(({ expr, desc }) => orderKey(expr, desc, (e) => this.route.column(e)));
  }

  protected buildSorted(): Primitive {
    const orderBy = this.sortedBy();
    const items = [...this.order.map((o) => o.expr), ...this.also.values()];
    const keys = new Set<string>();
    const groupBy = items.flatMap((expr) => {
      // A function of a group's expression needs no place of its own unless that is no column.
      const { weight, pad } = isBound(expr) ? {} : keyExpressions(expr);
      return [expr, weight, pad].flatMap((e) => {
        if (e === undefined || keys.has(exprKey(e))) return [];
        keys.add(exprKey(e));
        return [{ expr: e, desc: false }];
      });
    });
    const select: Select = {
      ...this.route.select(),
      groupBy: groupBy.length === 0 ? undefined : { items: groupBy, rollup: false },
      orderBy: this.order,
      ...(this.limited && this.also.size === 0
        ? { limit: { count: { kind: 'arg', name: upperLimitVariable } } }
        : {}),
    };
    return buildRoute(this.context, this.route, select, { orderBy, hiddenColumns: 0 });
  }
}

/** Groups of rows that the gate itself put together. */
export class GatheredGroups extends GroupedRows {
  isOrderedBy(order: readonly OrderItem[]): boolean {
    return order.every(
      (item, i) =>
        this.groupBy[i] !== undefined && exprKey(this.groupBy[i]) === exprKey(item.expr) && !item.desc,
    );
  }

  protected aggregate(expr: Aggregate): AggregateColumn['aggregate'] {
    return rowAggregate(expr, (e) => this.source.column(e), this.groupBy.length > 0);
  }

  protected hasConstant(): boolean {
    return false;
  }

  protected sortedBy(): OrderKey[] {
    return this.groupBy.map((expr) => {
      if (!this.source.computes(expr)) {
        throw unsupported('GROUP BY an expression over several shards', 'compute it in a derived table');
      }
      return orderKey(expr, false, (e) => this.source.column(e));
    });
  }

  protected buildSorted(): Primitive {
    const keys = this.sortedBy();
    const input = this.source.build();
    return keys.length === 0 ? input : new MemorySort(input, keys);
  }
}
