import type { FunctionCall, Query } from '@vitess-ts/sqlparser';
import type { VtError } from '@vitess-ts/vterrors';
import { isPure } from '../semantics/pure-functions';
import { contains, walk } from '../syntax-tree';

/** Built-in functions that a statement must call once, at one place: where its rows come together they may. */
const once: ReadonlySet<string> = new Set(
  `benchmark encrypt grouping last_insert_id load_file name_const old_password password rand random_bytes rownum sleep sys_guid
  sysdate uuid uuid_short uuid_v4 uuid_v7`
    .split(/\s+/)
    .filter((name) => name !== ''),
);

/**
 * Throws `otherwise` for what no scratch table can help: a function that may be a stored one, which would read the
 * tables of the one shard that it runs on, and values of sequences.
 */
export function checkFunctions(query: Query, otherwise: VtError): void {
  walk(query, (node) => {
    if (node.kind === 'nextValue' || node.kind === 'next') throw otherwise;
    if (node.kind !== 'function') return;
    const call = node as FunctionCall;
    const { name, keyspace } = call;
    if (keyspace !== undefined) throw otherwise;
    if (!once.has(name) && !isPure({ ...call, args: [] })) throw otherwise;
  });
}

/** The query calls LAST_INSERT_ID(x), which the session remembers. */
export function setsLastInsertId(query: Query): boolean {
  return contains(
    query,
    (node) => node.kind === 'function' && (node as FunctionCall).name === 'last_insert_id',
  );
}
