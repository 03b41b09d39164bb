import type { CastType, FunctionCall, Select, SelectExpr, Statement } from '@vitess-ts/sqlparser';
import { TabletType } from '@vitess-ts/proto/topodata';
import type { BoundQuery } from '@vitess-ts/queryservice';
import type { Result } from '@vitess-ts/sqltypes';
import { SqlError } from '@vitess-ts/vterrors';
import { contains, isColumn, isQuery, rewrite, type Kinded } from '../planner/syntax-tree';
import { settingsOf } from './backend';
import type { Gateway } from './gateway';
import { ShardConnections } from './shard-connections';
import type { SessionValue } from './session-expressions';
import type { StatementCall } from './statement-call';

const lockFunctions: ReadonlySet<string> = new Set([
  'get_lock',
  'is_free_lock',
  'is_used_lock',
  'release_all_locks',
  'release_lock',
]);

/** A SELECT without tables that calls GET_LOCK() or its kin; undefined for any other statement. */
export function asLockQuery(statement: Statement): Select | undefined {
  if (statement.kind !== 'select' || statement.from.length > 0) return undefined;
  return contains(statement, isLockCall) ? statement : undefined;
}

/** A call of a lock function that stands in a larger query: it runs first, once, and its value stands there. */
export interface LockCall {
  /** Selects the call alone. */
  sql: string;
  sessionValues: readonly SessionValue[];
  /** Takes its value. */
  variable: string;
}

/** A query without the calls of lock functions in it. */
export interface SeparatedLocks {
  statement: Statement;
  calls: { query: Select; variable: string }[];
}

/**
 * Takes lock functions out of a query that reads tables. A call whose arguments change from row to row stays: nothing
 * runs it.
 */
export function separateLocks(statement: Statement): SeparatedLocks {
  const calls: SeparatedLocks['calls'] = [];
  if (!isQuery(statement) || !contains(statement, isLockCall)) return { statement, calls };
  const take = (node: Kinded): object | undefined => {
    if (node.kind === 'selectExpr') {
      const item = node as SelectExpr;
      const expr = rewrite(item.expr, take);
      return expr === item.expr ? item : { ...item, expr, alias: item.alias ?? item.text };
    }
    if (!isLockCall(node) || contains(node, (n) => isColumn(n) || isQuery(n))) return undefined;
    const variable = `__lock${calls.length}`;
    calls.push({ query: selectOf(node as FunctionCall), variable });
    const type: CastType = { name: 'signed', array: false };
    return { kind: 'cast', operand: { kind: 'arg', name: variable }, type };
  };
  return { statement: rewrite(statement, take), calls };
}

const isLockCall = (node: Kinded): boolean =>
  node.kind === 'function' && lockFunctions.has((node as FunctionCall).name);

function selectOf(call: FunctionCall): Select {
  const item: SelectExpr = { kind: 'selectExpr', expr: call, text: '', alias: 'value' };
  return {
    kind: 'select', comments: [], distinct: false, options: [], items: [item], from: [], windows: [], orderBy: [],
    locks: [],
  }; // prettier-ignore
}

/**
 * Runs a query with lock functions where all gates run them, so that sessions exclude each other: on the primary of the
 * first shard of the first keyspace by name. The session keeps its connection there, and with it its locks, until it
 * ends. The locks are lost when that primary changes.
 */
export async function runLockQuery(
  query: BoundQuery,
  call: StatementCall,
  gateway: Gateway,
): Promise<Result> {
  const [keyspace] = [...gateway.keyspaces()].sort();
  if (keyspace === undefined)
    throw new SqlError(1046, '3D000', 'No database selected: the cluster has no keyspace yet');
  const [{ name: shard }] = gateway.shards(keyspace, TabletType.PRIMARY);
  const { session } = call;
  const shape = {
    tabletType: TabletType.PRIMARY,
    call: call.call,
    inTransaction: false,
    settings: settingsOf(session),
    reserve: true,
  };
  const [result] = await new ShardConnections(session, gateway).execute(
    shape,
    [{ keyspace, shard }],
    [query],
    { isDml: false, canAutocommit: true },
    call.call.signal,
  );
  return result;
}
