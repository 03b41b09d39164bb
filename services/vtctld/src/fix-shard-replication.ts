import {
  ShardReplicationError_Type as Problem,
  type ShardReplicationError,
  type TabletAlias,
} from '@vitess-ts/proto/topodata';
import { isNoNode, type TopoServer } from '@vitess-ts/topo';

/**
 * Takes the first tablet that does not belong there out of a cell's list of a shard's tablets, and says which and why;
 * undefined when all belong there. Call it until there is none.
 */
export async function fixShardReplication(
  topo: TopoServer,
  keyspace: string,
  shard: string,
  cell: string,
  signal: AbortSignal,
): Promise<ShardReplicationError | undefined> {
  const { nodes } = await topo.getShardReplication(cell, keyspace, shard, signal);
  for (const { tabletAlias } of nodes) {
    if (!tabletAlias) continue;
    const type = await problemOf(topo, tabletAlias, keyspace, shard, signal);
    if (type === undefined) continue;
    await topo.removeShardReplication(tabletAlias, keyspace, shard, signal, cell);
    return { type, tabletAlias };
  }
  return undefined;
}

async function problemOf(
  topo: TopoServer,
  alias: TabletAlias,
  keyspace: string,
  shard: string,
  signal: AbortSignal,
): Promise<Problem | undefined> {
  try {
    const tablet = await topo.getTablet(alias, signal);
    const belongs = tablet.keyspace === keyspace && tablet.shard === shard;
    return belongs ? undefined : Problem.TOPOLOGY_MISMATCH;
  } catch (error) {
    if (isNoNode(error)) return Problem.NOT_FOUND;
    throw error;
  }
}
