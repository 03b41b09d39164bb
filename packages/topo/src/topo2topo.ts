import { isNoNode } from './errors';
import type { Conn, ListedFile } from './conn';
import { globalCell } from './server/layout';
import type { TopoServer } from './server/topo-server';

/** Where the servers of cells are is a matter of each topology of its own. */
const cellsPrefix = 'cells/';

async function filesOf(conn: Conn, cell: string, signal?: AbortSignal): Promise<Map<string, ListedFile>> {
  const files = await conn.list('', signal).catch((error: unknown) => {
    if (isNoNode(error)) return [];
    throw error;
  });
  const wanted = files.filter(({ path }) => cell !== globalCell || !path.startsWith(cellsPrefix));
  return new Map(wanted.map((file) => [file.path, file]));
}

/** The global store and that of each cell that the first topology knows. The second must have these cells too. */
async function pairs(
  from: TopoServer,
  to: TopoServer,
  signal?: AbortSignal,
): Promise<[string, Conn, Conn][]> {
  const cells = [globalCell, ...(await from.getCellInfoNames(signal))];
  return Promise.all(
    cells.map(async (cell): Promise<[string, Conn, Conn]> => [
      cell,
      await from.connForCell(cell, signal),
      await to.connForCell(cell, signal),
    ]),
  );
}

/**
 * Copies all records of one topology to another, over what is there. Gives their number. NOT_FOUND when the other lacks a
 * cell: add it first. Nobody should change the first one meanwhile; `compareTopo` tells whether somebody did.
 */
export async function copyTopo(from: TopoServer, to: TopoServer, signal?: AbortSignal): Promise<number> {
  let copied = 0;
  for (const [cell, source, target] of await pairs(from, to, signal)) {
    for (const { path, contents } of (await filesOf(source, cell, signal)).values()) {
      await target.update(path, contents, null, signal);
      copied++;
    }
  }
  return copied;
}

/** One line for each record that is in one of two topologies only, or not the same in both; none when all are alike. */
export async function compareTopo(from: TopoServer, to: TopoServer, signal?: AbortSignal): Promise<string[]> {
  const differences: string[] = [];
  for (const [cell, source, target] of await pairs(from, to, signal)) {
    const [left, right] = [await filesOf(source, cell, signal), await filesOf(target, cell, signal)];
    for (const path of [...new Set([...left.keys(), ...right.keys()])].sort()) {
      const [one, other] = [left.get(path), right.get(path)];
      if (!one) differences.push(`/${cell}/${path} is in the second topology only`);
      else if (!other) differences.push(`/${cell}/${path} is in the first topology only`);
      else if (!one.contents.equals(other.contents)) differences.push(`/${cell}/${path} differs`);
    }
  }
  return differences;
}
