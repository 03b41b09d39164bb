import type { Expr, Insert } from '@vitess-ts/sqlparser';
import type { PlanContext } from './plan-context';

/** The statement's text before and after its rows. */
export function textAround(statement: Insert, context: PlanContext): { prefix: string; suffix: string } {
  const mark: Expr = { kind: 'arg', name: '__row' };
  const text = context.sql({ ...statement, source: { kind: 'rows', rows: [[mark]] } });
  const [prefix, suffix] = text.split('(:__row)');
  return { prefix, suffix };
}
