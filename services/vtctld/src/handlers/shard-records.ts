import { tabletTypeName } from '@vitess-ts/proto';
import { Shard, Shard_SourceShard, Shard_TabletControl, TabletType } from '@vitess-ts/proto/topodata';
import type { SetShardTabletControlRequest } from '@vitess-ts/proto/vtctldata';
import type { TopoServer } from '@vitess-ts/topo';
import { Code, VtError } from '@vitess-ts/vterrors';
import { requireAlias, requireName, type VtctldContext, type VtctldHandlers } from '../context';
import { removeShardCell } from '../remove-shard-cell';
import { fixShardReplication } from '../fix-shard-replication';

/** Changes to the records of a shard beside who serves: what is refused, where rows come from, which cells hold tablets. */
export function shardRecordHandlers(vtctld: VtctldContext): VtctldHandlers {
  const { topo } = vtctld;
  return {
    async setShardTabletControl(request, { signal }) {
      const { keyspace, shard } = request;
      const shown = await changeLocked(topo, keyspace, shard, 'SetShardTabletControl', signal, (record) =>
        changeTabletControl(record, request),
      );
      return { shard: shown };
    },

    async setVtorcEmergencyReparent({ keyspace, shard, disable }, { signal }) {
      if (shard === '') {
        await topo.updateKeyspaceFields(
          requireName('keyspace', keyspace),
          (record) => void (record.vtorcState = { ...record.vtorcState, disableEmergencyReparent: disable }),
          signal,
        );
      } else {
        await changeLocked(
          topo,
          keyspace,
          shard,
          'SetVtorcEmergencyReparent',
          signal,
          (record) => void (record.vtorcState = { ...record.vtorcState, disableEmergencyReparent: disable }),
        );
      }
      return {};
    },

    async sourceShardAdd(request, { signal }) {
      const { keyspace, shard, uid, sourceKeyspace, sourceShard, keyRange, tables } = request;
      requireName('source keyspace', sourceKeyspace);
      requireName('source shard', sourceShard);
      const record = await changeLocked(topo, keyspace, shard, 'SourceShardAdd', signal, (changed) => {
        if (changed.sourceShards.some((source) => source.uid === uid)) {
          throw new VtError(
            Code.ALREADY_EXISTS,
            `shard ${keyspace}/${shard} has a source shard with uid ${uid}: delete it first`,
          );
        }
        changed.sourceShards.push(
          Shard_SourceShard.create({ uid, keyspace: sourceKeyspace, shard: sourceShard, keyRange, tables }),
        );
      });
      return { shard: record };
    },

    async sourceShardDelete({ keyspace, shard, uid }, { signal }) {
      const record = await changeLocked(topo, keyspace, shard, 'SourceShardDelete', signal, (changed) => {
        const rest = changed.sourceShards.filter((source) => source.uid !== uid);
        if (rest.length === changed.sourceShards.length) {
          throw new VtError(Code.NOT_FOUND, `shard ${keyspace}/${shard} has no source shard with uid ${uid}`);
        }
        changed.sourceShards = rest;
      });
      return { shard: record };
    },

    async removeShardCell({ keyspace, shardName, cell, force, recursive }, { signal }) {
      await topo.getShard(keyspace, shardName, signal);
      await removeShardCell(vtctld, keyspace, shardName, cell, { force, recursive, signal });
      return {};
    },

    async removeKeyspaceCell({ keyspace, cell, force, recursive }, { signal }) {
      await topo.getKeyspace(requireName('keyspace', keyspace), signal);
      requireName('cell', cell);
      for (const shard of await topo.getShardNames(keyspace, signal)) {
        await removeShardCell(vtctld, keyspace, shard, cell, { force, recursive, signal });
      }
      try {
        await topo.deleteSrvKeyspace(cell, keyspace, signal);
      } catch (error) {
        if (!force) throw error;
      }
      return {};
    },

    async shardReplicationAdd({ keyspace, shard, tabletAlias }, { signal }) {
      await topo.getShard(keyspace, shard, signal);
      await topo.addShardReplication(requireAlias(tabletAlias), keyspace, shard, signal);
      return {};
    },

    async shardReplicationRemove({ keyspace, shard, tabletAlias }, { signal }) {
      await topo.getShard(keyspace, shard, signal);
      await topo.removeShardReplication(requireAlias(tabletAlias), keyspace, shard, signal);
      return {};
    },

    async shardReplicationFix({ keyspace, shard, cell }, { signal }) {
      await topo.getShard(keyspace, shard, signal);
      return { error: await fixShardReplication(topo, keyspace, shard, requireName('cell', cell), signal) };
    },
  };
}

async function changeLocked(
  topo: TopoServer,
  keyspace: string,
  shard: string,
  action: string,
  signal: AbortSignal,
  change: (record: Shard) => void,
): Promise<Shard> {
  requireName('keyspace', keyspace);
  requireName('shard', shard);
  await topo.getShard(keyspace, shard, signal);
  return topo.withShardLock(
    keyspace,
    shard,
    action,
    async (lock) => {
      await lock.check(signal);
      return topo.updateShardFields(keyspace, shard, change, signal);
    },
    { signal },
  );
}

function changeTabletControl(record: Shard, request: SetShardTabletControlRequest): void {
  const { tabletType, cells, deniedTables, disableQueryService, remove } = request;
  if (tabletType === TabletType.UNKNOWN) {
    throw new VtError(Code.INVALID_ARGUMENT, 'a tablet type is needed: primary, replica or rdonly');
  }
  if (disableQueryService) {
    throw new VtError(
      Code.INVALID_ARGUMENT,
      'query service is disabled in the serving keyspace by a traffic switch, not here: use denied tables',
    );
  }
  const control = record.tabletControls.find((one) => one.tabletType === tabletType);
  if (remove) {
    if (!control) return;
    control.cells = cells.length === 0 ? [] : control.cells.filter((cell) => !cells.includes(cell));
    const gone = cells.length === 0 || control.cells.length === 0;
    if (gone) record.tabletControls = record.tabletControls.filter((one) => one !== control);
    return;
  }
  if (control?.frozen) {
    throw new VtError(
      Code.FAILED_PRECONDITION,
      `the tablet control of ${tabletTypeName(tabletType)} is frozen by a traffic switch under way: finish or reverse it first`,
    );
  }
  if (!control) {
    record.tabletControls.push(
      Shard_TabletControl.create({ tabletType, cells: [...cells], deniedTables: [...deniedTables] }),
    );
    return;
  }
  control.cells = cells.length === 0 ? [] : [...new Set([...control.cells, ...cells])].sort();
  control.deniedTables = [...new Set([...control.deniedTables, ...deniedTables])].sort();
}
