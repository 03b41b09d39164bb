import type { Tablet } from '@vitess-ts/proto/topodata';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { VtctldContext } from './context';

export interface ShardPrimary {
  shard: string;
  primary: Tablet;
}

/**
 * The primary of each shard of a keyspace, in key range order. FAILED_PRECONDITION when a shard has none, unless such shards
 * are to be left out.
 */
export async function shardPrimaries(
  { topo }: VtctldContext,
  keyspace: string,
  signal: AbortSignal,
  skipNoPrimary = false,
): Promise<ShardPrimary[]> {
  const shards = await topo.findAllShardsInKeyspace(keyspace, signal);
  if (shards.size === 0) throw new VtError(Code.FAILED_PRECONDITION, `keyspace ${keyspace} has no shards`);
  const without = [...shards].filter(([, { primaryAlias }]) => !primaryAlias).map(([name]) => name);
  if (without.length > 0 && !skipNoPrimary) {
    throw new VtError(
      Code.FAILED_PRECONDITION,
      `shards without a primary in keyspace ${keyspace}: ${without.join(', ')}; give them one first`,
    );
  }
  return Promise.all(
    [...shards]
      .filter(([name]) => !without.includes(name))
      .map(async ([shard, { primaryAlias }]) => ({
        shard,
        primary: await topo.getTablet(primaryAlias as NonNullable<typeof primaryAlias>, signal),
      })),
  );
}

/** The database of a tablet on its mysqld. */
export function databaseName({ keyspace, dbNameOverride }: Tablet): string {
  return dbNameOverride === '' ? `vt_${keyspace}` : dbNameOverride;
}
