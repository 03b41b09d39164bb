import { tabletAliasString } from '@vitess-ts/proto';
import { TabletType, type Tablet } from '@vitess-ts/proto/topodata';
import type { GetTabletsRequest } from '@vitess-ts/proto/vtctldata';
import type { Time } from '@vitess-ts/proto/vttime';
import { isNoNode, PartialTabletsError } from '@vitess-ts/topo';
import { Code, VtError } from '@vitess-ts/vterrors';
import { compareTimes, requireAlias, type VtctldContext } from './context';

/**
 * The tablets that a request asks for, sorted by alias. Unless it is strict, tablets and cells that cannot be read are
 * left out, as long as there is something to show.
 */
export async function listTablets(
  vtctld: VtctldContext,
  request: GetTabletsRequest,
  signal: AbortSignal,
): Promise<Tablet[]> {
  const { keyspace, shard, tabletType } = request;
  if (shard !== '' && keyspace === '') {
    throw new VtError(Code.INVALID_ARGUMENT, 'a shard is asked for by its keyspace and shard');
  }
  const found =
    request.tabletAliases.length > 0
      ? await byAlias(vtctld, request, signal)
      : await byCell(vtctld, request, signal);
  return withoutStalePrimaries(found)
    .filter((tablet) => tabletType === TabletType.UNKNOWN || tablet.type === tabletType)
    .sort((a, b) => (tabletAliasString(a.alias) < tabletAliasString(b.alias) ? -1 : 1));
}

async function byAlias(
  { topo, log }: VtctldContext,
  { tabletAliases, strict }: GetTabletsRequest,
  signal: AbortSignal,
): Promise<Tablet[]> {
  const tablets = await Promise.all(
    tabletAliases.map(async (alias) => {
      try {
        return [await topo.getTablet(requireAlias(alias), signal)];
      } catch (error) {
        if (strict) throw error;
        log.warn('a tablet is left out of the list', { alias: tabletAliasString(alias), error });
        return [];
      }
    }),
  );
  return tablets.flat();
}

async function byCell(
  { topo, log }: VtctldContext,
  { keyspace, shard, cells, strict }: GetTabletsRequest,
  signal: AbortSignal,
): Promise<Tablet[]> {
  if (keyspace !== '' && shard !== '') await topo.getShard(keyspace, shard, signal);
  const wanted = (tablet: Tablet): boolean =>
    (keyspace === '' || tablet.keyspace === keyspace) && (shard === '' || tablet.shard === shard);
  try {
    return await topo.getTabletsByCells(await topo.expandCells(cells, signal), wanted, signal);
  } catch (error) {
    const partial = error instanceof PartialTabletsError && !strict;
    if (!partial || (error.tablets.length === 0 && ![...error.unreadableCells.values()].every(isNoNode)))
      throw error;
    log.warn('tablets are left out of the list', { error });
    return error.tablets;
  }
}

/** A tablet that still says it is the primary, but whose shard has a later one, is shown as UNKNOWN. */
function withoutStalePrimaries(tablets: readonly Tablet[]): Tablet[] {
  const latest = new Map<string, Time | undefined>();
  for (const { keyspace, shard, type, primaryTermStartTime: start } of tablets) {
    const key = `${keyspace}/${shard}`;
    if (type === TabletType.PRIMARY && compareTimes(start, latest.get(key)) > 0) latest.set(key, start);
  }
  return tablets.map((tablet) => {
    const { keyspace, shard, type, primaryTermStartTime: start } = tablet;
    const stale = type === TabletType.PRIMARY && compareTimes(start, latest.get(`${keyspace}/${shard}`)) < 0;
    return stale ? { ...tablet, type: TabletType.UNKNOWN } : tablet;
  });
}
