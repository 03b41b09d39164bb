import type { Expr } from '@vitess-ts/sqlparser';
import type { Operator } from './operator';
import { RouteOp } from './route-op';
import type { Choice } from './routing-choice';

/** Rows that a route reads before its conditions, where nothing is known of its tables. */
const rowsByChoice: Record<Choice['kind'], number> = {
  none: 1,
  equal: 10,
  in: 100,
  multi: 100,
  reference: 200,
  unsharded: 10_000,
  destination: 25_000,
  scatter: 100_000,
};

/** Rows of an input that is no route: groups, or a join. */
const rowsOfOthers = 20_000;

/** Parts of the rows that conditions leave. */
const selectivity = { equal: 0.05, range: 0.3, pattern: 0.1, other: 0.8 };

/** About how many rows an input of a join has: good for comparing inputs, for nothing else. */
export function estimatedRows(input: Operator): number {
  if (!(input instanceof RouteOp)) return rowsOfOthers;
  const rows = rowsByChoice[input.choice.kind];
  return Math.max(
    1,
    input.where.reduce((left, condition) => left * remaining(condition), rows),
  );
}

function remaining(condition: Expr): number {
  switch (condition.kind) {
    case 'comparison':
      if (condition.left.kind === 'column' && condition.right.kind === 'column') return 1;
      if (condition.op === '=' || condition.op === '<=>') return selectivity.equal;
      return condition.op === '<>' ? selectivity.other : selectivity.range;
    case 'between':
      return condition.not ? selectivity.other : selectivity.range;
    case 'in':
    case 'like':
      return condition.not ? selectivity.other : selectivity.pattern;
    case 'and':
      return condition.operands.reduce((left, operand) => left * remaining(operand), 1);
    case 'or':
      return Math.min(
        1,
        condition.operands.reduce((sum, operand) => sum + remaining(operand), 0),
      );
    default:
      return selectivity.other;
  }
}
