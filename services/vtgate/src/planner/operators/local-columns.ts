import type { Expr } from '@vitess-ts/sqlparser';
import { isVindexColumn, staysTogether, type VindexColumn } from './vindex-column';

/**
 * True when the expressions include a column whose equal values all lie on one shard: rows that agree in the
 * expressions are then never on two shards.
 */
export function keepsShardsApart(exprs: readonly Expr[], columns: readonly VindexColumn[]): boolean {
  return columns.some(
    (on) => !on.nullable && staysTogether(on) && exprs.some((expr) => isVindexColumn(expr, on)),
  );
}
