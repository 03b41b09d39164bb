import { KeyspaceType } from '@vitess-ts/proto/topodata';
import {
  FindAllShardsInKeyspaceResponse,
  Keyspace,
  SetKeyspaceDurabilityPolicyResponse,
} from '@vitess-ts/proto/vtctldata';
import type { Time } from '@vitess-ts/proto/vttime';
import { bool, oneOf, str, UsageError } from '@vitess-ts/servenv';
import { command } from '../command';

export const keyspaceCommands = [
  command({
    name: 'CreateKeyspace',
    usage:
      '<keyspace> [--force|-f] [--type KEYSPACE_TYPE] [--base-keyspace KEYSPACE --snapshot-timestamp TIME] ' +
      '[--durability-policy <policy>] [--sidecar-db-name <name>]',
    short: 'Creates a keyspace in the topology.',
    long: 'For a SNAPSHOT keyspace, give its base keyspace and its time.',
    options: {
      force: bool({ default: false, help: 'no error when the keyspace exists; its record stays as it is' }),
      allowEmptyVschema: bool({ default: false, help: 'create no vschema record' }),
      type: oneOf(['NORMAL', 'SNAPSHOT'], { default: 'NORMAL', help: 'type of the keyspace' }),
      baseKeyspace: str({ default: '', help: 'base of a SNAPSHOT keyspace' }),
      snapshotTimestamp: str({ default: '', help: 'time of a SNAPSHOT keyspace, as 2006-01-02T15:04:05Z' }),
      durabilityPolicy: str({ default: 'none', help: 'who has to acknowledge transactions' }),
      sidecarDbName: str({ default: '_vt', help: 'name of the database for our own tables on each mysqld' }),
    },
    letters: { f: 'force', e: 'allow-empty-vschema' },
    args: [1, 1],
    async run(call) {
      const [name] = call.args;
      const { type, snapshotTimestamp, allowEmptyVschema, ...options } = call.options;
      const { keyspace } = await call.client.call('createKeyspace', {
        ...options,
        name,
        allowEmptyVSchema: allowEmptyVschema,
        type: type === 'SNAPSHOT' ? KeyspaceType.SNAPSHOT : KeyspaceType.NORMAL,
        snapshotTime: snapshotTimestamp === '' ? undefined : parseTime(snapshotTimestamp),
      });
      const shown = call.json('vtctldata.Keyspace', Keyspace, keyspace);
      call.print(`Successfully created keyspace ${name}. Result:\n${shown}`);
    },
  }),
  command({
    name: 'DeleteKeyspace',
    usage: '[--recursive|-r] [--force|-f] <keyspace>',
    short: 'Deletes a keyspace from the topology. It must have no shards, unless recursive.',
    options: {
      recursive: bool({ default: false, help: 'delete its shards and their tablets too' }),
      force: bool({
        default: false,
        help: 'without the lock of the keyspace, and past cells that do not answer',
      }),
    },
    letters: { r: 'recursive', f: 'force' },
    args: [1, 1],
    async run({ client, args: [keyspace], options, print }) {
      await client.call('deleteKeyspace', { keyspace, ...options });
      print(`Successfully deleted keyspace ${keyspace}.`);
    },
  }),
  command({
    name: 'GetKeyspace',
    usage: '<keyspace>',
    short: 'Shows a keyspace.',
    options: {},
    args: [1, 1],
    async run(call) {
      const { keyspace } = await call.client.call('getKeyspace', { keyspace: call.args[0] });
      call.printJson('vtctldata.Keyspace', Keyspace, keyspace);
    },
  }),
  command({
    name: 'GetKeyspaces',
    usage: '',
    short: 'Shows all keyspaces.',
    options: {},
    args: [0, 0],
    async run(call) {
      const { keyspaces } = await call.client.call('getKeyspaces');
      call.printJsonList('vtctldata.Keyspace', Keyspace, keyspaces);
    },
  }),
  command({
    name: 'FindAllShardsInKeyspace',
    usage: '<keyspace>',
    short: 'Shows the shards of a keyspace by name.',
    options: {},
    args: [1, 1],
    async run(call) {
      const response = await call.client.call('findAllShardsInKeyspace', { keyspace: call.args[0] });
      call.printJson('vtctldata.FindAllShardsInKeyspaceResponse', FindAllShardsInKeyspaceResponse, response);
    },
  }),
  command({
    name: 'SetKeyspaceDurabilityPolicy',
    usage: '[--durability-policy=policy_name] <keyspace>',
    short: 'Sets who has to acknowledge transactions of a keyspace.',
    options: { durabilityPolicy: str({ default: 'none', help: 'none, semi_sync, cross_cell, ...' }) },
    args: [1, 1],
    async run(call) {
      const request = { keyspace: call.args[0], durabilityPolicy: call.options.durabilityPolicy };
      const response = await call.client.call('setKeyspaceDurabilityPolicy', request);
      const type = 'vtctldata.SetKeyspaceDurabilityPolicyResponse';
      call.printJson(type, SetKeyspaceDurabilityPolicyResponse, response);
    },
  }),
];

function parseTime(value: string): Time {
  const ms = Date.parse(value);
  if (Number.isNaN(ms))
    throw new UsageError(`${JSON.stringify(value)} is not a time such as 2006-01-02T15:04:05Z`);
  return { seconds: BigInt(Math.floor(ms / 1000)), nanoseconds: (ms % 1000) * 1_000_000 };
}
