import type { Expr, Query, Select } from '@vitess-ts/sqlparser';
import { isBound, isSubset, tablesOf, type BoundDerived } from '../semantics/bound';
import { exprKey } from '../semantics/expr-key';
import { itemName } from '../semantics/output-columns';
import { isPure } from '../semantics/pure-functions';
import { conjunction, conjuncts, hasSubquery, rewrite } from '../syntax-tree';
import { groupExpressions } from './group-by';
import { hasAggregate, hasWindow, isAggregated } from './select-parts';

/**
 * Moves conditions on a derived table's columns into its query, where the shards evaluate them before rows are
 * gathered. Returns the query with them, and leaves in `conditions` those that must stay outside.
 */
export function moveConditionsInside(table: BoundDerived, conditions: Expr[]): Query {
  const { query } = table;
  if (query.kind !== 'select' || !takesConditions(query)) return query;
  const moved: Expr[] = [];
  const kept = conditions.filter((condition) => {
    const inside = insideOf(condition, table, query);
    if (inside === undefined) return true;
    moved.push(inside);
    return false;
  });
  if (moved.length === 0) return query;
  conditions.splice(0, conditions.length, ...kept);
  return { ...query, where: conjunction([...conjuncts(query.where), ...moved]) };
}

/** A condition on a derived table's columns as one over the tables of its query; undefined when that is not the same. */
export function conditionInside(condition: Expr, table: BoundDerived, query: Query): Expr | undefined {
  if (query.kind !== 'select' || !takesConditions(query)) return undefined;
  return insideOf(condition, { ...table, query }, query);
}

/** LIMIT and window functions see rows that a condition outside would drop. */
function takesConditions(query: Select): boolean {
  return query.limit === undefined && !hasWindow(query.items) && !query.groupBy?.rollup && isPure(query);
}

/** The condition over the tables of the query; undefined when it is about groups. */
function insideOf(condition: Expr, table: BoundDerived, query: Select): Expr | undefined {
  const used = tablesOf(condition);
  if (used === 0n || !isSubset(used, table.bit) || hasSubquery(condition) || !isPure(condition))
    return undefined;
  const groups = isAggregated(query) ? new Set(groupExpressions(query).map(exprKey)) : undefined;
  let isMovable = true;
  const inside = rewrite(condition, (node) => {
    if (!isBound(node)) return undefined;
    const expr = itemOf(node.name, table, query);
    if (expr === undefined || hasAggregate(expr) || hasSubquery(expr)) isMovable = false;
    else if (groups !== undefined && !groups.has(exprKey(expr))) isMovable = false;
    return expr;
  });
  return isMovable ? inside : undefined;
}

function itemOf(name: string, table: BoundDerived, query: Select): Expr | undefined {
  const lower = name.toLowerCase();
  const index = query.items.findIndex(
    (item, i) => (table.columns[i] ?? itemName(item)).toLowerCase() === lower,
  );
  const item = query.items[index];
  return item?.kind === 'selectExpr' && query.items.every((i) => i.kind === 'selectExpr')
    ? item.expr
    : undefined;
}
