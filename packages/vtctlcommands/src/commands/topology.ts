import { parseTabletAlias } from '@vitess-ts/proto';
import {
  TopologyCell,
  ValidateKeyspaceResponse,
  ValidateResponse,
  ValidateShardResponse,
} from '@vitess-ts/proto/vtctldata';
import { bool, duration, int } from '@vitess-ts/servenv';
import { Code, VtError } from '@vitess-ts/vterrors';
import { command, parseKeyspaceShard } from '../command';
import { durationOf, eventLine } from '../wire-values';

const pingOptions = {
  pingTablets: bool({ default: false, help: 'check too that all tablets answer' }),
  json: bool({ default: false, help: 'the results as JSON' }),
};
const pingLetters = { p: 'ping-tablets', j: 'json' };

interface Section {
  of: string;
  results: readonly string[];
}

const keyspaceSections = (
  keyspace: string,
  { results, resultsByShard }: ValidateKeyspaceResponse,
): Section[] => [
  { of: keyspace, results },
  ...Object.keys(resultsByShard)
    .sort()
    .map((shard) => ({ of: `${keyspace}/${shard}`, results: resultsByShard[shard].results })),
];

const validateSections = ({ results, resultsByKeyspace }: ValidateResponse): Section[] => [
  { of: 'the topology', results },
  ...Object.keys(resultsByKeyspace)
    .sort()
    .flatMap((keyspace) => keyspaceSections(keyspace, resultsByKeyspace[keyspace])),
];

/** Prints what was found; that something was found is an error. */
function report(print: (line: string) => void, what: string, sections: readonly Section[]): void {
  const wrong = sections.filter(({ results }) => results.length > 0);
  if (wrong.length === 0) {
    print(`Validation of ${what} complete; no issues found.`);
    return;
  }
  print('Validation results:');
  for (const { of, results } of wrong) {
    print(`\nFor ${of}:`);
    for (const result of results) print(`- ${result}`);
  }
  throw new VtError(
    Code.FAILED_PRECONDITION,
    'some issues were found during validation; see above for details',
  );
}

/** Commands on the topology as a whole: paths, validation, the first primary of a shard. */
export const topologyCommands = [
  command({
    name: 'GetTopologyPath',
    usage: '[--node-version <version>] [--data-as-json] <path>',
    short: 'Shows a path of the topology: its record or its children.',
    long: 'The path begins with the cell: /global/keyspaces, /zone1/tablets.',
    options: {
      nodeVersion: int({
        default: 0,
        min: 0,
        help: 'an old version of the file, where the topology keeps them',
      }),
      dataAsJson: bool({ default: false, help: 'show the record as JSON' }),
    },
    args: [1, 1],
    async run(call) {
      const { nodeVersion: version, dataAsJson: asJson } = call.options;
      const request = { path: call.args[0], version: BigInt(version), asJson };
      const { cell } = await call.client.call('getTopologyPath', request);
      call.printJson('vtctldata.TopologyCell', TopologyCell, cell);
    },
  }),
  command({
    name: 'Validate',
    usage: '[--ping-tablets]',
    short: 'Checks the records of all keyspaces, shards and tablets against each other.',
    options: pingOptions,
    letters: pingLetters,
    args: [0, 0],
    async run(call) {
      const { pingTablets, json } = call.options;
      const response = await call.client.call('validate', { pingTablets });
      if (json) call.printJson('vtctldata.ValidateResponse', ValidateResponse, response);
      else report(call.print, 'the topology', validateSections(response));
    },
  }),
  command({
    name: 'ValidateKeyspace',
    usage: '[--ping-tablets] <keyspace>',
    short: 'Checks the records of the shards and tablets of a keyspace.',
    options: pingOptions,
    letters: pingLetters,
    args: [1, 1],
    async run(call) {
      const [keyspace] = call.args;
      const { pingTablets, json } = call.options;
      const response = await call.client.call('validateKeyspace', { keyspace, pingTablets });
      if (json) call.printJson('vtctldata.ValidateKeyspaceResponse', ValidateKeyspaceResponse, response);
      else report(call.print, keyspace, keyspaceSections(keyspace, response));
    },
  }),
  command({
    name: 'ValidateShard',
    usage: '[--ping-tablets] <keyspace/shard>',
    short: 'Checks the records of the tablets of a shard.',
    options: pingOptions,
    letters: pingLetters,
    args: [1, 1],
    async run(call) {
      const [path] = call.args;
      const { pingTablets, json } = call.options;
      const response = await call.client.call('validateShard', { ...parseKeyspaceShard(path), pingTablets });
      if (json) call.printJson('vtctldata.ValidateShardResponse', ValidateShardResponse, response);
      else report(call.print, path, [{ of: path, results: response.results }]);
    },
  }),
  command({
    name: 'InitShardPrimary',
    aliases: ['InitShardMaster'],
    usage: '[--force] [--wait-replicas-timeout <duration>] <keyspace/shard> [<tablet alias>]',
    short: 'Gives a new shard its first primary, and makes all other tablets its replicas.',
    options: {
      force: bool({ default: false, help: 'even when the shard has a primary: sets replication up anew' }),
      waitReplicasTimeoutMs: duration({ default: 30_000, help: 'how long replicas may take' }),
    },
    args: [1, 2],
    async run({ client, args: [shard, alias], options, note }) {
      const { events } = await client.call('initShardPrimary', {
        ...parseKeyspaceShard(shard),
        primaryElectTabletAlias: alias === undefined ? undefined : parseTabletAlias(alias),
        force: options.force,
        waitReplicasTimeout: durationOf(options.waitReplicasTimeoutMs),
      });
      for (const event of events) note(eventLine(event));
    },
  }),
];
