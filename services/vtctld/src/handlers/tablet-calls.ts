import type { Tablet, TabletAlias } from '@vitess-ts/proto/topodata';
import type { CallContext } from '@vitess-ts/servenv';
import { longCallMs, requireAlias, shortCallMs, type VtctldContext, type VtctldHandlers } from '../context';
import { isAcker } from '../is-acker';

interface Settings {
  signal: AbortSignal;
  timeoutMs: number;
}

/** Commands that one tablet carries out. */
export function tabletCallHandlers(vtctld: VtctldContext): VtctldHandlers {
  const { topo, tm } = vtctld;
  /** Calls the tablet that an alias names. */
  const onTablet = async <T>(
    alias: TabletAlias | undefined,
    { signal }: CallContext,
    call: (tablet: Tablet, settings: Settings) => Promise<T>,
    timeoutMs = shortCallMs,
  ): Promise<T> => call(await topo.getTablet(requireAlias(alias), signal), { signal, timeoutMs });

  return {
    async pingTablet({ tabletAlias }, context) {
      await onTablet(tabletAlias, context, (tablet, settings) =>
        tm.ping(tablet, { payload: 'ping' }, settings),
      );
      return {};
    },

    async refreshState({ tabletAlias }, context) {
      await onTablet(tabletAlias, context, (tablet, settings) => tm.refreshState(tablet, {}, settings));
      return {};
    },

    async runHealthCheck({ tabletAlias }, context) {
      await onTablet(tabletAlias, context, (tablet, settings) => tm.runHealthCheck(tablet, {}, settings));
      return {};
    },

    async setWritable({ tabletAlias, writable }, context) {
      await onTablet(tabletAlias, context, async (tablet, settings) => {
        if (writable) await tm.setReadWrite(tablet, {}, settings);
        else await tm.setReadOnly(tablet, {}, settings);
      });
      return {};
    },

    async startReplication({ tabletAlias }, context) {
      await onTablet(tabletAlias, context, async (tablet, settings) =>
        tm.startReplication(tablet, { semiSync: await isAcker(vtctld, tablet, context.signal) }, settings),
      );
      return {};
    },

    async stopReplication({ tabletAlias }, context) {
      await onTablet(tabletAlias, context, (tablet, settings) => tm.stopReplication(tablet, {}, settings));
      return {};
    },

    async getFullStatus({ tabletAlias }, context) {
      return onTablet(tabletAlias, context, (tablet, settings) => tm.fullStatus(tablet, {}, settings));
    },

    async getPermissions({ tabletAlias }, context) {
      return onTablet(tabletAlias, context, (tablet, settings) => tm.getPermissions(tablet, {}, settings));
    },

    async executeFetchAsApp({ tabletAlias, query, maxRows }, context) {
      const request = { query: Buffer.from(query), maxRows };
      return onTablet(
        tabletAlias,
        context,
        (tablet, settings) => tm.executeFetchAsApp(tablet, request, settings),
        longCallMs(context),
      );
    },

    async executeFetchAsDba({ tabletAlias, query, maxRows, disableBinlogs, reloadSchema }, context) {
      const request = {
        query: Buffer.from(query),
        dbName: '',
        maxRows,
        disableBinlogs,
        reloadSchema,
        disableForeignKeyChecks: false,
      };
      return onTablet(
        tabletAlias,
        context,
        (tablet, settings) => tm.executeFetchAsDba(tablet, request, settings),
        longCallMs(context),
      );
    },
  };
}
