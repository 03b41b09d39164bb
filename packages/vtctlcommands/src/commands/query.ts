import { parseTabletAlias } from '@vitess-ts/proto';
import { QueryResult } from '@vitess-ts/proto/query';
import { bool, int } from '@vitess-ts/servenv';
import { command, type Command, type CommandCall } from '../command';
import { resultTable } from '../result-table';

const resultOptions = {
  maxRows: int({ default: 10_000, min: 1, help: 'more rows are an error' }),
  json: bool({ default: false, help: 'the result as JSON' }),
};

function show(call: CommandCall<typeof resultOptions>, result: QueryResult | undefined): void {
  if (call.options.json) call.printJson('query.QueryResult', QueryResult, result);
  else if (result) call.print(resultTable(result));
}

export const queryCommands: Command[] = [
  command({
    name: 'ExecuteFetchAsDBA',
    usage: '[--max-rows <max-rows>] [--json|-j] [--disable-binlogs] [--reload-schema] <tablet alias> <query>',
    short: 'Runs a query on the mysqld of a tablet, as the administrator.',
    options: {
      ...resultOptions,
      disableBinlogs: bool({ default: false, help: 'keep the statement out of the binary log' }),
      reloadSchema: bool({ default: false, help: 'have the tablet read its schema again' }),
    },
    letters: { j: 'json' },
    args: [2, 2],
    async run(call) {
      const [alias, query] = call.args;
      const { maxRows, disableBinlogs, reloadSchema } = call.options;
      const { result } = await call.client.call('executeFetchAsDba', {
        tabletAlias: parseTabletAlias(alias),
        query,
        maxRows: BigInt(maxRows),
        disableBinlogs,
        reloadSchema,
      });
      show(call, result);
    },
  }),
  command({
    name: 'ExecuteFetchAsApp',
    usage: '[--max-rows <max-rows>] [--json|-j] [--use-pool] <tablet alias> <query>',
    short: 'Runs a query on the mysqld of a tablet, as the application.',
    options: {
      ...resultOptions,
      usePool: bool({ default: false, help: "use the tablet's pool of connections" }),
    },
    letters: { j: 'json' },
    args: [2, 2],
    async run(call) {
      const [alias, query] = call.args;
      const { maxRows, usePool } = call.options;
      const request = { tabletAlias: parseTabletAlias(alias), query, maxRows: BigInt(maxRows), usePool };
      const { result } = await call.client.call('executeFetchAsApp', request);
      show(call, result);
    },
  }),
];
