import { canonicalShardName } from '@vitess-ts/key';
import type { CreateShardRequest, CreateShardResponse } from '@vitess-ts/proto/vtctldata';
import { defaultKeyspace, isNodeExists, isNoNode, type TopoServer } from '@vitess-ts/topo';
import { requireName, type VtctldContext, type VtctldHandlers } from '../context';
import { deleteShard } from '../delete-shard';

export function shardHandlers(vtctld: VtctldContext): VtctldHandlers {
  const { topo } = vtctld;
  return {
    async getShard({ keyspace, shardName: name }, { signal }) {
      return { shard: { keyspace, name, shard: await topo.getShard(keyspace, name, signal) } };
    },

    createShard: (request, { signal }) => createShard(topo, request, signal),

    async deleteShards({ shards, recursive, evenIfServing, force }, { signal }) {
      for (const { keyspace, name } of shards) {
        await deleteShard(vtctld, keyspace, name, { recursive, evenIfServing, force, signal });
      }
      return {};
    },

    async setShardIsPrimaryServing({ keyspace, shard, isServing }, { signal }) {
      const updated = await topo.withShardLock(
        keyspace,
        shard,
        'SetShardIsPrimaryServing',
        async (lock) => {
          await lock.check(signal);
          return topo.updateShardFields(
            keyspace,
            shard,
            (record) => void (record.isPrimaryServing = isServing),
            signal,
          );
        },
        { signal },
      );
      return { shard: updated };
    },

    async getShardReplication({ keyspace, shard, cells }, { signal }) {
      const found: Record<string, Awaited<ReturnType<TopoServer['getShardReplication']>>> = {};
      for (const cell of await topo.expandCells(cells, signal)) {
        try {
          found[cell] = await topo.getShardReplication(cell, keyspace, shard, signal);
        } catch (error) {
          // A cell without tablets of the shard has no record.
          if (!isNoNode(error)) throw error;
        }
      }
      return { shardReplicationByCell: found };
    },
  };
}

async function createShard(
  topo: TopoServer,
  request: CreateShardRequest,
  signal: AbortSignal,
): Promise<CreateShardResponse> {
  const keyspace = requireName('keyspace', request.keyspace);
  const name = canonicalShardName(request.shardName);
  if (request.includeParent) {
    try {
      await topo.createKeyspace(keyspace, defaultKeyspace(), signal);
    } catch (error) {
      if (!isNodeExists(error)) throw error;
    }
  }
  let shardAlreadyExists = false;
  try {
    await topo.createShard(keyspace, name, signal);
  } catch (error) {
    if (!request.force || !isNodeExists(error)) throw error;
    shardAlreadyExists = true;
  }
  return {
    keyspace: { name: keyspace, keyspace: await topo.getKeyspace(keyspace, signal) },
    shard: { keyspace, name, shard: await topo.getShard(keyspace, name, signal) },
    shardAlreadyExists,
  };
}
