import type { SrvKeyspace } from '@vitess-ts/proto/topodata';
import type { SrvVSchema } from '@vitess-ts/proto/vschema';
import { isNoNode, rebuildKeyspaceGraph, rebuildVSchemaGraph, type TopoServer } from '@vitess-ts/topo';
import { requireName, type VtctldContext, type VtctldHandlers } from '../context';

export function servingGraphHandlers({ topo }: VtctldContext): VtctldHandlers {
  return {
    async rebuildKeyspaceGraph({ keyspace, cells, allowPartial }, { signal }) {
      await rebuildKeyspaceGraph(topo, requireName('keyspace', keyspace), { cells, allowPartial, signal });
      return {};
    },

    async rebuildVSchemaGraph({ cells }, { signal }) {
      await rebuildVSchemaGraph(topo, { cells, signal });
      return {};
    },

    async getSrvKeyspaceNames({ cells }, { signal }) {
      const names = await perCell(topo, cells, signal, async (cell) => ({
        names: await topo.getSrvKeyspaceNames(cell, signal),
      }));
      return { names };
    },

    async getSrvKeyspaces({ keyspace, cells }, { signal }) {
      const read = (cell: string): Promise<SrvKeyspace> => topo.getSrvKeyspace(cell, keyspace, signal);
      return { srvKeyspaces: await perCell(topo, cells, signal, read) };
    },

    async getSrvVSchema({ cell }, { signal }) {
      return { srvVSchema: await topo.getSrvVSchema(requireName('cell', cell), signal) };
    },

    async getSrvVSchemas({ cells }, { signal }) {
      const read = (cell: string): Promise<SrvVSchema> => topo.getSrvVSchema(cell, signal);
      return { srvVSchemas: await perCell(topo, cells, signal, read) };
    },

    async deleteSrvVSchema({ cell }, { signal }) {
      await topo.deleteSrvVSchema(requireName('cell', cell), signal);
      return {};
    },
  };
}

/** Reads a record of each of the cells (of all, for none); cells that do not have it are left out. */
async function perCell<T>(
  topo: TopoServer,
  cells: readonly string[],
  signal: AbortSignal,
  read: (cell: string) => Promise<T>,
): Promise<Record<string, T>> {
  const found: [string, T][] = [];
  for (const cell of await topo.expandCells(cells, signal)) {
    try {
      found.push([cell, await read(cell)]);
    } catch (error) {
      if (!isNoNode(error)) throw error;
    }
  }
  return Object.fromEntries(found);
}
