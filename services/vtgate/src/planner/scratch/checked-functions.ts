import type { FunctionCall, Query, UserVariable } from '@vitess-ts/sqlparser';
import type { VtError } from '@vitess-ts/vterrors';
import { isLockFunction, isPure } from '../semantics/pure-functions';
import { contains, walk } from '../syntax-tree';

/** Built-in functions that a statement must call once, at one place: where its rows come together they may. */
const once: ReadonlySet<string> = new Set(
  `benchmark encrypt grouping last_insert_id load_file name_const old_password password rand random_bytes rownum sleep sys_guid
  sysdate uuid uuid_short uuid_v4 uuid_v7`
    .split(/\s+/)
    .filter((name) => name !== ''),
);

/**
 * The functions of a query that may be stored ones, which the tablet that runs it must judge. Throws `otherwise` for
 * what no scratch table can help: values of sequences, functions of other keyspaces, and locks, which belong to one
 * connection of the session.
 */
export function storedFunctions(query: Query, otherwise: VtError): string[] {
  const names = new Set<string>();
  walk(query, (node) => {
    if (node.kind === 'nextValue' || node.kind === 'next') throw otherwise;
    if (node.kind !== 'function') return;
    const call = node as FunctionCall;
    const { name, keyspace } = call;
    if (keyspace !== undefined || isLockFunction(name)) throw otherwise;
    if (!once.has(name) && !isPure({ ...call, args: [] })) names.add(name);
  });
  return [...names];
}

/** The user variables of a query that assigns some, in lower case; none when it only reads them. */
export function assignedVariables(query: Query): string[] {
  if (!contains(query, (node) => node.kind === 'assign')) return [];
  const names = new Set<string>();
  walk(query, (node) => {
    if (node.kind === 'userVar') names.add((node as UserVariable).name.toLowerCase());
  });
  return [...names];
}

/** The query calls LAST_INSERT_ID(x), which the session remembers. */
export function setsLastInsertId(query: Query): boolean {
  return contains(
    query,
    (node) => node.kind === 'function' && (node as FunctionCall).name === 'last_insert_id',
  );
}
