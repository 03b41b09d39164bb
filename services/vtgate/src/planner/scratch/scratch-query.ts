import type { Query, Select, TableName, TableQuery, TableRef } from '@vitess-ts/sqlparser';
import { isQuery, rewrite, substitute, type Part } from '../syntax-tree';
import type { Reference } from './references';

/** The query over scratch tables: each goes by the name that the query knows its table by. */
export function scratchQuery(
  query: Query,
  references: readonly Reference[],
  names: ReadonlyMap<TableRef | TableQuery, string>,
): Query {
  const replaced = new Map<object, object>();
  for (const { node, alias } of references) {
    const name = names.get(node);
    if (name === undefined) continue;
    if (node.kind === 'tableQuery') replaced.set(node, { ...node, table: { name } satisfies TableName });
    else replaced.set(node, { kind: 'table', name, alias, partitions: [], hints: [] } satisfies TableRef);
  }
  return withoutLocks(substitute(query, replaced));
}

/** The rows are locked where they were read. */
function withoutLocks<T extends Part>(part: T): T {
  return rewrite(part, (node) => {
    if (!isQuery(node) || node.locks.length === 0) return undefined;
    return withoutLocks({ ...(node as Select), locks: [] });
  });
}
