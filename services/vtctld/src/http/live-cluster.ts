import { tabletAliasString, tabletTypeLowerName } from '@vitess-ts/proto';
import type { TabletHealth } from '@vitess-ts/discovery';
import type { Shard } from '@vitess-ts/proto/topodata';
import type { TopoServer } from '@vitess-ts/topo';
import type { ClusterHealth } from './cluster-health';

/** A tablet as the page shows it. */
export interface LiveTablet {
  alias: string;
  cell: string;
  keyspace: string;
  shard: string;
  /** Lower case: primary, replica, rdonly ... */
  type: string;
  hostname: string;
  ports: Record<string, number>;
  mysql_hostname: string;
  mysql_port: number;
  serving: boolean;
  /** 0 where nothing is known. */
  lag_seconds: number;
  /** Statements a second, the mean of the last ten seconds. */
  qps: number;
  /** Why it does not serve; empty when it does. */
  error: string;
  /** Unix seconds; 0 for others than primaries. */
  primary_term_start: number;
}

export interface LiveShard {
  name: string;
  /** Empty when the shard has none. */
  primary_alias: string;
  is_primary_serving: boolean;
  tablets: LiveTablet[];
}

export interface LiveKeyspace {
  name: string;
  durability_policy: string;
  shards: LiveShard[];
}

/** All that the dashboard shows, as it is at one moment. */
export interface LiveCluster {
  cells: string[];
  keyspaces: LiveKeyspace[];
}

/** Joins the records of the topology with what the tablets say. */
export async function liveCluster(
  topo: TopoServer,
  health: ClusterHealth,
  signal: AbortSignal,
): Promise<LiveCluster> {
  const [cells, names, tablets] = await Promise.all([
    topo.getCellInfoNames(signal),
    topo.getKeyspaces(signal),
    health.tablets(),
  ]);
  const keyspaces = await Promise.all(
    names.map(async (name) => {
      const [record, shards] = await Promise.all([
        topo.getKeyspace(name, signal),
        topo.findAllShardsInKeyspace(name, signal),
      ]);
      const mine = tablets.filter(({ tablet }) => tablet.keyspace === name);
      return {
        name,
        durability_policy: record.durabilityPolicy,
        shards: [...shards].map(([shard, shardRecord]) => liveShard(shard, shardRecord, mine)),
      };
    }),
  );
  return { cells, keyspaces };
}

function liveShard(name: string, record: Shard, tablets: readonly TabletHealth[]): LiveShard {
  return {
    name,
    primary_alias: record.primaryAlias ? tabletAliasString(record.primaryAlias) : '',
    is_primary_serving: record.isPrimaryServing,
    tablets: tablets
      .filter(({ tablet }) => tablet.shard === name)
      .map(liveTablet)
      .sort((a, b) => (a.alias < b.alias ? -1 : 1)),
  };
}

export function liveTablet(health: TabletHealth): LiveTablet {
  const { tablet, target, stats, serving, lastError } = health;
  return {
    alias: health.alias,
    cell: tablet.alias?.cell ?? '',
    keyspace: tablet.keyspace,
    shard: tablet.shard,
    type: tabletTypeLowerName(stats ? target.tabletType : tablet.type),
    hostname: tablet.hostname,
    ports: tablet.portMap,
    mysql_hostname: tablet.mysqlHostname,
    mysql_port: tablet.mysqlPort,
    serving,
    lag_seconds: health.lagSeconds,
    qps: Math.round((stats?.qps ?? 0) * 10) / 10,
    error: serving ? '' : stats?.healthError || lastError?.message || 'it has not said how it is yet',
    primary_term_start: health.primaryTermStart,
  };
}
