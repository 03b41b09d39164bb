import type { Target } from '@vitess-ts/proto/query';
import type { Tablet } from '@vitess-ts/proto/topodata';
import { Code, VtError } from '@vitess-ts/vterrors';
import { requireName, shortCallMs, type VtctldContext, type VtctldHandlers } from '../context';
import { shardPrimaries } from '../shard-primaries';

interface Settings {
  signal: AbortSignal;
  timeoutMs: number;
}

/** Commits over several shards: what goes on for too long, and its end by force. */
export function distributedTransactionHandlers(vtctld: VtctldContext): VtctldHandlers {
  const { topo, tm } = vtctld;
  const primaryOf = async (keyspace: string, shard: string, signal: AbortSignal): Promise<Tablet> => {
    const { primaryAlias } = await topo.getShard(keyspace, shard, signal);
    if (primaryAlias) return topo.getTablet(primaryAlias, signal);
    throw new VtError(Code.FAILED_PRECONDITION, `shard ${keyspace}/${shard} has no primary`);
  };
  const settingsOf = (signal: AbortSignal): Settings => ({ signal, timeoutMs: shortCallMs });
  /** Asks the shard that keeps the decision. */
  const read = async (dtid: string, signal: AbortSignal) => {
    const { keyspace, shard } = managerOf(dtid);
    const manager = await primaryOf(keyspace, shard, signal);
    const { transaction } = await tm.readTransaction(manager, { dtid }, settingsOf(signal));
    return { manager, metadata: transaction };
  };

  return {
    async getUnresolvedTransactions({ keyspace, abandonAge }, { signal }) {
      const primaries = await shardPrimaries(vtctld, requireName('keyspace', keyspace), signal);
      const lists = await Promise.all(
        primaries.map(({ primary }) =>
          tm.getUnresolvedTransactions(primary, { abandonAge }, settingsOf(signal)),
        ),
      );
      return { transactions: lists.flatMap(({ transactions }) => transactions) };
    },

    async getTransactionInfo({ dtid }, { signal }) {
      const { metadata } = await read(dtid, signal);
      const participants = metadata?.participants ?? [];
      const shardStates = await Promise.all(
        participants.map(async ({ keyspace, shard }) => {
          const primary = await primaryOf(keyspace, shard, signal);
          const info = await tm.getTransactionInfo(primary, { dtid }, settingsOf(signal));
          return { shard, ...info };
        }),
      );
      return { metadata, shardStates };
    },

    async concludeTransaction({ dtid, participants: given }, { signal }) {
      const { manager, metadata } = await read(dtid, signal);
      const participants = given.length > 0 ? given : (metadata?.participants ?? []);
      const known = await existing(vtctld, participants, signal);
      await Promise.all(
        known.map(async ({ keyspace, shard }) => {
          const primary = await primaryOf(keyspace, shard, signal);
          await tm.concludeTransaction(primary, { dtid, mm: false }, settingsOf(signal));
        }),
      );
      await tm.concludeTransaction(manager, { dtid, mm: true }, settingsOf(signal));
      return {};
    },
  };
}

/** A shard that was deleted has nothing left to be ended. */
async function existing(
  { topo }: VtctldContext,
  participants: readonly Target[],
  signal: AbortSignal,
): Promise<Target[]> {
  const keyspaces = new Set(participants.map((p) => p.keyspace));
  const shards = new Set<string>();
  for (const keyspace of keyspaces) {
    const found = await topo.findAllShardsInKeyspace(keyspace, signal);
    for (const name of found.keys()) shards.add(`${keyspace}/${name}`);
  }
  return participants.filter((p) => shards.has(`${p.keyspace}/${p.shard}`));
}

/** `keyspace:shard:transaction id` of the shard that keeps the decision. */
function managerOf(dtid: string): { keyspace: string; shard: string } {
  const parts = /^([^:]+):([^:]+):\d+$/.exec(dtid);
  if (parts === null) throw new VtError(Code.INVALID_ARGUMENT, `invalid parts in dtid: ${dtid}`);
  return { keyspace: parts[1], shard: parts[2] };
}
