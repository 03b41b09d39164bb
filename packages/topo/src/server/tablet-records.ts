import { tabletAliasEquals, tabletAliasString } from '@vitess-ts/proto';
import { ShardReplication, Tablet, type TabletAlias } from '@vitess-ts/proto/topodata';
import { Code, VtError } from '@vitess-ts/vterrors';
import { asVtError, isNodeExists, isNoNode, noNode } from '../errors';
import { globalCell, shardReplicationPath, tabletPath, tabletsDir } from './layout';
import { decodeRecord, type RecordChange } from './record-store';
import { ShardRecords } from './shard-records';

/**
 * Some cells could not be read. `tablets` are those of the others: enough to show, not to decide on unless it does not
 * matter who is missing.
 */
export class PartialTabletsError extends VtError {
  constructor(
    readonly tablets: Tablet[],
    readonly unreadableCells: ReadonlyMap<string, VtError>,
  ) {
    const cells = [...unreadableCells].map(([cell, error]) => `${cell} (${error.message})`);
    super(Code.UNAVAILABLE, `partial result: cells could not be read: ${cells.join(', ')}`);
    this.name = 'PartialTabletsError';
  }
}

/** Tablets, each in the store of its cell, and the lists of a shard's tablets per cell (ShardReplication). */
export class TabletRecords extends ShardRecords {
  async getTablet(alias: TabletAlias, signal?: AbortSignal): Promise<Tablet> {
    const conn = await this.connForCell(alias.cell, signal);
    const tablet = await this.readIfThere(conn, tabletPath(alias), Tablet, signal);
    if (!tablet) throw noNode(`tablet ${tabletAliasString(alias)}`);
    return tablet;
  }

  /** ALREADY_EXISTS when there is such a tablet. NOT_FOUND when its cell does not exist. */
  async createTablet(tablet: Tablet, signal?: AbortSignal): Promise<void> {
    const alias = aliasOf(tablet);
    const conn = await this.connForCell(alias.cell, signal);
    await this.createRecord(conn, tabletPath(alias), Tablet, tablet, signal);
    await this.addShardReplication(aliasOf(tablet), tablet.keyspace, tablet.shard, signal);
  }

  /**
   * What a starting tablet does: creates its record, or replaces the one that it left. FAILED_PRECONDITION when that
   * one belongs to another shard: it has to be deleted first.
   */
  async initTablet(tablet: Tablet, signal?: AbortSignal): Promise<void> {
    const alias = aliasOf(tablet);
    try {
      await this.createTablet(tablet, signal);
      return;
    } catch (error) {
      if (!isNodeExists(error)) throw error;
    }
    await this.updateTabletFields(
      alias,
      (record) => {
        if (record.keyspace !== tablet.keyspace || record.shard !== tablet.shard) {
          throw new VtError(
            Code.FAILED_PRECONDITION,
            `tablet ${tabletAliasString(alias)} belongs to ${record.keyspace}/${record.shard}, ` +
              `not ${tablet.keyspace}/${tablet.shard}: delete it first`,
          );
        }
        Object.assign(record, tablet);
      },
      signal,
    );
    await this.addShardReplication(aliasOf(tablet), tablet.keyspace, tablet.shard, signal);
  }

  async updateTabletFields(
    alias: TabletAlias,
    change: RecordChange<Tablet>,
    signal?: AbortSignal,
  ): Promise<Tablet> {
    const conn = await this.connForCell(alias.cell, signal);
    return this.changeRecord(conn, tabletPath(alias), Tablet, change, { signal });
  }

  /** Deletes the record and takes it out of its shard's list. */
  async deleteTablet(alias: TabletAlias, signal?: AbortSignal): Promise<void> {
    const tablet = await this.getTablet(alias, signal);
    const conn = await this.connForCell(alias.cell, signal);
    await conn.delete(tabletPath(alias), null, signal);
    await this.removeShardReplication(alias, tablet.keyspace, tablet.shard, signal);
  }

  /** Sorted by alias. */
  async getTabletsByCell(cell: string, signal?: AbortSignal): Promise<Tablet[]> {
    const conn = await this.connForCell(cell, signal);
    const files = await this.files(conn, tabletsDir, signal);
    return files
      .filter(({ path }) => path.endsWith('/Tablet'))
      .map(({ path, contents }) => decodeRecord(path, Tablet, contents));
  }

  /** All tablets of a shard, by the tablets' own records. Cells that cannot be read: PartialTabletsError. */
  async getTabletsByShard(
    keyspace: string,
    shard: string,
    options: { cells?: readonly string[]; signal?: AbortSignal } = {},
  ): Promise<Tablet[]> {
    const cells = await this.expandCells(options.cells ?? [], options.signal);
    return this.getTabletsByCells(cells, (t) => t.keyspace === keyspace && t.shard === shard, options.signal);
  }

  /** The tablets of some cells that pass the filter. Cells that cannot be read: PartialTabletsError. */
  async getTabletsByCells(
    cells: readonly string[],
    filter: (tablet: Tablet) => boolean,
    signal?: AbortSignal,
  ): Promise<Tablet[]> {
    const unreadable = new Map<string, VtError>();
    const perCell = await Promise.all(
      cells.map(async (cell) => {
        try {
          return (await this.getTabletsByCell(cell, signal)).filter(filter);
        } catch (error) {
          unreadable.set(cell, asVtError(error));
          return [];
        }
      }),
    );
    if (unreadable.size > 0) throw new PartialTabletsError(perCell.flat(), unreadable);
    return perCell.flat();
  }

  async getShardReplication(
    cell: string,
    keyspace: string,
    shard: string,
    signal?: AbortSignal,
  ): Promise<ShardReplication> {
    const conn = await this.connForCell(cell, signal);
    return this.readRecord(conn, shardReplicationPath(keyspace, shard), ShardReplication, signal);
  }

  /** No error when there is none. */
  async deleteShardReplication(
    cell: string,
    keyspace: string,
    shard: string,
    signal?: AbortSignal,
  ): Promise<void> {
    const conn = await this.connForCell(cell, signal);
    try {
      await conn.delete(shardReplicationPath(keyspace, shard), null, signal);
    } catch (error) {
      if (!isNoNode(error)) throw error;
    }
  }

  /** @param cell whose list; the tablet's own when not given. */
  async removeShardReplication(
    alias: TabletAlias,
    keyspace: string,
    shard: string,
    signal?: AbortSignal,
    cell = alias.cell,
  ): Promise<void> {
    await this.changeReplication(cell, keyspace, shard, signal, (record) => {
      const rest = record.nodes.filter((node) => !tabletAliasEquals(node.tabletAlias, alias));
      if (rest.length === record.nodes.length) return false;
      record.nodes = rest;
      return true;
    });
  }

  /** Puts a tablet on its cell's list of the shard's tablets, as its start does. */
  async addShardReplication(
    alias: TabletAlias,
    keyspace: string,
    shard: string,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.changeReplication(alias.cell, keyspace, shard, signal, (record) => {
      if (record.nodes.some((node) => tabletAliasEquals(node.tabletAlias, alias))) return false;
      record.nodes.push({ tabletAlias: alias });
      return true;
    });
  }

  private async changeReplication(
    cell: string,
    keyspace: string,
    shard: string,
    signal: AbortSignal | undefined,
    change: (record: ShardReplication) => boolean,
  ): Promise<void> {
    const conn = await this.connForCell(cell, signal);
    await this.changeRecord(conn, shardReplicationPath(keyspace, shard), ShardReplication, change, {
      missing: () => ShardReplication.create(),
      signal,
    });
  }
}

function aliasOf(tablet: Tablet): TabletAlias {
  const { alias } = tablet;
  if (!alias || alias.cell === '' || alias.cell === globalCell) {
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `a tablet needs an alias with a cell, not "${tabletAliasString(alias)}"`,
    );
  }
  return alias;
}
