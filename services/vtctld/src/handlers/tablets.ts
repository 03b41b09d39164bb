import { tabletAliasEquals, tabletAliasString, tabletTypeName } from '@vitess-ts/proto';
import { TabletType, type Tablet, type TabletAlias } from '@vitess-ts/proto/topodata';
import type { ChangeTabletTypeRequest, ChangeTabletTypeResponse } from '@vitess-ts/proto/vtctldata';
import type { CallContext } from '@vitess-ts/servenv';
import { Code, VtError } from '@vitess-ts/vterrors';
import { requireAlias, shortCallMs, timeOf, type VtctldContext, type VtctldHandlers } from '../context';
import { isAcker } from '../is-acker';
import { listTablets } from '../list-tablets';

export function tabletHandlers(vtctld: VtctldContext): VtctldHandlers {
  const { topo, tm } = vtctld;
  return {
    async getTablets(request, { signal }) {
      return { tablets: await listTablets(vtctld, request, signal) };
    },

    async getTablet({ tabletAlias }, { signal }) {
      return { tablet: await topo.getTablet(requireAlias(tabletAlias), signal) };
    },

    async deleteTablets({ tabletAliases, allowPrimary }, { signal }) {
      for (const alias of tabletAliases)
        await deleteTablet(vtctld, requireAlias(alias), allowPrimary, signal);
      return {};
    },

    changeTabletType: (request, context) => changeTabletType(vtctld, request, context),

    async refreshStateByShard({ keyspace, shard, cells }, { signal }) {
      await topo.getShard(keyspace, shard, signal);
      const tablets = await topo.getTabletsByShard(keyspace, shard, { cells, signal });
      const settings = { signal, timeoutMs: shortCallMs };
      const failures: string[] = [];
      await Promise.all(
        tablets.map((tablet) =>
          tm.refreshState(tablet, {}, settings).catch((error: Error) => {
            failures.push(`${tabletAliasString(tablet.alias)}: ${error.message}`);
          }),
        ),
      );
      return { isPartialRefresh: failures.length > 0, partialRefreshDetails: failures.sort().join('\n') };
    },
  };
}

/** The shard forgets its primary before the tablet goes, so that a failure in between can be repeated. */
async function deleteTablet(
  { topo }: VtctldContext,
  alias: TabletAlias,
  allowPrimary: boolean,
  signal: AbortSignal,
): Promise<void> {
  const { keyspace, shard, type } = await topo.getTablet(alias, signal);
  const isPrimary =
    type === TabletType.PRIMARY &&
    tabletAliasEquals((await topo.getShard(keyspace, shard, signal)).primaryAlias, alias);
  if (isPrimary) {
    if (!allowPrimary) {
      throw new VtError(
        Code.FAILED_PRECONDITION,
        `cannot delete tablet ${tabletAliasString(alias)} as it is a primary, pass AllowPrimary = true`,
      );
    }
    await topo.withShardLock(
      keyspace,
      shard,
      `DeleteTablet(${tabletAliasString(alias)})`,
      async (lock) => {
        await lock.check(signal);
        await topo.updateShardFields(
          keyspace,
          shard,
          (record) => {
            if (!tabletAliasEquals(record.primaryAlias, alias)) return false;
            record.primaryAlias = undefined;
            record.primaryTermStartTime = timeOf(Date.now());
            return true;
          },
          signal,
        );
      },
      { signal },
    );
  }
  await topo.deleteTablet(alias, signal);
}

/** Types that a tablet may change between without a reparent. */
const trivialTypes: readonly TabletType[] = [
  TabletType.REPLICA,
  TabletType.RDONLY,
  TabletType.SPARE,
  TabletType.EXPERIMENTAL,
  TabletType.BACKUP,
  TabletType.DRAINED,
];

async function changeTabletType(
  vtctld: VtctldContext,
  { tabletAlias, dbType, dryRun }: ChangeTabletTypeRequest,
  { signal }: CallContext,
): Promise<ChangeTabletTypeResponse> {
  const { topo, tm } = vtctld;
  const alias = requireAlias(tabletAlias);
  const before = await topo.getTablet(alias, signal);
  if (!trivialTypes.includes(before.type) || !trivialTypes.includes(dbType)) {
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `invalid type change ${tabletTypeName(before.type)} -> ${tabletTypeName(dbType)} ` +
        `for tablet ${tabletAliasString(alias)}; a primary changes by a reparent`,
    );
  }
  const changed: Tablet = { ...before, type: dbType };
  const semiSync = await isAcker(vtctld, changed, signal);
  if (dryRun) return { beforeTablet: before, afterTablet: changed, wasDryRun: true };
  await tm.changeType(before, { tabletType: dbType, semiSync }, { signal, timeoutMs: shortCallMs });
  return { beforeTablet: before, afterTablet: await topo.getTablet(alias, signal), wasDryRun: false };
}
