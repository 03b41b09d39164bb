import type { FunctionCall, Select, Statement } from '@vitess-ts/sqlparser';
import { TabletType } from '@vitess-ts/proto/topodata';
import type { BoundQuery } from '@vitess-ts/queryservice';
import type { Result } from '@vitess-ts/sqltypes';
import { SqlError } from '@vitess-ts/vterrors';
import { contains } from '../planner/syntax-tree';
import { settingsOf } from './backend';
import type { Gateway } from './gateway';
import { ShardConnections } from './shard-connections';
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
  const calls = contains(
    statement,
    (node) => node.kind === 'function' && lockFunctions.has((node as FunctionCall).name),
  );
  return calls ? statement : undefined;
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
