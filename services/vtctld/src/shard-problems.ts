import { tabletAliasEquals, tabletAliasString } from '@vitess-ts/proto';
import { TabletType, type Tablet } from '@vitess-ts/proto/topodata';
import { isNoNode, PartialTabletsError } from '@vitess-ts/topo';
import { compareTimes, type VtctldContext } from './context';

const pingMs = 10_000;

/** What is wrong with the records of a shard, and with its tablets if they are to be pinged; nothing when all is well. */
export async function shardProblems(
  vtctld: VtctldContext,
  keyspace: string,
  shard: string,
  pingTablets: boolean,
  signal: AbortSignal,
): Promise<string[]> {
  const { topo } = vtctld;
  const name = `${keyspace}/${shard}`;
  const problems: string[] = [];
  const record = await topo.getShard(keyspace, shard, signal);
  const tablets = await topo.getTabletsByShard(keyspace, shard, { signal }).catch((error: unknown) => {
    if (!(error instanceof PartialTabletsError)) throw error;
    problems.push(error.message);
    return error.tablets;
  });
  const primary = tablets.find(({ alias }) => tabletAliasEquals(alias, record.primaryAlias));
  if (!record.primaryAlias)
    problems.push(`shard ${name} has no primary: give it one with PlannedReparentShard or InitShardPrimary`);
  else if (!primary) {
    problems.push(
      `primary ${tabletAliasString(record.primaryAlias)} of shard ${name} has no tablet record: ` +
        `start that tablet, or give the shard another primary with EmergencyReparentShard`,
    );
  } else if (primary.type !== TabletType.PRIMARY) {
    problems.push(
      `tablet ${tabletAliasString(primary.alias)} should be primary of shard ${name} but is not: ` +
        `have it read its record with RefreshState, or reparent`,
    );
  }
  for (const tablet of tablets) {
    const later = primary && compareTimes(tablet.primaryTermStartTime, primary.primaryTermStartTime) > 0;
    if (tablet.type === TabletType.PRIMARY && tablet !== primary && (!primary || later)) {
      problems.push(
        `tablet ${tabletAliasString(tablet.alias)} claims to be primary of shard ${name}: ` +
          `tell which one is by TabletExternallyReparented or PlannedReparentShard`,
      );
    }
  }
  problems.push(...(await replicationProblems(vtctld, keyspace, shard, tablets, signal)));
  if (pingTablets) problems.push(...(await silentTablets(vtctld, tablets, signal)));
  return problems;
}

/** The lists of a shard's tablets per cell against the tablets' own records. */
async function replicationProblems(
  { topo }: VtctldContext,
  keyspace: string,
  shard: string,
  tablets: readonly Tablet[],
  signal: AbortSignal,
): Promise<string[]> {
  const problems: string[] = [];
  for (const cell of new Set(tablets.map(({ alias }) => alias?.cell ?? ''))) {
    const { nodes } = await topo
      .getShardReplication(cell, keyspace, shard, signal)
      .catch((error: unknown) => {
        if (isNoNode(error)) return { nodes: [] };
        throw error;
      });
    const here = tablets.filter(({ alias }) => alias?.cell === cell);
    for (const { alias } of here) {
      if (!nodes.some(({ tabletAlias }) => tabletAliasEquals(tabletAlias, alias))) {
        problems.push(
          `tablet ${tabletAliasString(alias)} is not in the ShardReplication of cell ${cell}: ` +
            `add it with ShardReplicationAdd`,
        );
      }
    }
    for (const { tabletAlias } of nodes) {
      if (!here.some(({ alias }) => tabletAliasEquals(alias, tabletAlias))) {
        problems.push(
          `ShardReplication of cell ${cell} names ${tabletAliasString(tabletAlias)}, which is no tablet of the shard: ` +
            `take it out with ShardReplicationFix`,
        );
      }
    }
  }
  return problems;
}

async function silentTablets(
  { tm }: VtctldContext,
  tablets: readonly Tablet[],
  signal: AbortSignal,
): Promise<string[]> {
  const silent = await Promise.all(
    tablets.map((tablet) =>
      tm.ping(tablet, { payload: 'validate' }, { signal, timeoutMs: pingMs }).then(
        () => [],
        (error: Error) => [
          `tablet ${tabletAliasString(tablet.alias)} does not answer: ${error.message}; start it, or delete its record with DeleteTablets`,
        ],
      ),
    ),
  );
  return silent.flat();
}
