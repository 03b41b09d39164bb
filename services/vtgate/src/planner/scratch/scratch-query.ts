import type { Column, Query, Select, Star, TableName, TableQuery, TableRef } from '@vitess-ts/sqlparser';
import { isSystemSchema } from '../sql-text';
import { isQuery, rewrite, substitute, type Kinded, type Part } from '../syntax-tree';
import type { Reference } from './reference';

/** The query over scratch tables: each goes by the name that the query knows its table by. */
export function scratchQuery(
  query: Query,
  references: readonly Reference[],
  names: ReadonlyMap<TableRef | TableQuery, string>,
): Query {
  const namesakes = new Set(references.filter((r) => r.needsKeyspace).map(fullName));
  const replaced = new Map<object, object>();
  for (const reference of references) {
    const { node, isAliased } = reference;
    const name = names.get(node);
    if (name === undefined) continue;
    const alias = !isAliased && namesakes.has(fullName(reference)) ? fullName(reference) : reference.alias;
    if (node.kind === 'tableQuery') replaced.set(node, { ...node, table: { name } satisfies TableName });
    else replaced.set(node, { kind: 'table', name, alias, partitions: [], hints: [] } satisfies TableRef);
  }
  for (const [node, name] of names) {
    if (replaced.has(node) || node.kind !== 'table') continue;
    const alias = node.alias ?? node.name;
    replaced.set(node, { kind: 'table', name, alias, partitions: [], hints: [] } satisfies TableRef);
  }
  const renamed = withoutLocks(substitute(query, replaced));
  return rewrite(renamed, (node) => ofSystemTable(node) ?? byFullName(node, namesakes));
}

/** `keyspace.table`, which serves as an alias where the table's name alone means two. */
const fullName = ({ table, alias }: Reference): string => `${table.keyspace.name}.${alias}`;

function ofSystemTable(node: Kinded): Part | undefined {
  if (node.kind !== 'column' && node.kind !== 'star') return undefined;
  return isSystemSchema((node as Column | Star).keyspace) ? { ...node, keyspace: undefined } : undefined;
}

function byFullName(node: Kinded, namesakes: ReadonlySet<string>): Part | undefined {
  if (node.kind !== 'column' && node.kind !== 'star') return undefined;
  const { keyspace, table } = node as Column | Star;
  const name = `${keyspace}.${table}`;
  return namesakes.has(name) ? { ...node, keyspace: undefined, table: name } : undefined;
}

/** The rows are locked where they were read. */
function withoutLocks<T extends Part>(part: T): T {
  return rewrite(part, (node) => {
    if (!isQuery(node) || node.locks.length === 0) return undefined;
    return withoutLocks({ ...(node as Select), locks: [] });
  });
}
