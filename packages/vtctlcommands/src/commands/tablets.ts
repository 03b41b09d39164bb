import { parseTabletAlias, parseTabletType, tabletAliasString } from '@vitess-ts/proto';
import { FullStatus } from '@vitess-ts/proto/replicationdata';
import { Permissions } from '@vitess-ts/proto/tabletmanagerdata';
import { Tablet, TabletType } from '@vitess-ts/proto/topodata';
import { bool, list, oneOf, str, UsageError } from '@vitess-ts/servenv';
import { command, parseBoolean, parseKeyspaceShard, type Command } from '../command';
import { tabletLine } from '../tablet-line';

type OnTablet = 'pingTablet' | 'refreshState' | 'runHealthCheck' | 'startReplication' | 'stopReplication';

/** A command that has one tablet do something and prints nothing. */
function onTablet(name: string, rpc: OnTablet, short: string, done?: string): Command {
  return command({
    name,
    usage: '<alias>',
    short,
    options: {},
    args: [1, 1],
    async run({ client, args, print }) {
      const tabletAlias = parseTabletAlias(args[0]);
      await client.call(rpc, { tabletAlias });
      if (done !== undefined) print(`${done} ${tabletAliasString(tabletAlias)}`);
    },
  });
}

export const tabletCommands = [
  command({
    name: 'GetTablet',
    usage: '<alias>',
    short: 'Shows a tablet.',
    options: {},
    args: [1, 1],
    async run(call) {
      const { tablet } = await call.client.call('getTablet', { tabletAlias: parseTabletAlias(call.args[0]) });
      call.printJson('topodata.Tablet', Tablet, tablet);
    },
  }),
  command({
    name: 'GetTablets',
    usage:
      '[--strict] [{--cell $c1 [--cell $c2 ...] [--tablet-type $t1] [--keyspace $ks [--shard $shard]], ' +
      '--tablet-alias $alias}] [--format awk|json]',
    short: 'Lists tablets.',
    long:
      'A line has the alias, keyspace, shard, type, host:port, host:port of mysqld, tags, and the start of the term ' +
      'as primary.',
    options: {
      cell: list({ default: [], help: 'only tablets of these cells' }),
      tabletType: str({ default: '', help: 'only tablets of this type' }),
      keyspace: str({ default: '', help: 'only tablets of this keyspace' }),
      shard: str({ default: '', help: 'only tablets of this shard of the keyspace' }),
      tabletAlias: list({ default: [], help: 'these tablets, instead of all other filters' }),
      format: oneOf(['awk', 'json'], { default: 'awk', help: 'one line each, or JSON' }),
      strict: bool({ default: false, help: 'an error when a tablet or cell cannot be read' }),
    },
    letters: { c: 'cell', k: 'keyspace', s: 'shard', t: 'tablet-alias' },
    args: [0, 0],
    async run(call) {
      const { cell, tabletType, keyspace, shard, tabletAlias, format, strict } = call.options;
      if (tabletAlias.length > 0 && (cell.length > 0 || `${tabletType}${keyspace}${shard}` !== '')) {
        throw new UsageError(
          '--tablet-alias cannot be combined with --cell, --tablet-type, --keyspace or --shard',
        );
      }
      if (shard !== '' && keyspace === '') {
        throw new UsageError(`--shard (= ${shard}) cannot be passed without also passing --keyspace`);
      }
      const { tablets } = await call.client.call('getTablets', {
        keyspace,
        shard,
        strict,
        cells: [...cell],
        tabletAliases: tabletAlias.map(parseTabletAlias),
        tabletType: tabletType === '' ? TabletType.UNKNOWN : parseTabletType(tabletType),
      });
      if (format === 'json') call.printJsonList('topodata.Tablet', Tablet, tablets);
      else for (const tablet of tablets) call.print(tabletLine(tablet));
    },
  }),
  command({
    name: 'DeleteTablets',
    usage: '[--allow-primary] <alias> [<alias> ...]',
    short: 'Deletes tablets from the topology.',
    options: { allowPrimary: bool({ default: false, help: 'delete the primary of a shard too' }) },
    letters: { p: 'allow-primary' },
    args: [1, Infinity],
    async run({ client, args, options, print }) {
      await client.call('deleteTablets', { tabletAliases: args.map(parseTabletAlias), ...options });
      print(`Successfully deleted ${args.length} tablets`);
    },
  }),
  command({
    name: 'ChangeTabletType',
    usage: '[--dry-run] <alias> <tablet-type>',
    short: 'Changes the type of a tablet that is not a primary.',
    options: { dryRun: bool({ default: false, help: 'only show what would change' }) },
    letters: { d: 'dry-run' },
    args: [2, 2],
    async run({ client, args: [alias, type], options: { dryRun }, print }) {
      const request = { tabletAlias: parseTabletAlias(alias), dbType: parseTabletType(type), dryRun };
      const { beforeTablet, afterTablet, wasDryRun } = await client.call('changeTabletType', request);
      if (wasDryRun) print('--- DRY RUN ---');
      if (beforeTablet) print(`- ${tabletLine(beforeTablet)}`);
      if (afterTablet) print(`+ ${tabletLine(afterTablet)}`);
    },
  }),
  onTablet('PingTablet', 'pingTablet', 'Checks that a tablet answers.'),
  onTablet('RefreshState', 'refreshState', 'Has a tablet read its record again.', 'Refreshed state on'),
  onTablet('RunHealthCheck', 'runHealthCheck', 'Has a tablet check its health now.'),
  onTablet('StartReplication', 'startReplication', 'Starts replication on a tablet.'),
  onTablet('StopReplication', 'stopReplication', 'Stops replication on a tablet.'),
  command({
    name: 'RefreshStateByShard',
    usage: '[--cells <cell1,...>] <keyspace/shard>',
    short: 'Has all tablets of a shard read their records again.',
    options: { cells: list({ default: [], help: 'only tablets of these cells' }) },
    letters: { c: 'cells' },
    args: [1, 1],
    async run({ client, args, options: { cells }, print, note }) {
      const request = { ...parseKeyspaceShard(args[0]), cells: [...cells] };
      const { isPartialRefresh, partialRefreshDetails } = await client.call('refreshStateByShard', request);
      print(`Refreshed state on ${args[0]}`);
      if (isPartialRefresh)
        note('State refresh was partial; some tablets in the shard may not have succeeded.');
      if (partialRefreshDetails !== '') note(partialRefreshDetails);
    },
  }),
  command({
    name: 'SetWritable',
    usage: '<alias> <true/false>',
    short: 'Makes the mysqld of a tablet writable or read-only.',
    options: {},
    args: [2, 2],
    async run({ client, args: [alias, writable] }) {
      const request = { tabletAlias: parseTabletAlias(alias), writable: parseBoolean(writable) };
      await client.call('setWritable', request);
    },
  }),
  command({
    name: 'GetFullStatus',
    usage: '<alias>',
    short: 'Shows replication, semi-sync and more of the mysqld of a tablet.',
    options: {},
    args: [1, 1],
    async run(call) {
      const { status } = await call.client.call('getFullStatus', {
        tabletAlias: parseTabletAlias(call.args[0]),
      });
      call.printJson('replicationdata.FullStatus', FullStatus, status);
    },
  }),
  command({
    name: 'GetPermissions',
    usage: '<alias>',
    short: 'Shows the accounts and grants of the mysqld of a tablet.',
    options: {},
    args: [1, 1],
    async run(call) {
      const request = { tabletAlias: parseTabletAlias(call.args[0]) };
      const { permissions } = await call.client.call('getPermissions', request);
      call.printJson('tabletmanagerdata.Permissions', Permissions, permissions);
    },
  }),
];
