import { CellInfo } from '@vitess-ts/proto/topodata';
import { requireName, type VtctldContext, type VtctldHandlers } from '../context';

export function cellHandlers({ topo }: VtctldContext): VtctldHandlers {
  return {
    async addCellInfo({ name, cellInfo }, { signal }) {
      await topo.createCellInfo(name, cellInfo ?? CellInfo.create(), signal);
      return {};
    },

    /** Empty fields of the request leave the record's as they are. */
    async updateCellInfo({ name, cellInfo }, { signal }) {
      const updated = await topo.updateCellInfoFields(
        name,
        (record) => {
          if (cellInfo?.serverAddress) record.serverAddress = cellInfo.serverAddress;
          if (cellInfo?.root) record.root = cellInfo.root;
        },
        signal,
      );
      return { name, cellInfo: updated };
    },

    async deleteCellInfo({ name, force }, { signal }) {
      await topo.deleteCellInfo(name, force, signal);
      return {};
    },

    async getCellInfo({ cell }, { signal }) {
      return { cellInfo: await topo.getCellInfo(requireName('cell', cell), signal) };
    },

    async getCellInfoNames(_, { signal }) {
      return { names: await topo.getCellInfoNames(signal) };
    },

    async addCellsAlias({ name, cells }, { signal }) {
      await topo.createCellsAlias(name, { cells }, signal);
      return {};
    },

    async updateCellsAlias({ name, cellsAlias }, { signal }) {
      const alias = { cells: cellsAlias?.cells ?? [] };
      await topo.updateCellsAlias(name, alias, signal);
      return { name, cellsAlias: alias };
    },

    async deleteCellsAlias({ name }, { signal }) {
      await topo.deleteCellsAlias(name, signal);
      return {};
    },

    async getCellsAliases(_, { signal }) {
      return { aliases: Object.fromEntries(await topo.getCellsAliases(signal)) };
    },
  };
}
