import { messageToJson } from '@vitess-ts/proto';
import type { TopologyCell } from '@vitess-ts/proto/vtctldata';
import { globalCell, isNoNode, messageTypeOfPath } from '@vitess-ts/topo';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { VtctldContext, VtctldHandlers } from '../context';

export function topologyHandlers(vtctld: VtctldContext): VtctldHandlers {
  return {
    async getTopologyPath({ path, version }, { signal }) {
      if (version !== 0n) {
        throw new VtError(
          Code.UNIMPLEMENTED,
          'this topology keeps no old versions of a file: leave the version out',
        );
      }
      return { cell: await readPath(vtctld, path, signal) };
    },
  };
}

/** `/` lists the cells; below `/<cell>` are the paths of its store. Records are shown as JSON. */
async function readPath({ topo }: VtctldContext, path: string, signal: AbortSignal): Promise<TopologyCell> {
  const [cell, ...rest] = path.replace(/^\/|\/$/g, '').split('/');
  const name = rest.length > 0 ? rest[rest.length - 1] : cell;
  const node: TopologyCell = { name, path, data: '', children: [], version: 0n };
  if (cell === '') {
    return { ...node, path: '/', children: [globalCell, ...(await topo.getCellInfoNames(signal))] };
  }
  const conn = await topo.connForCell(cell, signal);
  const below = rest.join('/');
  if (below !== '') {
    try {
      const { contents, version } = await conn.get(below, signal);
      return {
        ...node,
        data: describe(below, contents),
        version: /^\d+$/.test(version) ? BigInt(version) : 0n,
      };
    } catch (error) {
      if (!isNoNode(error)) throw error;
    }
  }
  try {
    const children = await conn.listDir(below, false, signal);
    return { ...node, children: children.map((entry) => entry.name) };
  } catch (error) {
    // A cell that holds nothing yet is there all the same.
    if (below === '' && isNoNode(error)) return node;
    throw error;
  }
}

function describe(path: string, contents: Buffer): string {
  const type = messageTypeOfPath(path);
  return type
    ? JSON.stringify(messageToJson(type, contents, { emitUnpopulated: false }), null, 2)
    : contents.toString();
}
