import type { Expr, Query } from '@vitess-ts/sqlparser';
import type { Primitive } from '../engine/primitive';
import { UncorrelatedSubquery } from '../engine/uncorrelated-subquery';
import type { PlanContext } from './plan-context';

/** The subqueries of a statement that run once, before what uses their values. `query` is the statement itself. */
export function withPullouts(primitive: Primitive, context: PlanContext, query?: Query): Primitive {
  return context.pullouts.reduceRight<Primitive>((outer, pullout) => {
    const { resultVariable } = pullout;
    const columns =
      query === undefined || resultVariable === undefined ? [] : columnsOf(query, resultVariable, context);
    return new UncorrelatedSubquery({ ...pullout, outer, ...(columns.length > 0 ? { columns } : {}) });
  }, primitive);
}

/** The select items that are the value itself. */
function columnsOf(query: Query, variable: string, context: PlanContext): number[] {
  if (query.kind !== 'select') return [];
  const { items } = context.rewritten(query);
  if (items.some((item) => item.kind !== 'selectExpr')) return [];
  return items.flatMap((item, i) => (item.kind === 'selectExpr' && isValue(item.expr, variable) ? [i] : []));
}

/** The variable, possibly with a type that it has been given. */
function isValue(expr: Expr, variable: string): boolean {
  switch (expr.kind) {
    case 'arg':
      return expr.name === variable;
    case 'cast':
      return isValue(expr.operand, variable);
    case 'binary':
      return expr.op === '|' && isValue(expr.left, variable);
    case 'function':
      return expr.name === 'if' && expr.args.length === 3 && isValue(expr.args[1], variable);
    default:
      return false;
  }
}
