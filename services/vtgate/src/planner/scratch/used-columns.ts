import type { Comparison, Expr, In, Join, Query } from '@vitess-ts/sqlparser';
import { isColumn, walk } from '../syntax-tree';

/** Names of columns in a query, in lower case. Which table each is of does not matter: more is never wrong. */
export interface UsedColumns {
  /** All. */
  names: ReadonlySet<string>;
  /** Those that rows are looked up by: compared with another column or a query. */
  lookUps: ReadonlySet<string>;
}

export function usedColumns(query: Query): UsedColumns {
  const names = new Set<string>();
  const lookUps = new Set<string>();
  const lookUp = (expr: Expr): void => {
    if (isColumn(expr)) lookUps.add(expr.name.toLowerCase());
    else if (expr.kind === 'tuple') expr.items.forEach(lookUp);
  };
  walk(query, (node) => {
    if (isColumn(node)) names.add(node.name.toLowerCase());
    else if (node.kind === 'comparison') {
      const { op, left, right } = node as Comparison;
      if ((op !== '=' && op !== '<=>') || isValue(left) || isValue(right)) return;
      lookUp(left);
      lookUp(right);
    } else if (node.kind === 'in') {
      const { operand, right } = node as In;
      if (right.kind === 'subquery') lookUp(operand);
    } else if (node.kind === 'join') {
      for (const name of (node as Join).using) {
        names.add(name.toLowerCase());
        lookUps.add(name.toLowerCase());
      }
    }
  });
  return { names, lookUps };
}

const isValue = (expr: Expr): boolean => ['literal', 'arg', 'null', 'bool', 'param'].includes(expr.kind);
