import type { Result } from '@vitess-ts/sqltypes';
import type { ResolvedShard } from '../engine/primitive';
import type { Session } from '../session/session';
import type { DeadlockDetector, WatchedStatement } from './deadlock-detector';
import { newTransactionName } from './transaction-name';

/**
 * Watches a statement of a transaction that reaches several shards: it may wait for locks in a circle that no server
 * sees. undefined for any other statement.
 */
export function watchStatement(
  session: Session,
  { inTransaction, deadlocks }: { inTransaction: boolean; deadlocks?: DeadlockDetector },
  shards: readonly ResolvedShard[],
): WatchedStatement | undefined {
  if (!inTransaction || deadlocks === undefined) return undefined;
  const open = session.shardSessions.filter((s) => s.transactionId !== 0n);
  const [first] = shards;
  const isOne =
    shards.length === 1 && open.every((s) => s.shard === first.shard && s.keyspace === first.keyspace);
  if (isOne) return undefined;
  session.transactionName ??= newTransactionName();
  const keyspaces = new Set([...open, ...shards].map((s) => s.keyspace));
  return deadlocks.watch(session.transactionName, [...keyspaces]);
}

/** The results, and `ended` when they are over, one way or the other. */
export async function* untilEnded(results: AsyncIterable<Result>, ended: () => void): AsyncGenerator<Result> {
  try {
    yield* results;
  } finally {
    ended();
  }
}
