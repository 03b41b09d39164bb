import type { Expr, Select } from '@vitess-ts/sqlparser';
import { meaningOf } from './select-parts';

/** The expressions of GROUP BY, positions and names resolved; none for aggregates over all rows. */
export function groupExpressions(select: Select): Expr[] {
  return (select.groupBy?.items ?? []).map((item) => meaningOf(item.expr, select.items, 'group statement'));
}
