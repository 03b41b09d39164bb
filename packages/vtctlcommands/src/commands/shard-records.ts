import { generateShardRanges, parseKeyRange } from '@vitess-ts/key';
import { parseTabletAlias, parseTabletType } from '@vitess-ts/proto';
import { Shard } from '@vitess-ts/proto/topodata';
import { ShardReplicationFixResponse, ShardReplicationPositionsResponse } from '@vitess-ts/proto/vtctldata';
import { bool, duration, float, int, list, str, UsageError } from '@vitess-ts/servenv';
import { command, parseKeyspaceShard } from '../command';
import { tabletLine } from '../tablet-line';
import { durationOf } from '../wire-values';

const force = bool({ default: false, help: 'go on when the topology of the cell cannot be reached' });
const recursive = bool({ default: false, help: 'delete the tablets of the cell too' });
const cellLetters = { f: 'force', r: 'recursive' };

const uidOf = (word: string): number => {
  if (/^\d{1,9}$/.test(word)) return Number(word);
  throw new UsageError(`${JSON.stringify(word)} is no uid of a source shard`);
};

export const shardRecordCommands = [
  command({
    name: 'RemoveKeyspaceCell',
    usage: '[--force|-f] [--recursive|-r] <keyspace> <cell>',
    short: 'Takes a cell out of all shards of a keyspace.',
    options: { force, recursive },
    letters: cellLetters,
    args: [2, 2],
    async run({ client, args: [keyspace, cell], options, print }) {
      await client.call('removeKeyspaceCell', { keyspace, cell, ...options });
      print(`Successfully removed cell ${cell} from keyspace ${keyspace}`);
    },
  }),
  command({
    name: 'RemoveShardCell',
    usage: '[--force|-f] [--recursive|-r] <keyspace/shard> <cell>',
    short: 'Takes a cell out of a shard.',
    options: { force, recursive },
    letters: cellLetters,
    args: [2, 2],
    async run({ client, args: [path, cell], options, print }) {
      const { keyspace, shard: shardName } = parseKeyspaceShard(path);
      await client.call('removeShardCell', { keyspace, shardName, cell, ...options });
      print(`Successfully removed cell ${cell} from shard ${path}`);
    },
  }),
  command({
    name: 'SetShardTabletControl',
    usage:
      '[--cells=c1,c2...] [--denied-tables=t1,t2,...] [--remove] [--disable-query-service] <keyspace/shard> <tablet_type>',
    short: 'Sets which tables a tablet type of a shard refuses. For emergencies.',
    options: {
      cells: list({ default: [], help: 'only in these cells' }),
      deniedTables: list({ default: [], help: 'tables that are refused' }),
      remove: bool({ default: false, help: 'refuse no longer' }),
      disableQueryService: bool({ default: false, help: 'refuse all queries' }),
    },
    letters: { c: 'cells', r: 'remove' },
    args: [2, 2],
    async run(call) {
      const { cells, deniedTables, ...options } = call.options;
      const { shard } = await call.client.call('setShardTabletControl', {
        ...parseKeyspaceShard(call.args[0]),
        tabletType: parseTabletType(call.args[1]),
        cells: [...cells],
        deniedTables: [...deniedTables],
        ...options,
      });
      call.printJson('topodata.Shard', Shard, shard);
    },
  }),
  command({
    name: 'SetVtorcEmergencyReparent',
    usage: '[--enable|--disable] <keyspace> [<shard>]',
    short: 'Lets recovery promote a new primary by itself, or not, in a keyspace or one shard.',
    options: {
      enable: bool({ default: false, help: 'allow it' }),
      disable: bool({ default: false, help: 'forbid it' }),
    },
    letters: { e: 'enable', d: 'disable' },
    args: [1, 2],
    async run({ client, args: [keyspace, shard = ''], options: { enable, disable } }) {
      if (enable === disable) throw new UsageError('exactly one of --enable and --disable must be given');
      await client.call('setVtorcEmergencyReparent', { keyspace, shard, disable });
    },
  }),
  command({
    name: 'ShardReplicationFix',
    usage: '<cell> <keyspace/shard>',
    short: "Takes the first tablet that does not belong there out of a cell's list of a shard's tablets.",
    options: {},
    args: [2, 2],
    async run(call) {
      const [cell, path] = call.args;
      const response = await call.client.call('shardReplicationFix', { ...parseKeyspaceShard(path), cell });
      if (response.error) {
        call.printJson('vtctldata.ShardReplicationFixResponse', ShardReplicationFixResponse, response);
      } else call.print('All nodes in the replication graph are valid.');
    },
  }),
  command({
    name: 'ShardReplicationAdd',
    usage: '<keyspace/shard> <tablet alias>',
    short: "Puts a tablet on its cell's list of a shard's tablets.",
    options: {},
    args: [2, 2],
    async run({ client, args: [path, alias] }) {
      await client.call('shardReplicationAdd', {
        ...parseKeyspaceShard(path),
        tabletAlias: parseTabletAlias(alias),
      });
    },
  }),
  command({
    name: 'ShardReplicationRemove',
    usage: '<keyspace/shard> <tablet alias>',
    short: "Takes a tablet off its cell's list of a shard's tablets.",
    options: {},
    args: [2, 2],
    async run({ client, args: [path, alias] }) {
      await client.call('shardReplicationRemove', {
        ...parseKeyspaceShard(path),
        tabletAlias: parseTabletAlias(alias),
      });
    },
  }),
  command({
    name: 'ShardReplicationPositions',
    usage: '[--json] <keyspace/shard>',
    short: 'Shows how far each tablet of a shard has replicated.',
    options: { json: bool({ default: false, help: 'the statuses as JSON' }) },
    letters: { j: 'json' },
    args: [1, 1],
    async run(call) {
      const response = await call.client.call('shardReplicationPositions', parseKeyspaceShard(call.args[0]));
      if (call.options.json) {
        const type = 'vtctldata.ShardReplicationPositionsResponse';
        call.printJson(type, ShardReplicationPositionsResponse, response);
        return;
      }
      for (const [alias, tablet] of Object.entries(response.tabletMap).sort()) {
        const status = response.replicationStatuses[alias];
        const progress = status ? `${status.position} ${status.replicationLagSeconds}` : '<err> <err>';
        call.print(`${tabletLine(tablet)} ${progress}`);
      }
    },
  }),
  command({
    name: 'SourceShardAdd',
    usage: '[--key-range <keyrange>] [--tables <table1,...>] <keyspace/shard> <uid> <source keyspace/shard>',
    short: 'Says that a shard copies the changes of another. For emergencies.',
    options: {
      keyRange: str({ default: '', help: 'only rows of this key range' }),
      tables: list({ default: [], help: 'only these tables' }),
    },
    args: [3, 3],
    async run(call) {
      const [path, uid, from] = call.args;
      const source = parseKeyspaceShard(from);
      const { keyRange, tables } = call.options;
      const { shard } = await call.client.call('sourceShardAdd', {
        ...parseKeyspaceShard(path),
        uid: uidOf(uid),
        sourceKeyspace: source.keyspace,
        sourceShard: source.shard,
        keyRange: keyRange === '' ? undefined : parseKeyRange(keyRange),
        tables: [...tables],
      });
      call.printJson('topodata.Shard', Shard, shard);
    },
  }),
  command({
    name: 'SourceShardDelete',
    usage: '<keyspace/shard> <uid>',
    short: 'Says that a shard copies the changes of another no longer. For emergencies.',
    options: {},
    args: [2, 2],
    async run(call) {
      const [path, uid] = call.args;
      const request = { ...parseKeyspaceShard(path), uid: uidOf(uid) };
      const { shard } = await call.client.call('sourceShardDelete', request);
      call.printJson('topodata.Shard', Shard, shard);
    },
  }),
  command({
    name: 'GenerateShardRanges',
    usage: '[--hex-width=w] <num_shards>',
    short: 'Shows the names of so many shards of even size.',
    options: {
      hexWidth: int({ default: 0, min: 0, max: 16, help: 'digits of each bound; 0: as few as it takes' }),
    },
    args: [1, 1],
    async run({ args: [count], options: { hexWidth }, print }) {
      if (!/^\d{1,6}$/.test(count) || Number(count) === 0) {
        throw new UsageError(`${JSON.stringify(count)} is no number of shards`);
      }
      print(JSON.stringify(generateShardRanges(Number(count), hexWidth)));
    },
  }),
  command({
    name: 'UpdateThrottlerConfig',
    usage:
      '[--enable|--disable] [--metric-name=<name>] [--threshold=<float64>] [--custom-query=<query>] [...] <keyspace>',
    short: 'Changes the settings of the throttlers of a keyspace.',
    options: {
      enable: bool({ default: false, help: 'switch them on' }),
      disable: bool({ default: false, help: 'switch them off' }),
      metricName: str({ default: '', help: 'the metric that the threshold is for; empty: the standard one' }),
      threshold: float({ default: 0, min: 0, help: 'the threshold; 0: as it was' }),
      customQuery: str({ default: '', help: 'a query that gives the metric' }),
      checkAsCheckSelf: bool({ default: false, help: 'a check looks at its own tablet only' }),
      checkAsCheckShard: bool({ default: false, help: 'a check looks at the whole shard' }),
      throttleApp: str({ default: '', help: 'an app that is to be throttled' }),
      unthrottleApp: str({ default: '', help: 'an app that is to be throttled no longer' }),
      throttleAppRatio: float({ default: 1, min: 0, max: 1, help: 'which part of its checks is refused' }),
      throttleAppDurationMs: duration({ default: 3_600_000, help: 'for how long' }),
      throttleAppExempt: bool({ default: false, help: 'the app is never throttled' }),
      appName: str({ default: '', help: 'the app that --app-metrics is for' }),
      appMetrics: list({ default: [], help: 'the metrics that are checked for it' }),
    },
    args: [1, 1],
    async run({ client, args: [keyspace], options: o }) {
      if (o.throttleApp !== '' && o.unthrottleApp !== '') {
        throw new UsageError('--throttle-app and --unthrottle-app cannot be given together');
      }
      const app = o.throttleApp || o.unthrottleApp;
      const untilMs = o.throttleApp === '' ? Date.now() : Date.now() + o.throttleAppDurationMs;
      await client.call('updateThrottlerConfig', {
        keyspace,
        enable: o.enable,
        disable: o.disable,
        metricName: o.metricName,
        threshold: o.threshold,
        customQuery: o.customQuery,
        customQuerySet: o.customQuery !== '',
        checkAsCheckSelf: o.checkAsCheckSelf,
        checkAsCheckShard: o.checkAsCheckShard,
        appName: o.appName,
        appCheckedMetrics: [...o.appMetrics],
        throttledApp:
          app === ''
            ? undefined
            : {
                name: app,
                ratio: o.throttleApp === '' ? 0 : o.throttleAppRatio,
                exempt: o.throttleAppExempt,
                expiresAt: { seconds: BigInt(Math.floor(untilMs / 1000)), nanoseconds: 0 },
              },
      });
    },
  }),
  command({
    name: 'CopySchemaShard',
    usage:
      '[--tables=<table1>,...] [--exclude-tables=<table1>,...] [--include-views] [--skip-verify] [--wait-replicas-timeout=10s] ' +
      '{<source keyspace/shard> || <source tablet alias>} <destination keyspace/shard>',
    short: "Makes a tablet's tables on the primary of a shard.",
    options: {
      tables: list({ default: [], help: 'only these' }),
      excludeTables: list({ default: [], help: 'not these' }),
      includeViews: bool({ default: true, help: 'views too' }),
      skipVerify: bool({ default: false, help: 'do not compare in the end' }),
      waitReplicasTimeoutMs: duration({ default: 10_000, help: 'how long replicas may take' }),
    },
    args: [2, 2],
    async run({ client, args: [from, to], options }) {
      const { waitReplicasTimeoutMs, tables, excludeTables, ...rest } = options;
      const target = parseKeyspaceShard(to);
      let sourceTabletAlias = undefined;
      if (from.includes('/')) {
        const { keyspace, shard: shardName } = parseKeyspaceShard(from);
        const { shard } = await client.call('getShard', { keyspace, shardName });
        sourceTabletAlias = shard?.shard?.primaryAlias;
        if (!sourceTabletAlias)
          throw new UsageError(`shard ${from} has no primary: give the alias of a tablet`);
      } else sourceTabletAlias = parseTabletAlias(from);
      await client.call('copySchemaShard', {
        sourceTabletAlias,
        tables: [...tables],
        excludeTables: [...excludeTables],
        ...rest,
        waitReplicasTimeout: durationOf(waitReplicasTimeoutMs),
        destinationKeyspace: target.keyspace,
        destinationShard: target.shard,
      });
    },
  }),
];
