import { tabletAliasString } from '@vitess-ts/proto';
import { isNoNode } from '@vitess-ts/topo';
import { Code, VtError } from '@vitess-ts/vterrors';
import { requireName, type VtctldContext } from './context';

/**
 * Takes a cell out of a shard: its list of the shard's tablets is deleted, and these too when `recursive`. FAILED_PRECONDITION
 * while the cell has the primary, or tablets without `recursive`. `force` goes on when the cell cannot be reached.
 */
export async function removeShardCell(
  { topo, log }: VtctldContext,
  keyspace: string,
  shard: string,
  cell: string,
  options: { force: boolean; recursive: boolean; signal: AbortSignal },
): Promise<void> {
  const { force, recursive, signal } = options;
  const name = `${keyspace}/${shard}`;
  requireName('cell', cell);
  await topo.getCellInfo(cell, signal);
  const record = await topo.getShard(keyspace, shard, signal);
  if (record.primaryAlias?.cell === cell) {
    throw new VtError(
      Code.FAILED_PRECONDITION,
      `cell ${cell} has the primary ${tabletAliasString(record.primaryAlias)} of shard ${name}: reparent to another cell first`,
    );
  }
  try {
    const tablets = await topo.getTabletsByShard(keyspace, shard, { cells: [cell], signal });
    const listed = await topo.getShardReplication(cell, keyspace, shard, signal).catch((error: unknown) => {
      if (isNoNode(error)) return { nodes: [] };
      throw error;
    });
    const aliases = [...tablets.map(({ alias }) => tabletAliasString(alias))];
    if ((aliases.length > 0 || listed.nodes.length > 0) && !recursive) {
      const named = aliases.length > 0 ? `: ${aliases.join(', ')}` : ' in its list';
      throw new VtError(
        Code.FAILED_PRECONDITION,
        `cell ${cell} still has tablets of shard ${name}${named}; delete them, or use --recursive`,
      );
    }
    for (const { alias } of tablets) if (alias) await topo.deleteTablet(alias, signal);
    await topo.deleteShardReplication(cell, keyspace, shard, signal);
  } catch (error) {
    const refused = error instanceof VtError && error.code === Code.FAILED_PRECONDITION;
    if (!force || refused) throw error;
    log.warn('records of a cell stay behind', { keyspace, shard, cell, error });
  }
}
