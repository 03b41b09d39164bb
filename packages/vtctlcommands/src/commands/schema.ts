import { readFile } from 'node:fs/promises';
import { parseTabletAlias } from '@vitess-ts/proto';
import { SchemaDefinition } from '@vitess-ts/proto/tabletmanagerdata';
import type { ValidateSchemaKeyspaceRequest } from '@vitess-ts/proto/vtctldata';
import { bool, duration, int, list, str, UsageError } from '@vitess-ts/servenv';
import { Code, VtError } from '@vitess-ts/vterrors';
import { command, parseKeyspaceShard, texts, type Command, type CommandCall } from '../command';
import { durationOf, eventLine } from '../wire-values';

const reloadOptions = {
  concurrency: int({ default: 10, min: 1, max: 1000, help: 'tablets at a time' }),
  includePrimary: bool({ default: false, help: 'the primary too' }),
};

const validateOptions = {
  excludeTables: list({ default: [], help: 'tables that are not compared' }),
  includeViews: bool({ default: false, help: 'compare views too' }),
  skipNoPrimary: bool({ default: true, help: 'pass over shards without a primary' }),
  includeVschema: bool({ default: false, help: 'compare with the vschema too' }),
};

async function validateSchema(
  { client, options }: CommandCall<typeof validateOptions>,
  keyspace: string,
  shards: string[],
): Promise<void> {
  const request: Partial<ValidateSchemaKeyspaceRequest> = {
    keyspace,
    shards,
    excludeTables: [...options.excludeTables],
    includeViews: options.includeViews,
    skipNoPrimary: options.skipNoPrimary,
    includeVschema: options.includeVschema,
  };
  const { results } = await client.call('validateSchemaKeyspace', request);
  if (results.length > 0) throw new VtError(Code.FAILED_PRECONDITION, results.join('\n'));
}

/** Reads one of a text and a file that holds one. */
export async function textOrFile(flag: string, text: string, file: string): Promise<string | undefined> {
  if (text !== '' && file !== '') throw new UsageError(`--${flag} and --${flag}-file cannot be combined`);
  if (file === '') return text === '' ? undefined : text;
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read --${flag}-file: ${(error as Error).message}`, { cause: error });
  }
}

export const schemaCommands: Command[] = [
  command({
    name: 'ApplySchema',
    usage: '[--ddl-strategy <strategy>] [--strict] {--sql-file <file> | --sql <sql>} <keyspace>',
    short: 'Changes the schema of a keyspace: runs DDL on the primary of each shard.',
    long:
      'Statements run one after the other; each first on one shard, then on all others at a time. --sql may be ' +
      'repeated, and may hold several statements separated by semicolons.',
    options: {
      sql: texts('DDL statements'),
      sqlFile: str({ default: '', help: 'a file with DDL statements' }),
      ddlStrategy: str({ default: 'direct', help: 'how the change is made' }),
      uuid: list({ default: [], help: 'ids of the migrations, for online strategies' }),
      migrationContext: str({ default: '', help: 'context of the migrations, for online strategies' }),
      waitReplicasTimeoutMs: duration({
        default: 10_000,
        help: 'how long replicas may take to see the change',
      }),
      callerId: str({ default: '', help: 'on whose behalf the change is made' }),
      batchSize: int({ default: 0, min: 0, help: 'how many statements go together, for CREATE TABLE' }),
      strict: bool({ default: false, help: 'refuse what has warnings' }),
    },
    args: [1, 1],
    async run({ client, args: [keyspace], options, print, note }) {
      const fromFile = await textOrFile('sql', '', options.sqlFile);
      if ((fromFile === undefined) === (options.sql.length === 0)) {
        throw new UsageError('Exactly one of --sql and --sql-file must be specified.');
      }
      const principal = options.callerId;
      const { uuidList, warnings } = await client.call('applySchema', {
        keyspace,
        sql: fromFile === undefined ? [...options.sql] : [fromFile],
        ddlStrategy: options.ddlStrategy,
        uuidList: [...options.uuid],
        migrationContext: options.migrationContext,
        waitReplicasTimeout: durationOf(options.waitReplicasTimeoutMs),
        callerId: principal === '' ? undefined : { principal, component: '', subcomponent: '', groups: [] },
        batchSize: BigInt(options.batchSize),
        strict: options.strict,
      });
      for (const warning of warnings) note(`warning: ${warning}`);
      print(uuidList.join('\n'));
    },
  }),
  command({
    name: 'GetSchema',
    usage:
      '[--tables TABLES ...] [--exclude-tables EXCLUDE_TABLES ...] [{--table-names-only | --table-sizes-only}] ' +
      '[--include-views] alias',
    short: 'Shows the schema of a tablet.',
    options: {
      tables: list({ default: [], help: 'only these tables; /…/ is a regular expression' }),
      excludeTables: list({ default: [], help: 'all tables but these' }),
      includeViews: bool({ default: false, help: 'views too' }),
      tableNamesOnly: bool({ default: false, help: 'only the names of tables' }),
      tableSizesOnly: bool({ default: false, help: 'only the sizes of tables' }),
      tableSchemaOnly: bool({ default: false, help: 'only the tables, without columns and sizes' }),
    },
    letters: { n: 'table-names-only', s: 'table-sizes-only' },
    args: [1, 1],
    async run(call) {
      const { tables, excludeTables, ...options } = call.options;
      if (options.tableNamesOnly && options.tableSizesOnly) {
        throw new UsageError('can only pass one of --table-names-only and --table-sizes-only');
      }
      const { schema } = await call.client.call('getSchema', {
        ...options,
        tables: [...tables],
        excludeTables: [...excludeTables],
        tabletAlias: parseTabletAlias(call.args[0]),
      });
      if (options.tableNamesOnly)
        call.print((schema?.tableDefinitions ?? []).map(({ name }) => name).join('\n'));
      else call.printJson('tabletmanagerdata.SchemaDefinition', SchemaDefinition, schema);
    },
  }),
  command({
    name: 'ReloadSchema',
    usage: '<tablet_alias>',
    short: 'Has a tablet read its schema again.',
    options: {},
    args: [1, 1],
    async run({ client, args }) {
      await client.call('reloadSchema', { tabletAlias: parseTabletAlias(args[0]) });
    },
  }),
  command({
    name: 'ReloadSchemaShard',
    usage: '[--concurrency=10] [--include-primary] <keyspace/shard>',
    short: 'Has all tablets of a shard read their schema again, as far as they answer.',
    options: reloadOptions,
    args: [1, 1],
    async run({ client, args, options, note }) {
      const { events } = await client.call('reloadSchemaShard', {
        ...parseKeyspaceShard(args[0]),
        ...options,
      });
      for (const event of events) note(eventLine(event));
    },
  }),
  command({
    name: 'ReloadSchemaKeyspace',
    usage: '[--concurrency=<concurrency>] [--include-primary] <keyspace>',
    short: 'Has all tablets of a keyspace read their schema again, as far as they answer.',
    options: reloadOptions,
    args: [1, 1],
    async run({ client, args: [keyspace], options, note }) {
      const { events } = await client.call('reloadSchemaKeyspace', { keyspace, ...options });
      for (const event of events) note(eventLine(event));
    },
  }),
  command({
    name: 'ValidateSchemaKeyspace',
    usage: '[--exclude-tables=<tables>] [--include-views] [--skip-no-primary] [--include-vschema] <keyspace>',
    short: 'Checks that all shards of a keyspace have the schema of the first one.',
    options: validateOptions,
    args: [1, 1],
    run: (call) => validateSchema(call, call.args[0], []),
  }),
];
