import type { ValidateKeyspaceResponse, ValidateShardResponse } from '@vitess-ts/proto/vtctldata';
import type { VtctldContext, VtctldHandlers } from '../context';
import { shardProblems } from '../shard-problems';

export function validateHandlers(vtctld: VtctldContext): VtctldHandlers {
  const { topo } = vtctld;

  const ofKeyspace = async (
    keyspace: string,
    pingTablets: boolean,
    signal: AbortSignal,
  ): Promise<ValidateKeyspaceResponse> => {
    const resultsByShard: Record<string, ValidateShardResponse> = {};
    for (const shard of await topo.getShardNames(keyspace, signal)) {
      resultsByShard[shard] = { results: await shardProblems(vtctld, keyspace, shard, pingTablets, signal) };
    }
    const none = Object.keys(resultsByShard).length === 0 ? [`keyspace ${keyspace} has no shards`] : [];
    return { results: none, resultsByShard };
  };

  return {
    async validate({ pingTablets }, { signal }) {
      const resultsByKeyspace: Record<string, ValidateKeyspaceResponse> = {};
      for (const keyspace of await topo.getKeyspaces(signal)) {
        resultsByKeyspace[keyspace] = await ofKeyspace(keyspace, pingTablets, signal);
      }
      return { results: [], resultsByKeyspace };
    },

    async validateKeyspace({ keyspace, pingTablets }, { signal }) {
      await topo.getKeyspace(keyspace, signal);
      return ofKeyspace(keyspace, pingTablets, signal);
    },

    async validateShard({ keyspace, shard, pingTablets }, { signal }) {
      await topo.getShard(keyspace, shard, signal);
      return { results: await shardProblems(vtctld, keyspace, shard, pingTablets, signal) };
    },
  };
}
