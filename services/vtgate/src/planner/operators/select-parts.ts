import type { Aggregate, Expr, OrderItem, Select, SelectItem } from '@vitess-ts/sqlparser';
import { unknownColumn } from '../semantics/errors';
import { isBound } from '../semantics/bound';
import { exprKey } from '../semantics/expr-key';
import { isQuery, rewrite, walk, type Part } from '../syntax-tree';

/** True for an aggregate of this query, not one of a query inside it. */
export function hasAggregate(part: Part): boolean {
  let found = false;
  walk(part, (node) => {
    found ||= node.kind === 'aggregate';
    return !found && !isQuery(node);
  });
  return found;
}

/** True when the select has an aggregate of a kind. */
export function someAggregate(select: Select, test: (aggregate: Aggregate) => boolean): boolean {
  let found = false;
  walk([select.items, select.having ?? {}, select.orderBy], (node) => {
    found ||= node.kind === 'aggregate' && test(node as Aggregate);
    return !found && !isQuery(node);
  });
  return found;
}

export function hasWindow(part: Part): boolean {
  let found = false;
  walk(part, (node) => {
    found ||= node.kind === 'window';
    return !found && !isQuery(node);
  });
  return found;
}

export const isAggregated = (select: Select): boolean =>
  select.groupBy !== undefined ||
  hasAggregate(select.items) ||
  hasAggregate(select.orderBy) ||
  (select.having !== undefined && hasAggregate(select.having));

/** A select without anything that puts several rows in relation. */
export const isRowWise = (select: Select): boolean =>
  !isAggregated(select) &&
  !select.distinct &&
  select.limit === undefined &&
  !hasWindow(select.items) &&
  !hasWindow(select.orderBy);

/** The expression that an item of GROUP BY or ORDER BY means: a position or a name stands for a select item. */
export function meaningOf(
  expr: Expr,
  items: readonly SelectItem[],
  clause: 'group statement' | 'order clause',
): Expr {
  if (expr.kind === 'literal' && expr.type === 'int') {
    const item = items[Number(expr.value) - 1];
    if (item === undefined) throw unknownColumn(expr.value, clause);
    return item.kind === 'selectExpr' ? item.expr : expr;
  }
  return withItems(expr, items);
}

/** An expression with the select items in place of their names. */
export function withItems(expr: Expr, items: readonly SelectItem[]): Expr {
  return rewrite(expr, (node) => {
    if (!isBound(node) || node.item === undefined) return undefined;
    const item = items[node.item];
    return item.kind === 'selectExpr' ? item.expr : undefined;
  });
}

/** The index of the select item that has this very expression; -1 when there is none. */
export function itemIndexOf(expr: Expr, items: readonly SelectItem[]): number {
  const text = exprKey(expr);
  return items.findIndex((item) => item.kind === 'selectExpr' && exprKey(item.expr) === text);
}

/** ORDER BY without items that are constants or stand there twice. */
export function meaningfulOrder(orderBy: readonly OrderItem[], items: readonly SelectItem[]): OrderItem[] {
  const seen = new Set<string>();
  const order: OrderItem[] = [];
  for (const item of orderBy) {
    const expr = meaningOf(item.expr, items, 'order clause');
    const text = exprKey(expr);
    if (expr.kind === 'null' || expr.kind === 'arg' || seen.has(text)) continue;
    seen.add(text);
    order.push({ expr, desc: item.desc });
  }
  return order;
}
