import type { Expr, In, Query, Select } from '@vitess-ts/sqlparser';
import { isSubset, tablesOf, type BoundSelect, type TableSet } from '../semantics/bound';
import { isPure } from '../semantics/pure-functions';
import { conjunction, conjuncts, hasSubquery } from '../syntax-tree';
import { hasAggregate } from './select-parts';

/**
 * EXISTS whose query depends on the outer row by one equality only, as a test for membership that does not depend on
 * it: `exists (select .. where b.x = a.y and c)` is `(a.y in (select b.x .. where c)) is true`. Undefined when the
 * query is of another form.
 */
export function asMembership(query: Query, outer: TableSet): Expr | undefined {
  if (query.kind !== 'select' || !isPlain(query)) return undefined;
  const own = (query as BoundSelect).tables;
  const conditions = conjuncts(query.where);
  const correlated = conditions.filter((c) => (tablesOf(c) & outer) !== 0n);
  if (correlated.length !== 1 || dependsElsewhere(query, outer)) return undefined;
  const sides = equalitySides(correlated[0], own, outer);
  if (sides === undefined) return undefined;
  const member: Select = {
    ...query,
    distinct: true,
    items: [{ kind: 'selectExpr', expr: sides.inner, text: '' }],
    where: conjunction(conditions.filter((c) => c !== correlated[0])),
    orderBy: [],
  };
  const membership: In = {
    kind: 'in',
    operand: sides.outer,
    right: { kind: 'subquery', query: member },
    not: false,
  };
  return { kind: 'is', operand: membership, test: 'true', not: false };
}

/** Neither groups nor a limit decide which rows there are. */
function isPlain(query: Select): boolean {
  return (
    query.groupBy === undefined &&
    query.having === undefined &&
    query.limit === undefined &&
    !hasAggregate(query.items) &&
    isPure(query)
  );
}

function dependsElsewhere(query: Select, outer: TableSet): boolean {
  return (tablesOf(query.from) & outer) !== 0n;
}

function equalitySides(
  condition: Expr,
  own: TableSet,
  outer: TableSet,
): { inner: Expr; outer: Expr } | undefined {
  if (condition.kind !== 'comparison' || condition.op !== '=' || condition.quantifier !== undefined)
    return undefined;
  const { left, right } = condition;
  if (hasSubquery(condition)) return undefined;
  const isOf = (expr: Expr, tables: TableSet): boolean =>
    tablesOf(expr) !== 0n && isSubset(tablesOf(expr), tables);
  if (isOf(left, own) && isOf(right, outer)) return { inner: left, outer: right };
  return isOf(right, own) && isOf(left, outer) ? { inner: right, outer: left } : undefined;
}
