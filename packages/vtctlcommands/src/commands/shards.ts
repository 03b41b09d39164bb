import { Shard as ShardRecord } from '@vitess-ts/proto/topodata';
import { CreateShardResponse, GetShardReplicationResponse, Shard } from '@vitess-ts/proto/vtctldata';
import { bool } from '@vitess-ts/servenv';
import { command, parseBoolean, parseKeyspaceShard } from '../command';

export const shardCommands = [
  command({
    name: 'CreateShard',
    usage: '[--force|-f] [--include-parent|-p] <keyspace/shard>',
    short: 'Creates a shard in the topology.',
    options: {
      force: bool({ default: false, help: 'no error when the shard exists' }),
      includeParent: bool({ default: false, help: 'create the keyspace too when it is missing' }),
    },
    letters: { f: 'force', p: 'include-parent' },
    args: [1, 1],
    async run(call) {
      const { keyspace, shard: shardName } = parseKeyspaceShard(call.args[0]);
      const response = await call.client.call('createShard', { keyspace, shardName, ...call.options });
      call.printJson('vtctldata.CreateShardResponse', CreateShardResponse, response);
    },
  }),
  command({
    name: 'DeleteShards',
    usage: '[--recursive|-r] [--even-if-serving] [--force|-f] <keyspace/shard> [<keyspace/shard> ...]',
    short: 'Deletes shards from the topology. They must have no tablets, unless recursive.',
    options: {
      recursive: bool({ default: false, help: 'delete the records of their tablets too' }),
      evenIfServing: bool({ default: false, help: 'delete them although they serve' }),
      force: bool({
        default: false,
        help: 'no error for a shard that is missing, and past cells that do not answer',
      }),
    },
    letters: { r: 'recursive', f: 'force' },
    args: [1, Infinity],
    async run({ client, args, options, print }) {
      const shards = args
        .map(parseKeyspaceShard)
        .map(({ keyspace, shard }) => ({ keyspace, name: shard, shard: undefined }));
      await client.call('deleteShards', { shards, ...options });
      print(`Successfully deleted ${shards.length} shards`);
    },
  }),
  command({
    name: 'GetShard',
    usage: '<keyspace/shard>',
    short: 'Shows a shard.',
    options: {},
    args: [1, 1],
    async run(call) {
      const { keyspace, shard: shardName } = parseKeyspaceShard(call.args[0]);
      const { shard } = await call.client.call('getShard', { keyspace, shardName });
      call.printJson('vtctldata.Shard', Shard, shard);
    },
  }),
  command({
    name: 'SetShardIsPrimaryServing',
    usage: '<keyspace/shard> <true/false>',
    short: 'Adds a shard to those that serve, or takes it out. For emergencies; rebuilds no serving graph.',
    options: {},
    args: [2, 2],
    async run(call) {
      const request = { ...parseKeyspaceShard(call.args[0]), isServing: parseBoolean(call.args[1]) };
      const { shard } = await call.client.call('setShardIsPrimaryServing', request);
      call.printJson('topodata.Shard', ShardRecord, shard);
    },
  }),
  command({
    name: 'GetShardReplication',
    usage: '<keyspace/shard> [<cell1> ...]',
    short: 'Shows the list of tablets of a shard that each cell keeps.',
    options: {},
    args: [1, Infinity],
    async run(call) {
      const [shard, ...cells] = call.args;
      const request = { ...parseKeyspaceShard(shard), cells };
      const response = await call.client.call('getShardReplication', request);
      call.printJson('vtctldata.GetShardReplicationResponse', GetShardReplicationResponse, response);
    },
  }),
];
