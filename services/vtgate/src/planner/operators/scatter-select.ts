import type { Expr, Limit as LimitClause, Select, SelectItem } from '@vitess-ts/sqlparser';
import { printExpr } from '@vitess-ts/sqlparser';
import { Limit, upperLimitVariable } from '../../engine/limit';
import type { OrderKey } from '../../engine/order-key';
import type { Primitive } from '../../engine/primitive';
import { unsupported } from '../../engine/unsupported';
import { valueOf } from './value';
import type { PlanContext } from '../plan-context';
import { outputColumns } from '../semantics/output-columns';
import { exprKey } from '../semantics/expr-key';
import { orderKey } from './order-keys';
import type { GatheredQuery } from './planned-query';
import { buildRoute, type RouteTarget } from './route-op';
import { meaningfulOrder } from './select-parts';

/** What makes rows of several shards one ordered result: the query for each shard, and how the gate merges. */
export interface OrderedSelect {
  query: Select;
  orderBy: OrderKey[];
  hiddenColumns: number;
}

/**
 * A select whose rows each shard has by itself: the gate only merges them, in the order asked for. Columns that only
 * the order needs are added at the end.
 */
export function orderedSelect(select: Select): OrderedSelect {
  const order = meaningfulOrder(select.orderBy, select.items);
  const hidden = new HiddenColumns(select);
  const pending = order.map(({ expr, desc }) => orderKey(expr, desc, (e) => hidden.column(e)));
  return {
    query: { ...select, items: [...select.items, ...hidden.added] },
    orderBy: pending.map((key) => hidden.resolved(key)),
    hiddenColumns: hidden.added.length,
  };
}

/** Columns added behind a select list whose length may not be known: they count from the end once all are there. */
class HiddenColumns {
  readonly added: SelectItem[] = [];
  private readonly isOpen: boolean;

  constructor(private readonly select: Select) {
    this.isOpen = select.items.some((item) => item.kind === 'star');
  }

  /** A select item's index, or a placeholder below zero for the n-th hidden column. */
  column(expr: Expr): number {
    const text = exprKey(expr);
    const same = (item: SelectItem): boolean => item.kind === 'selectExpr' && exprKey(item.expr) === text;
    const item = this.isOpen ? -1 : this.select.items.findIndex(same);
    if (item >= 0) return item;
    let index = this.added.findIndex(same);
    if (index < 0) {
      if (this.select.distinct && expr.kind !== 'weightString' && expr.kind !== 'function') {
        throw unsupported(
          'SELECT DISTINCT across shards with ORDER BY an expression that is not selected',
          'select the expression, too',
        );
      }
      index = this.added.length;
      this.added.push({ kind: 'selectExpr', expr, text: '' });
    }
    return -1 - index;
  }

  resolved(key: OrderKey): OrderKey {
    const resolve = (column: number): number => (column >= 0 ? column : -this.added.length + (-1 - column));
    return {
      ...key,
      column: resolve(key.column),
      ...(key.weightColumn === undefined ? {} : { weightColumn: resolve(key.weightColumn) }),
      ...(key.padColumn === undefined ? {} : { padColumn: resolve(key.padColumn) }),
    };
  }
}

/** Rows of several shards, cut to a LIMIT in the gate; shards give no more than can be needed. */
export function limitedScatter(
  context: PlanContext,
  target: RouteTarget,
  select: Select,
  limit: LimitClause,
): GatheredQuery {
  const ordered = orderedSelect(select);
  const query: Select = { ...ordered.query, limit: { count: { kind: 'arg', name: upperLimitVariable } } };
  return {
    kind: 'gate',
    columns: outputColumns(select),
    tablesUsed: target.tablesUsed,
    build: () => limitPrimitive(buildRoute(context, target, query, ordered), limit),
  };
}

export function limitPrimitive(input: Primitive, { count, offset, withTies }: LimitClause): Primitive {
  if (withTies) throw unsupported('FETCH FIRST .. WITH TIES over several shards', 'use LIMIT');
  const value = (expr: Expr) => {
    const found = valueOf(expr);
    if (found === undefined) throw unsupported(`LIMIT ${printExpr(expr)}`, 'use a number or a parameter');
    return found;
  };
  return new Limit(input, value(count), offset === undefined ? undefined : value(offset));
}
