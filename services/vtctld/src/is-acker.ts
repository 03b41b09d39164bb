import type { Tablet } from '@vitess-ts/proto/topodata';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { VtctldContext } from './context';
import { durabilityPolicy } from './durability';

/** Whether a tablet acknowledges transactions of its primary under its keyspace's durability policy. */
export async function isAcker(
  { topo }: VtctldContext,
  replica: Tablet,
  signal: AbortSignal,
): Promise<boolean> {
  const { keyspace, shard } = replica;
  const { durabilityPolicy: policy } = await topo.getKeyspace(keyspace, signal);
  const { primaryAlias } = await topo.getShard(keyspace, shard, signal);
  if (!primaryAlias) {
    throw new VtError(Code.FAILED_PRECONDITION, `shard ${keyspace}/${shard} has no primary tablet`);
  }
  return durabilityPolicy(policy).isAcker(await topo.getTablet(primaryAlias, signal), replica);
}
