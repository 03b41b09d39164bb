import { jsonToMessage } from '@vitess-ts/proto';
import {
  Keyspace,
  KeyspaceRoutingRules,
  MirrorRules,
  RoutingRules,
  ShardRoutingRules,
} from '@vitess-ts/proto/vschema';
import { bool, list, str, UsageError } from '@vitess-ts/servenv';
import { command } from '../command';
import type { VtctldCalls } from '../vtctld-calls';
import { textOrFile } from './schema';

/** Reads a message from JSON text. */
function fromJson<T>(type: string, codec: { decode(bytes: Uint8Array): T }, text: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`not JSON: ${(error as Error).message}`, { cause: error });
  }
  return codec.decode(jsonToMessage(type, json));
}

const rulesOptions = {
  rules: str({ default: '', help: 'the rules as JSON' }),
  rulesFile: str({ default: '', help: 'a file with the rules as JSON' }),
  cells: list({ default: [], help: 'rebuild the serving vschema of these cells only' }),
  skipRebuild: bool({ default: false, help: 'do not rebuild the serving vschema' }),
  dryRun: bool({ default: false, help: 'only show the rules' }),
};
const rulesLetters = { r: 'rules', f: 'rules-file', c: 'cells', d: 'dry-run' };

interface RulesKind<T> {
  /** `RoutingRules`, as in the names of commands. */
  name: string;
  type: string;
  codec: { decode(bytes: Uint8Array): T; encode(message: T): { finish(): Uint8Array } };
  what: string;
  apply(
    client: VtctldCalls,
    rules: T,
    rebuild: { skipRebuild: boolean; rebuildCells: string[] },
  ): Promise<unknown>;
  get(client: VtctldCalls): Promise<T | undefined>;
}

function rulesCommands<T>({ name, type, codec, what, apply, get }: RulesKind<T>) {
  return [
    command({
      name: `Apply${name}`,
      usage: '{--rules RULES | --rules-file RULES_FILE} [--cells=c1,c2,...] [--skip-rebuild] [--dry-run]',
      short: `Replaces all ${what}.`,
      options: rulesOptions,
      letters: rulesLetters,
      args: [0, 0],
      async run(call) {
        const { rules, rulesFile, cells, skipRebuild, dryRun } = call.options;
        const text = await textOrFile('rules', rules, rulesFile);
        if (text === undefined) throw new UsageError('one of --rules and --rules-file must be specified');
        const parsed = fromJson(type, codec, text);
        if (dryRun) {
          call.print(`[DRY RUN] Would have saved new ${name} object:\n${call.json(type, codec, parsed)}`);
          return;
        }
        await apply(call.client, parsed, { skipRebuild, rebuildCells: [...cells] });
        call.print(`New ${name} object:\n${call.json(type, codec, parsed)}`);
      },
    }),
    command({
      name: `Get${name}`,
      usage: '',
      short: `Shows all ${what}.`,
      options: {},
      args: [0, 0],
      run: async (call) => call.printJson(type, codec, await get(call.client)),
    }),
  ];
}

export const vschemaCommands = [
  command({
    name: 'GetVSchema',
    usage: '<keyspace>',
    short: 'Shows the vschema of a keyspace.',
    options: {},
    args: [1, 1],
    async run(call) {
      const { vSchema } = await call.client.call('getVSchema', { keyspace: call.args[0] });
      call.printJson('vschema.Keyspace', Keyspace, vSchema);
    },
  }),
  command({
    name: 'ApplyVSchema',
    usage:
      '{--vschema=<vschema> || --vschema-file=<file> || --sql=<sql> || --sql-file=<file>} [--cells=c1,c2,...] ' +
      '[--skip-rebuild] [--dry-run] [--strict] <keyspace>',
    short: 'Replaces the vschema of a keyspace, and shows the result.',
    options: {
      vschema: str({ default: '', help: 'the vschema as JSON' }),
      vschemaFile: str({ default: '', help: 'a file with the vschema as JSON' }),
      sql: str({ default: '', help: 'an ALTER VSCHEMA statement' }),
      sqlFile: str({ default: '', help: 'a file with an ALTER VSCHEMA statement' }),
      cells: list({ default: [], help: 'rebuild the serving vschema of these cells only' }),
      skipRebuild: bool({ default: false, help: 'do not rebuild the serving vschema' }),
      dryRun: bool({ default: false, help: 'only show the new vschema' }),
      strict: bool({
        default: false,
        help: 'refuse parameters that a vindex does not know, and warnings about tables',
      }),
    },
    args: [1, 1],
    async run(call) {
      const { vschema, vschemaFile, sql, sqlFile, cells, skipRebuild, dryRun, strict } = call.options;
      const json = await textOrFile('vschema', vschema, vschemaFile);
      const statement = await textOrFile('sql', sql, sqlFile);
      if ((json === undefined) === (statement === undefined)) {
        throw new UsageError(
          'exactly one of the --sql, --sql-file, --vschema and --vschema-file flags must be specified',
        );
      }
      const { vSchema, unknownVindexParams, warnings } = await call.client.call('applyVSchema', {
        keyspace: call.args[0],
        vSchema: json === undefined ? undefined : fromJson('vschema.Keyspace', Keyspace, json),
        sql: statement ?? '',
        cells: [...cells],
        skipRebuild,
        dryRun,
        strict,
      });
      if (dryRun) call.print('Dry run: Skipping update of VSchema');
      call.print(`New VSchema object:\n${call.json('vschema.Keyspace', Keyspace, vSchema)}`);
      for (const [name, { params }] of Object.entries(unknownVindexParams)) {
        call.note(`vindex ${name} does not know the params ${params.join(', ')}`);
      }
      for (const warning of warnings) call.note(`warning: ${warning}`);
    },
  }),
  ...rulesCommands({
    name: 'RoutingRules',
    type: 'vschema.RoutingRules',
    codec: RoutingRules,
    what: 'routing rules of tables',
    apply: (client, routingRules, rebuild) => client.call('applyRoutingRules', { routingRules, ...rebuild }),
    get: async (client) => (await client.call('getRoutingRules')).routingRules,
  }),
  ...rulesCommands({
    name: 'ShardRoutingRules',
    type: 'vschema.ShardRoutingRules',
    codec: ShardRoutingRules,
    what: 'routing rules of shards',
    apply: (client, shardRoutingRules, rebuild) =>
      client.call('applyShardRoutingRules', { shardRoutingRules, ...rebuild }),
    get: async (client) => (await client.call('getShardRoutingRules')).shardRoutingRules,
  }),
  ...rulesCommands({
    name: 'KeyspaceRoutingRules',
    type: 'vschema.KeyspaceRoutingRules',
    codec: KeyspaceRoutingRules,
    what: 'routing rules of keyspaces',
    apply: (client, keyspaceRoutingRules, rebuild) =>
      client.call('applyKeyspaceRoutingRules', { keyspaceRoutingRules, ...rebuild }),
    get: async (client) => (await client.call('getKeyspaceRoutingRules')).keyspaceRoutingRules,
  }),
  command({
    name: 'GetMirrorRules',
    usage: '',
    short: 'Shows all mirror rules.',
    options: {},
    args: [0, 0],
    async run(call) {
      const { mirrorRules } = await call.client.call('getMirrorRules');
      call.printJson('vschema.MirrorRules', MirrorRules, mirrorRules);
    },
  }),
];
