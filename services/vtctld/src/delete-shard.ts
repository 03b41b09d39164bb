import { isNoNode } from '@vitess-ts/topo';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { VtctldContext } from './context';

export interface DeleteShardOptions {
  /** Delete the records of its tablets too. */
  recursive: boolean;
  /** Delete it although cells serve it. */
  evenIfServing: boolean;
  /** A shard that is not there is no error; cells that cannot be reached are passed over. */
  force: boolean;
  signal: AbortSignal;
}

/** Deletes a shard's records in all cells, then the global one. FAILED_PRECONDITION for what the options forbid. */
export async function deleteShard(
  vtctld: VtctldContext,
  keyspace: string,
  shard: string,
  options: DeleteShardOptions,
): Promise<void> {
  const { topo } = vtctld;
  const { force, evenIfServing, signal } = options;
  try {
    await topo.getShard(keyspace, shard, signal);
  } catch (error) {
    if (force && isNoNode(error)) return;
    throw error;
  }
  await topo.withShardLock(
    keyspace,
    shard,
    'DeleteShard',
    async (lock) => {
      const cells = await topo.getCellInfoNames(signal);
      const serving = await servingCells(vtctld, keyspace, shard, cells, options);
      if (serving.length > 0 && !evenIfServing) {
        throw new VtError(
          Code.FAILED_PRECONDITION,
          `shard ${keyspace}/${shard} is still serving in ${serving.join(', ')}; ` +
            `use EvenIfServing=true to force deletion`,
        );
      }
      for (const cell of cells) {
        await lock.check(signal);
        await forgiving(vtctld, force, cell, () => deleteInCell(vtctld, cell, keyspace, shard, options));
      }
      await lock.check(signal);
      await topo.deleteShard(keyspace, shard, signal);
    },
    { signal },
  );
}

async function servingCells(
  vtctld: VtctldContext,
  keyspace: string,
  shard: string,
  cells: readonly string[],
  { force, signal }: DeleteShardOptions,
): Promise<string[]> {
  const serving: string[] = [];
  for (const cell of cells) {
    await forgiving(vtctld, force, cell, async () => {
      const { partitions } = await vtctld.topo
        .getSrvKeyspace(cell, keyspace, signal)
        .catch((error: unknown) => {
          if (isNoNode(error)) return { partitions: [] };
          throw error;
        });
      if (partitions.some((p) => p.shardReferences.some(({ name }) => name === shard))) serving.push(cell);
    });
  }
  return serving;
}

async function deleteInCell(
  { topo }: VtctldContext,
  cell: string,
  keyspace: string,
  shard: string,
  { recursive, signal }: DeleteShardOptions,
): Promise<void> {
  const tablets = (await topo.getTabletsByCell(cell, signal)).filter(
    (tablet) => tablet.keyspace === keyspace && tablet.shard === shard,
  );
  if (tablets.length > 0 && !recursive) {
    throw new VtError(
      Code.FAILED_PRECONDITION,
      `shard ${keyspace}/${shard} still has ${tablets.length} tablets in cell ${cell}; ` +
        `use Recursive=true or remove them manually`,
    );
  }
  for (const { alias } of tablets) if (alias) await topo.deleteTablet(alias, signal);
  await topo.deleteShardReplication(cell, keyspace, shard, signal);
}

async function forgiving(
  { log }: VtctldContext,
  force: boolean,
  cell: string,
  fn: () => Promise<void>,
): Promise<void> {
  try {
    await fn();
  } catch (error) {
    // What the caller forbade is not forgiven, only what cannot be reached.
    const away = error instanceof VtError && error.code !== Code.FAILED_PRECONDITION;
    if (!force || !away) throw error;
    log.warn('a cell is passed over, as force allows', { cell, error });
  }
}
