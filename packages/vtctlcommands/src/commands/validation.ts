import {
  ValidatePermissionsKeyspaceResponse,
  ValidateSchemaKeyspaceResponse,
  ValidateVersionKeyspaceResponse,
  ValidateVersionShardResponse,
  ValidateVSchemaResponse,
} from '@vitess-ts/proto/vtctldata';
import { bool, list } from '@vitess-ts/servenv';
import { command, parseKeyspaceShard } from '../command';

const schemaOptions = {
  excludeTables: list({ default: [], help: 'not these tables' }),
  includeViews: bool({ default: false, help: 'views too' }),
};

/** Commands that look for what does not fit; what they find is in `results` and by shard. */
export const validationCommands = [
  command({
    name: 'ValidateSchemaShard',
    usage: '[--exclude-tables=<exclude_tables>] [--include-views] [--include-vschema] <keyspace/shard>',
    short: 'Compares the schemas of the tablets of a shard.',
    options: { ...schemaOptions, includeVschema: bool({ default: false, help: 'tables need a vschema' }) },
    args: [1, 1],
    async run(call) {
      const { keyspace, shard } = parseKeyspaceShard(call.args[0]);
      const { excludeTables, ...options } = call.options;
      const request = { keyspace, shards: [shard], excludeTables: [...excludeTables], ...options };
      const response = await call.client.call('validateSchemaKeyspace', request);
      call.printJson('vtctldata.ValidateSchemaKeyspaceResponse', ValidateSchemaKeyspaceResponse, response);
    },
  }),
  command({
    name: 'ValidateVSchema',
    usage: '[--exclude-tables=<exclude_tables>] [--include-views] <keyspace> [<shard> ...]',
    short: 'Looks for tables of a keyspace that its vschema does not have.',
    options: schemaOptions,
    args: [1, Infinity],
    async run(call) {
      const [keyspace, ...shards] = call.args;
      const { excludeTables, includeViews } = call.options;
      const request = { keyspace, shards, excludeTables: [...excludeTables], includeViews };
      const response = await call.client.call('validateVSchema', request);
      call.printJson('vtctldata.ValidateVSchemaResponse', ValidateVSchemaResponse, response);
    },
  }),
  command({
    name: 'ValidateVersionKeyspace',
    usage: '<keyspace>',
    short: 'Compares the versions that the tablets of a keyspace run.',
    options: {},
    args: [1, 1],
    async run(call) {
      const response = await call.client.call('validateVersionKeyspace', { keyspace: call.args[0] });
      call.printJson('vtctldata.ValidateVersionKeyspaceResponse', ValidateVersionKeyspaceResponse, response);
    },
  }),
  command({
    name: 'ValidateVersionShard',
    usage: '<keyspace/shard>',
    short: 'Compares the versions that the tablets of a shard run.',
    options: {},
    args: [1, 1],
    async run(call) {
      const response = await call.client.call('validateVersionShard', parseKeyspaceShard(call.args[0]));
      call.printJson('vtctldata.ValidateVersionShardResponse', ValidateVersionShardResponse, response);
    },
  }),
  command({
    name: 'ValidatePermissionsKeyspace',
    usage: '<keyspace>',
    short: 'Compares the accounts and grants of the tablets of a keyspace.',
    options: { shards: list({ default: [], help: 'only these shards' }) },
    args: [1, 1],
    async run(call) {
      const request = { keyspace: call.args[0], shards: [...call.options.shards] };
      const response = await call.client.call('validatePermissionsKeyspace', request);
      const type = 'vtctldata.ValidatePermissionsKeyspaceResponse';
      call.printJson(type, ValidatePermissionsKeyspaceResponse, response);
    },
  }),
  command({
    name: 'ValidatePermissionsShard',
    usage: '<keyspace/shard>',
    short: 'Compares the accounts and grants of the tablets of a shard.',
    options: {},
    args: [1, 1],
    async run(call) {
      const { keyspace, shard } = parseKeyspaceShard(call.args[0]);
      const response = await call.client.call('validatePermissionsKeyspace', { keyspace, shards: [shard] });
      const type = 'vtctldata.ValidatePermissionsKeyspaceResponse';
      call.printJson(type, ValidatePermissionsKeyspaceResponse, response);
    },
  }),
];
