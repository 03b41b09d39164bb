import type { Primitive } from '../engine/primitive';
import { UncorrelatedSubquery } from '../engine/uncorrelated-subquery';
import type { Expr, Query, Select } from '@vitess-ts/sqlparser';
import type { PlanContext } from './plan-context';
import { pulledVariable } from './semantics/bound';

/** The subqueries of a statement that run once, before what uses their values. */
export function withPullouts(primitive: Primitive, context: PlanContext, query?: Query): Primitive {
  const values = query?.kind === 'select' ? itemVariables(context.rewritten(query)) : [];
  return context.pullouts.reduceRight<Primitive>((outer, pullout) => {
    const columns = values.flatMap((name, i) =>
      pullout.opcode === 'PulloutValue' && name === pullout.resultVariable ? [i] : [],
    );
    const resultColumns = columns.length === 0 ? undefined : columns;
    return new UncorrelatedSubquery({ ...pullout, outer, resultColumns });
  }, primitive);
}

/** The bind variables that stand alone in a select list, by column. */
function itemVariables({ items }: Select): (string | undefined)[] {
  const nameOf = (expr: Expr & { [pulledVariable]?: string }): string | undefined => expr[pulledVariable];
  return items.map((item) => (item.kind === 'selectExpr' ? nameOf(item.expr) : undefined));
}
