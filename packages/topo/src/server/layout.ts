import type { TabletAlias } from '@vitess-ts/proto/topodata';
import { tabletAliasString } from '@vitess-ts/proto';
import { Code, VtError } from '@vitess-ts/vterrors';

/**
 * Where records lie, as Vitess v24 lays them out. Global: cells, keyspaces, shards, vschemas, rules. In the store of
 * each cell: its tablets, ShardReplication, SrvKeyspace, SrvVSchema.
 */
export const globalCell = 'global';

export const cellsDir = 'cells';
export const cellsAliasesDir = 'cells_aliases';
export const keyspacesDir = 'keyspaces';
export const tabletsDir = 'tablets';
export const namedLocksDir = 'internal/named_locks';

export const cellInfoPath = (cell: string): string => `${cellsDir}/${cell}/CellInfo`;
export const cellsAliasPath = (alias: string): string => `${cellsAliasesDir}/${alias}/CellsAlias`;
export const keyspaceDir = (keyspace: string): string => `${keyspacesDir}/${keyspace}`;
export const keyspacePath = (keyspace: string): string => `${keyspaceDir(keyspace)}/Keyspace`;
export const vschemaPath = (keyspace: string): string => `${keyspaceDir(keyspace)}/VSchema`;
export const shardsDir = (keyspace: string): string => `${keyspaceDir(keyspace)}/shards`;
export const shardDir = (keyspace: string, shard: string): string => `${shardsDir(keyspace)}/${shard}`;
export const shardPath = (keyspace: string, shard: string): string => `${shardDir(keyspace, shard)}/Shard`;
export const shardReplicationPath = (keyspace: string, shard: string): string =>
  `${shardDir(keyspace, shard)}/ShardReplication`;
export const tabletPath = (alias: TabletAlias): string => `${tabletsDir}/${tabletAliasString(alias)}/Tablet`;
export const srvKeyspacePath = (keyspace: string): string => `${keyspaceDir(keyspace)}/SrvKeyspace`;
export const srvVSchemaPath = 'SrvVSchema';
export const routingRulesPath = 'RoutingRules';
export const shardRoutingRulesPath = 'ShardRoutingRules';
export const keyspaceRoutingRulesPath = 'routing_rules/keyspace/Rules';
export const mirrorRulesPath = 'MirrorRules';

const messageByFile: Readonly<Record<string, string>> = {
  CellInfo: 'topodata.CellInfo',
  CellsAlias: 'topodata.CellsAlias',
  Keyspace: 'topodata.Keyspace',
  Shard: 'topodata.Shard',
  VSchema: 'vschema.Keyspace',
  ShardReplication: 'topodata.ShardReplication',
  Tablet: 'topodata.Tablet',
  SrvVSchema: 'vschema.SrvVSchema',
  SrvKeyspace: 'topodata.SrvKeyspace',
  RoutingRules: 'vschema.RoutingRules',
  ShardRoutingRules: 'vschema.ShardRoutingRules',
  MirrorRules: 'vschema.MirrorRules',
  Rules: 'vschema.KeyspaceRoutingRules',
  ExternalClusters: 'topodata.ExternalVitessCluster',
};

/** The full name of the message that a file of the topology holds; undefined for a file of no known kind. */
export function messageTypeOfPath(path: string): string | undefined {
  const file = path.slice(path.lastIndexOf('/') + 1);
  return Object.hasOwn(messageByFile, file) ? messageByFile[file] : undefined;
}

/** Throws INVALID_ARGUMENT for what cannot name a keyspace, cell or alias: names become segments of paths. */
export function checkName(kind: 'keyspace' | 'cell' | 'cells alias', name: string): void {
  // Names are keys of maps in records, too.
  const reserved = name === '__proto__' || (kind === 'cell' && name === globalCell);
  if (/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$/.test(name) && !reserved) return;
  throw new VtError(
    Code.INVALID_ARGUMENT,
    `${JSON.stringify(name.slice(0, 128))} is not a ${kind} name: use up to 64 letters, digits, _ . and -` +
      (kind === 'cell' ? `, and not "${globalCell}"` : ''),
  );
}
