import { parseTabletAlias } from '@vitess-ts/proto';
import { QueryResult } from '@vitess-ts/proto/query';
import {
  CheckThrottlerResponse,
  ExecuteHookResponse,
  GetThrottlerStatusResponse,
} from '@vitess-ts/proto/tabletmanagerdata';
import { ChangeTabletTagsResponse } from '@vitess-ts/proto/vtctldata';
import { bool, int, str, UsageError } from '@vitess-ts/servenv';
import { command, parseDurationArgument } from '../command';
import { resultTable } from '../result-table';
import { durationOf } from '../wire-values';

export const tabletActionCommands = [
  command({
    name: 'ChangeTabletTags',
    usage: '[--replace|-r] <alias> <key=value> [<key=value> ...]',
    short: 'Changes the tags of a tablet. An empty value takes a tag away.',
    options: { replace: bool({ default: false, help: 'take all other tags away' }) },
    letters: { r: 'replace' },
    args: [2, Infinity],
    async run(call) {
      const [alias, ...words] = call.args;
      const request = {
        tabletAlias: parseTabletAlias(alias),
        tags: tagsOf(words),
        replace: call.options.replace,
      };
      const response = await call.client.call('changeTabletTags', request);
      call.printJson('vtctldata.ChangeTabletTagsResponse', ChangeTabletTagsResponse, response);
    },
  }),
  command({
    name: 'SleepTablet',
    usage: '<alias> <duration>',
    short: 'Has the tablet manager of a tablet do nothing for a while.',
    options: {},
    args: [2, 2],
    async run({ client, args: [alias, duration] }) {
      const request = {
        tabletAlias: parseTabletAlias(alias),
        duration: durationOf(parseDurationArgument(duration)),
      };
      await client.call('sleepTablet', request);
    },
  }),
  command({
    name: 'ExecuteHook',
    usage: '<alias> <hook name> [<param1=value1> ...]',
    short: 'Runs a program of the hook folder of a tablet.',
    options: {},
    args: [2, Infinity],
    async run(call) {
      const [alias, name, ...parameters] = call.args;
      const { hookResult } = await call.client.call('executeHook', {
        tabletAlias: parseTabletAlias(alias),
        tabletHookRequest: { name, parameters: parameters.map((word) => `--${word}`), extraEnv: {} },
      });
      call.printJson('tabletmanagerdata.ExecuteHookResponse', ExecuteHookResponse, hookResult);
    },
  }),
  command({
    name: 'ExecuteMultiFetchAsDBA',
    usage: '[--max-rows <max-rows>] [--json|-j] [--disable-binlogs] [--reload-schema] <tablet alias> <sql>',
    short: 'Runs statements on the mysqld of a tablet, as the administrator.',
    options: {
      maxRows: int({ default: 10_000, min: 1, help: 'more rows are an error' }),
      json: bool({ default: false, help: 'the results as JSON' }),
      disableBinlogs: bool({ default: false, help: 'keep the statements out of the binary log' }),
      reloadSchema: bool({ default: false, help: 'have the tablet read its schema again' }),
    },
    letters: { j: 'json' },
    args: [2, 2],
    async run(call) {
      const [alias, sql] = call.args;
      const { maxRows, json, disableBinlogs, reloadSchema } = call.options;
      const { results } = await call.client.call('executeMultiFetchAsDba', {
        tabletAlias: parseTabletAlias(alias),
        sql,
        maxRows: BigInt(maxRows),
        disableBinlogs,
        reloadSchema,
      });
      if (json) call.printJsonList('query.QueryResult', QueryResult, results);
      else for (const result of results) call.print(resultTable(result));
    },
  }),
  command({
    name: 'GetTabletVersion',
    aliases: ['GetVersion'],
    usage: '<alias>',
    short: 'Shows the version that a tablet runs.',
    options: {},
    args: [1, 1],
    async run({ client, args: [alias], print }) {
      print((await client.call('getVersion', { tabletAlias: parseTabletAlias(alias) })).version);
    },
  }),
  command({
    name: 'CheckThrottler',
    usage: '[--app-name <name>] [--scope <scope>] [--request-heartbeats] [--ok-if-not-exists] <tablet alias>',
    short: 'Asks the throttler of a tablet whether an app may go on.',
    options: {
      appName: str({ default: 'vitess', help: 'the app' }),
      scope: str({ default: '', help: 'shard or self; empty: as each metric says' }),
      requestHeartbeats: bool({ default: false, help: 'have heartbeats written for a while' }),
      okIfNotExists: bool({ default: false, help: 'no error for a metric that there is not' }),
    },
    args: [1, 1],
    async run(call) {
      const { requestHeartbeats, ...options } = call.options;
      const { Check: check } = await call.client.call('checkThrottler', {
        tabletAlias: parseTabletAlias(call.args[0]),
        skipRequestHeartbeats: !requestHeartbeats,
        ...options,
      });
      call.printJson('tabletmanagerdata.CheckThrottlerResponse', CheckThrottlerResponse, check);
    },
  }),
  command({
    name: 'GetThrottlerStatus',
    usage: '<tablet alias>',
    short: 'Shows the throttler of a tablet.',
    options: {},
    args: [1, 1],
    async run(call) {
      const request = { tabletAlias: parseTabletAlias(call.args[0]) };
      const { status } = await call.client.call('getThrottlerStatus', request);
      call.printJson('tabletmanagerdata.GetThrottlerStatusResponse', GetThrottlerStatusResponse, status);
    },
  }),
];

function tagsOf(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words.map((word) => {
      const at = word.indexOf('=');
      if (at > 0) return [word.slice(0, at), word.slice(at + 1)];
      throw new UsageError(`${JSON.stringify(word)} is no tag of the form key=value`);
    }),
  );
}
