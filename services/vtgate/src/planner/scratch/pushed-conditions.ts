import type { Column, Expr } from '@vitess-ts/sqlparser';
import { isPure } from '../semantics/pure-functions';
import { contains, isColumn, isQuery, rewrite, walk, type Kinded } from '../syntax-tree';
import { isColumnOf, type Reference, type Source } from './reference';
import { atStatementTime } from './statement-time';

/**
 * The conditions that are about one table alone and may be checked on shards as well: pure, without queries, and of
 * one value while the statement runs. Their columns come out unqualified.
 */
export function conditionsOn(
  reference: Reference,
  conditions: readonly Expr[],
  sources: readonly Source[],
): Expr[] {
  return conditions.flatMap((condition) => {
    if (contains(condition, isOfQuery) || !isPure(condition)) return [];
    let columns = 0;
    let others = 0;
    walk(condition, (node) => {
      if (!isColumn(node)) return;
      if (isColumnOf(node, reference, sources)) columns++;
      else others++;
    });
    if (columns === 0 || others > 0) return [];
    const timed = atStatementTime(condition);
    return timed === undefined ? [] : [rewrite(timed, unqualified)];
  });
}

/** What has a meaning in its own place only. */
const isOfQuery = (node: Kinded): boolean =>
  isQuery(node) || ['aggregate', 'window', 'match', 'default', 'valuesOf', 'nextValue'].includes(node.kind);

function unqualified(node: Kinded): Column | undefined {
  return isColumn(node) ? { kind: 'column', name: node.name } : undefined;
}
