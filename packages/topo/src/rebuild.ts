import { compareKeyRanges, isUnshardedName, keyRangeOrFull, partitionProblem } from '@vitess-ts/key';
import { tabletTypeName } from '@vitess-ts/proto';
import {
  KeyspaceType,
  type Shard,
  type ShardReference,
  SrvKeyspace,
  SrvKeyspace_KeyspacePartition,
  TabletType,
} from '@vitess-ts/proto/topodata';
import { Keyspace as VSchema, SrvVSchema } from '@vitess-ts/proto/vschema';
import { Code, VtError } from '@vitess-ts/vterrors';
import { isNoNode } from './errors';
import type { TopoServer } from './server/topo-server';

const servedTypes = [TabletType.PRIMARY, TabletType.REPLICA, TabletType.RDONLY];

export interface RebuildOptions {
  /** Cells or aliases of cells; all when empty. */
  cells?: readonly string[];
  /** A SNAPSHOT keyspace may serve a part of the keyspace ids. */
  allowPartial?: boolean;
  signal?: AbortSignal;
}

/**
 * Writes what each cell serves of a keyspace: per tablet type the shards whose primary serves. FAILED_PRECONDITION
 * when these shards overlap or leave a gap, and while a traffic switch has queries disabled on a shard; nothing is
 * written then. Takes the keyspace's lock.
 */
export async function rebuildKeyspaceGraph(
  topo: TopoServer,
  keyspace: string,
  options: RebuildOptions = {},
): Promise<void> {
  const { signal } = options;
  await topo.getKeyspace(keyspace, signal);
  await topo.withKeyspaceLock(
    keyspace,
    'RebuildKeyspace',
    async (lock) => {
      const record = await topo.getKeyspace(keyspace, signal);
      const shards = await topo.findAllShardsInKeyspace(keyspace, signal);
      const cells = await topo.expandCells(options.cells ?? [], signal);
      for (const cell of cells) await refuseDuringMigration(topo, cell, keyspace, signal);
      const srvKeyspace = SrvKeyspace.create({
        partitions: servingPartitions(shards),
        throttlerConfig: record.throttlerConfig,
        queryThrottlerConfig: record.queryThrottlerConfig,
      });
      const mayBePartial = record.keyspaceType === KeyspaceType.SNAPSHOT && options.allowPartial === true;
      if (!mayBePartial) checkPartitions(keyspace, srvKeyspace);
      await lock.check(signal);
      await Promise.all(cells.map((cell) => topo.updateSrvKeyspace(cell, keyspace, srvKeyspace, signal)));
    },
    { signal },
  );
}

async function refuseDuringMigration(
  topo: TopoServer,
  cell: string,
  keyspace: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const current = await topo.getSrvKeyspace(cell, keyspace, signal).catch((error: unknown) => {
    if (isNoNode(error)) return SrvKeyspace.create();
    throw error;
  });
  for (const { servedType, shardTabletControls } of current.partitions) {
    const disabled = shardTabletControls.find((control) => control.queryServiceDisabled);
    if (!disabled) continue;
    throw new VtError(
      Code.FAILED_PRECONDITION,
      `cannot rebuild keyspace ${keyspace} while a migration is under way: in cell ${cell} queries for ` +
        `${tabletTypeName(servedType)} are disabled on shard ${disabled.name}`,
    );
  }
}

/** One partition per served type, with the serving shards in the order of their key ranges; none without shards. */
function servingPartitions(shards: ReadonlyMap<string, Shard>): SrvKeyspace_KeyspacePartition[] {
  const references: ShardReference[] = [...shards]
    .filter(([, shard]) => shard.isPrimaryServing)
    .map(([name, shard]) => ({ name, keyRange: shard.keyRange }))
    .sort((a, b) => compareKeyRanges(keyRangeOrFull(a.keyRange), keyRangeOrFull(b.keyRange)));
  if (references.length === 0) return [];
  return servedTypes.map((servedType) =>
    SrvKeyspace_KeyspacePartition.create({ servedType, shardReferences: references }),
  );
}

/** Throws FAILED_PRECONDITION unless each partition's shards hold every keyspace id exactly once. */
export function checkPartitions(keyspace: string, { partitions }: SrvKeyspace): void {
  for (const { servedType, shardReferences } of partitions) {
    // Shards without key ranges are told apart by name alone: custom sharding.
    if (shardReferences.every(({ name, keyRange }) => isUnshardedName(name) && !keyRange)) continue;
    const problem = partitionProblem(shardReferences.map(({ keyRange }) => keyRangeOrFull(keyRange)));
    if (!problem) continue;
    throw new VtError(
      Code.FAILED_PRECONDITION,
      `keyspace ${keyspace} partition for ${tabletTypeName(servedType)}: ${problem}; ` +
        `its shards are ${shardReferences.map(({ name }) => name).join(', ')}`,
    );
  }
}

/** The serving vschema, as built now from all keyspaces' vschemas and the routing rules. */
export async function buildSrvVSchema(topo: TopoServer, signal?: AbortSignal): Promise<SrvVSchema> {
  const srvVSchema = SrvVSchema.create({
    routingRules: await topo.getRoutingRules(signal),
    shardRoutingRules: await topo.getShardRoutingRules(signal),
    keyspaceRoutingRules: await topo.getKeyspaceRoutingRules(signal),
    mirrorRules: await topo.getMirrorRules(signal),
  });
  for (const keyspace of await topo.getKeyspaces(signal)) {
    srvVSchema.keyspaces[keyspace] = await topo.getVSchema(keyspace, signal).catch((error: unknown) => {
      if (isNoNode(error)) return VSchema.create();
      throw error;
    });
  }
  return srvVSchema;
}

/** Writes the serving vschema into each cell. Under a named lock, so that an older one never overwrites a newer. */
export async function rebuildVSchemaGraph(
  topo: TopoServer,
  options: RebuildOptions = {},
): Promise<SrvVSchema> {
  const { signal } = options;
  return topo.withNameLock(
    'srv_vschema',
    'RebuildVSchemaGraph',
    async (lock) => {
      const cells = await topo.expandCells(options.cells ?? [], signal);
      const srvVSchema = await buildSrvVSchema(topo, signal);
      await lock.check(signal);
      await Promise.all(cells.map((cell) => topo.updateSrvVSchema(cell, srvVSchema, signal)));
      return srvVSchema;
    },
    { signal },
  );
}
