import { CellInfo, CellsAlias } from '@vitess-ts/proto/topodata';
import { Code, VtError } from '@vitess-ts/vterrors';
import { notEmpty } from '../errors';
import {
  cellInfoPath,
  cellsAliasesDir,
  cellsAliasPath,
  cellsDir,
  checkName,
  keyspacesDir,
  tabletsDir,
} from './layout';
import type { RecordChange } from './record-store';
import { TopoLocks } from './topo-lock';

/** Cells, and groups of cells under one name. */
export class CellRecords extends TopoLocks {
  /** Sorted. */
  getCellInfoNames(signal?: AbortSignal): Promise<string[]> {
    return this.names(this.global, cellsDir, signal);
  }

  getCellInfo(cell: string, signal?: AbortSignal): Promise<CellInfo> {
    return this.readRecord(this.global, cellInfoPath(cell), CellInfo, signal);
  }

  /** ALREADY_EXISTS when there is such a cell. `root` must be another path than that of the global store. */
  async createCellInfo(cell: string, info: CellInfo, signal?: AbortSignal): Promise<void> {
    checkName('cell', cell);
    await this.createRecord(this.global, cellInfoPath(cell), CellInfo, info, signal);
  }

  /** Makes the cell when there is none. */
  updateCellInfoFields(
    cell: string,
    change: RecordChange<CellInfo>,
    signal?: AbortSignal,
  ): Promise<CellInfo> {
    checkName('cell', cell);
    return this.changeRecord(this.global, cellInfoPath(cell), CellInfo, change, {
      missing: () => CellInfo.create(),
      signal,
    });
  }

  /** FAILED_PRECONDITION while the cell holds tablets or serving records, unless forced. */
  async deleteCellInfo(cell: string, force: boolean, signal?: AbortSignal): Promise<void> {
    if (!force) {
      const conn = await this.connForCell(cell, signal);
      const [tablets, keyspaces] = [
        await this.names(conn, tabletsDir, signal),
        await this.names(conn, keyspacesDir, signal),
      ];
      if (tablets.length > 0) throw notEmpty(`cell ${cell} has tablets ${tablets.slice(0, 5).join(', ')}`);
      if (keyspaces.length > 0)
        throw notEmpty(`cell ${cell} serves keyspaces ${keyspaces.slice(0, 5).join(', ')}`);
    }
    await this.global.delete(cellInfoPath(cell), null, signal);
  }

  async getCellsAliases(signal?: AbortSignal): Promise<Map<string, CellsAlias>> {
    const aliases = new Map<string, CellsAlias>();
    for (const name of await this.names(this.global, cellsAliasesDir, signal)) {
      const alias = await this.readIfThere(this.global, cellsAliasPath(name), CellsAlias, signal);
      if (alias) aliases.set(name, alias);
    }
    return aliases;
  }

  async createCellsAlias(name: string, alias: CellsAlias, signal?: AbortSignal): Promise<void> {
    checkName('cells alias', name);
    await this.checkAlias(name, alias, signal);
    await this.createRecord(this.global, cellsAliasPath(name), CellsAlias, alias, signal);
  }

  async updateCellsAlias(name: string, alias: CellsAlias, signal?: AbortSignal): Promise<void> {
    await this.checkAlias(name, alias, signal);
    await this.changeRecord(
      this.global,
      cellsAliasPath(name),
      CellsAlias,
      (record) => {
        record.cells = [...alias.cells];
      },
      { signal },
    );
  }

  async deleteCellsAlias(name: string, signal?: AbortSignal): Promise<void> {
    await this.global.delete(cellsAliasPath(name), null, signal);
  }

  /** The alias that a cell belongs to, or the cell's own name. */
  async getAliasOfCell(cell: string, signal?: AbortSignal): Promise<string> {
    for (const [name, { cells }] of await this.getCellsAliases(signal)) if (cells.includes(cell)) return name;
    return cell;
  }

  /** Names of cells and of aliases as cells, each once; all cells for none. NOT_FOUND for a name that is neither. */
  async expandCells(names: readonly string[], signal?: AbortSignal): Promise<string[]> {
    const known = await this.getCellInfoNames(signal);
    if (names.length === 0) return known;
    const expanded = new Set<string>();
    let aliases: Map<string, CellsAlias> | undefined;
    for (const name of names) {
      if (known.includes(name)) {
        expanded.add(name);
        continue;
      }
      aliases ??= await this.getCellsAliases(signal);
      const alias = aliases.get(name);
      if (!alias) throw new VtError(Code.NOT_FOUND, `${name} is neither a cell nor a cells alias`);
      for (const cell of alias.cells) expanded.add(cell);
    }
    return [...expanded];
  }

  /** A cell may be in one alias only, else it would not be clear where its queries may go. */
  private async checkAlias(name: string, alias: CellsAlias, signal?: AbortSignal): Promise<void> {
    for (const [other, { cells }] of await this.getCellsAliases(signal)) {
      const both = other === name ? undefined : alias.cells.find((cell) => cells.includes(cell));
      if (both) throw new VtError(Code.FAILED_PRECONDITION, `cell ${both} is already in alias ${other}`);
    }
  }
}
