import { tabletAliasString } from '@vitess-ts/proto';
import { TabletType } from '@vitess-ts/proto/topodata';
import type { Status } from '@vitess-ts/proto/replicationdata';
import type { Tablet } from '@vitess-ts/proto/topodata';
import { Status as StatusCodec } from '@vitess-ts/proto/replicationdata';
import { splitStatements } from '@vitess-ts/sqlparser';
import { Code, VtError } from '@vitess-ts/vterrors';
import {
  durationMs,
  longCallMs,
  requireAlias,
  shortCallMs,
  type VtctldContext,
  type VtctldHandlers,
} from '../context';
import { tabletVersion } from '../tablet-version';

const longestSleepMs = 60 * 60 * 1000;

/** Rarer things that one tablet is told to do, or asked. */
export function tabletActionHandlers({ topo, tm }: VtctldContext): VtctldHandlers {
  return {
    async changeTabletTags({ tabletAlias, tags, replace }, { signal }) {
      for (const [key, value] of Object.entries(tags)) checkTag(key, value);
      const tablet = await topo.getTablet(requireAlias(tabletAlias), signal);
      const afterTags = changedTags(tablet.tags, tags, replace);
      const settings = { signal, timeoutMs: shortCallMs };
      const told = await tm.changeTags(tablet, { tags, replace }, settings).then(
        ({ tags: now }) => now,
        async (error: unknown) => {
          // A tablet of an older version: it reads its record again instead.
          if (!(error instanceof VtError) || error.code !== Code.UNIMPLEMENTED) throw error;
          await topo.updateTabletFields(
            requireAlias(tabletAlias),
            (record) => void (record.tags = changedTags(record.tags, tags, replace)),
            signal,
          );
          await tm.refreshState(tablet, {}, settings);
          return afterTags;
        },
      );
      return { beforeTags: tablet.tags, afterTags: Object.keys(told).length > 0 ? told : afterTags };
    },

    async sleepTablet({ tabletAlias, duration }, { signal }) {
      const sleepMs = durationMs(duration, 0);
      if (sleepMs <= 0 || sleepMs > longestSleepMs) {
        throw new VtError(Code.INVALID_ARGUMENT, 'the duration must be above 0 and at most 1 h');
      }
      const tablet = await topo.getTablet(requireAlias(tabletAlias), signal);
      await tm.sleep(
        tablet,
        { duration: BigInt(Math.round(sleepMs * 1e6)) },
        { signal, timeoutMs: sleepMs + shortCallMs },
      );
      return {};
    },

    async executeHook({ tabletAlias, tabletHookRequest }, context) {
      const { signal } = context;
      const name = tabletHookRequest?.name ?? '';
      if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/.test(name)) {
        throw new VtError(
          Code.INVALID_ARGUMENT,
          `${JSON.stringify(name.slice(0, 128))} is no name of a hook: a file in the hook folder of the tablet, without a path`,
        );
      }
      const tablet = await topo.getTablet(requireAlias(tabletAlias), signal);
      const request = { name, parameters: [], extraEnv: {}, ...tabletHookRequest };
      const result = await tm.executeHook(tablet, request, { signal, timeoutMs: longCallMs(context) });
      return { hookResult: result };
    },

    async executeMultiFetchAsDba(request, context) {
      const { sql, maxRows, disableBinlogs, reloadSchema } = request;
      if (splitStatements(sql).length === 0)
        throw new VtError(Code.INVALID_ARGUMENT, 'there is no SQL to run');
      const tablet = await topo.getTablet(requireAlias(request.tabletAlias), context.signal);
      const asked = {
        sql: Buffer.from(sql),
        dbName: '',
        maxRows,
        disableBinlogs,
        reloadSchema,
        disableForeignKeyChecks: false,
      };
      const settings = { signal: context.signal, timeoutMs: longCallMs(context) };
      return tm.executeMultiFetchAsDba(tablet, asked, settings);
    },

    async getVersion({ tabletAlias }, { signal }) {
      const tablet = await topo.getTablet(requireAlias(tabletAlias), signal);
      return { version: await tabletVersion(tablet, signal) };
    },

    async checkThrottler({ tabletAlias, appName, scope, skipRequestHeartbeats, okIfNotExists }, { signal }) {
      const tablet = await topo.getTablet(requireAlias(tabletAlias), signal);
      const request = { appName, scope, skipRequestHeartbeats, okIfNotExists };
      const check = await tm.checkThrottler(tablet, request, { signal, timeoutMs: shortCallMs });
      return { tabletAlias, Check: check };
    },

    async getThrottlerStatus({ tabletAlias }, { signal }) {
      const tablet = await topo.getTablet(requireAlias(tabletAlias), signal);
      return { status: await tm.getThrottlerStatus(tablet, {}, { signal, timeoutMs: shortCallMs }) };
    },

    async shardReplicationPositions({ keyspace, shard }, { signal }) {
      await topo.getShard(keyspace, shard, signal);
      const tablets = await topo.getTabletsByShard(keyspace, shard, { signal });
      const ask = async (tablet: Tablet): Promise<[string, Status]> => {
        const settings = { signal, timeoutMs: shortCallMs };
        const alias = tabletAliasString(tablet.alias);
        if (tablet.type === TabletType.PRIMARY) {
          const { position } = await tm.primaryPosition(tablet, {}, settings);
          return [alias, StatusCodec.create({ position })];
        }
        const { status } = await tm.replicationStatus(tablet, {}, settings);
        return [alias, status ?? StatusCodec.create()];
      };
      // Tablets that do not answer are in the map of tablets only.
      const answers = await Promise.allSettled(tablets.map(ask));
      return {
        replicationStatuses: Object.fromEntries(
          answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : [])),
        ),
        tabletMap: Object.fromEntries(tablets.map((tablet) => [tabletAliasString(tablet.alias), tablet])),
      };
    },
  };
}

function checkTag(key: string, value: string): void {
  if (/^[^\s=,\x00-\x1f]{1,128}$/.test(key) && value.length <= 1024 && !/[\x00-\x1f]/.test(value)) return;
  throw new VtError(
    Code.INVALID_ARGUMENT,
    `${JSON.stringify(`${key}=${value}`.slice(0, 200))} is no tag: a key of up to 128 characters without spaces, commas and "=", and a value of up to 1024`,
  );
}

/** An empty value takes a tag away. */
function changedTags(
  before: Readonly<Record<string, string>>,
  change: Readonly<Record<string, string>>,
  replace: boolean,
): Record<string, string> {
  const merged = replace ? { ...change } : { ...before, ...change };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ''));
}
