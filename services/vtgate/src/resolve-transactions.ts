import type { HealthCheck } from '@vitess-ts/discovery';
import type { BuiltExecutor } from './build-executor';

/**
 * Ends commits over several shards that tablets say nobody ends. The returned function stops it, and waits for what is
 * under way.
 */
export function resolveTransactions(
  health: Pick<HealthCheck, 'onChange'>,
  {
    resolver,
    atomicCommits,
    transactions,
  }: Pick<BuiltExecutor, 'resolver' | 'atomicCommits' | 'transactions'>,
): () => Promise<void> {
  const stopListening = health.onChange(({ health: { serving, stats, target } }) => {
    if (serving && stats?.txUnresolved) resolver.resolveShard(target.keyspace, target.shard);
  });
  return async () => {
    stopListening();
    transactions.deadlocks?.stop();
    await resolver.stop();
    await atomicCommits.ended();
  };
}
