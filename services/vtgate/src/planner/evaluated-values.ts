import { printExpr, type Expr, type Select, type SelectItem } from '@vitess-ts/sqlparser';
import type { Primitive } from '../engine/primitive';
import { unsupported } from '../engine/unsupported';
import type { PlanContext } from './plan-context';
import { isColumn, isQuery, walk } from './syntax-tree';

/** Expressions whose values the gate must know before it writes: a server computes them, once. */
export class EvaluatedValues {
  private readonly items: SelectItem[] = [];
  private readonly names: string[] = [];

  constructor(private readonly context: PlanContext) {}

  /** The bind variable that will have the expression's value. Throws when it is not known before the row is. */
  value(expr: Expr, what: string): Expr {
    if (usesRow(expr)) {
      throw unsupported(
        `the expression ${printExpr(expr)} for ${what}`,
        'compute the value first and pass it in',
      );
    }
    const name = this.context.newVariable('ev');
    this.names.push(name);
    this.items.push({ kind: 'selectExpr', expr, alias: name, text: name });
    return { kind: 'arg', name };
  }

  /** Undefined when there is nothing to compute. */
  build(): { select: Primitive; names: string[] } | undefined {
    if (this.items.length === 0) return undefined;
    const select: Select = {
      kind: 'select',
      comments: [],
      distinct: false,
      options: [],
      items: this.items,
      from: [],
      windows: [],
      orderBy: [],
      locks: [],
    };
    return { select: this.context.planRead(select), names: this.names };
  }
}

/** The expression is about the row itself; columns in a subquery are those of its own tables. */
function usesRow(expr: Expr): boolean {
  let found = false;
  walk(expr, (node) => {
    found ||= isColumn(node) || node.kind === 'default' || node.kind === 'valuesOf';
    return !isQuery(node);
  });
  return found;
}
