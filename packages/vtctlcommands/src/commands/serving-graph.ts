import { SrvKeyspace } from '@vitess-ts/proto/topodata';
import { SrvVSchema } from '@vitess-ts/proto/vschema';
import { GetSrvKeyspaceNamesResponse_NameList as NameList } from '@vitess-ts/proto/vtctldata';
import { bool, list } from '@vitess-ts/servenv';
import { command } from '../command';

const cells = list({ default: [], help: 'only these cells' });

export const servingGraphCommands = [
  command({
    name: 'RebuildKeyspaceGraph',
    usage: '[--cells=c1,c2,...] [--allow-partial] ks1 [ks2 ...]',
    short: 'Rebuilds what cells serve of keyspaces.',
    options: {
      cells,
      allowPartial: bool({ default: false, help: 'a SNAPSHOT keyspace may lack shards' }),
    },
    letters: { c: 'cells' },
    args: [1, Infinity],
    async run({ client, args, options }) {
      for (const keyspace of args) {
        const request = { keyspace, cells: [...options.cells], allowPartial: options.allowPartial };
        await client.call('rebuildKeyspaceGraph', request);
      }
    },
  }),
  command({
    name: 'RebuildVSchemaGraph',
    usage: '[--cells=c1,c2,...]',
    short: 'Rebuilds the serving vschema of cells from the vschemas of all keyspaces.',
    options: { cells },
    letters: { c: 'cells' },
    args: [0, 0],
    async run({ client, options, print }) {
      await client.call('rebuildVSchemaGraph', { cells: [...options.cells] });
      print('RebuildVSchemaGraph: ok');
    },
  }),
  command({
    name: 'GetSrvKeyspaceNames',
    usage: '[<cell> ...]',
    short: 'Shows the names of the keyspaces that each cell serves.',
    options: {},
    args: [0, Infinity],
    async run(call) {
      const { names } = await call.client.call('getSrvKeyspaceNames', { cells: [...call.args] });
      call.printJsonMap('vtctldata.GetSrvKeyspaceNamesResponse.NameList', NameList, names);
    },
  }),
  command({
    name: 'GetSrvKeyspaces',
    usage: '<keyspace> [<cell> ...]',
    short: 'Shows what each cell serves of a keyspace.',
    options: {},
    args: [1, Infinity],
    async run(call) {
      const [keyspace, ...of] = call.args;
      const { srvKeyspaces } = await call.client.call('getSrvKeyspaces', { keyspace, cells: of });
      call.printJsonMap('topodata.SrvKeyspace', SrvKeyspace, srvKeyspaces);
    },
  }),
  command({
    name: 'GetSrvVSchema',
    usage: '<cell>',
    short: 'Shows the serving vschema of a cell.',
    options: {},
    args: [1, 1],
    async run(call) {
      const { srvVSchema } = await call.client.call('getSrvVSchema', { cell: call.args[0] });
      call.printJson('vschema.SrvVSchema', SrvVSchema, srvVSchema);
    },
  }),
  command({
    name: 'GetSrvVSchemas',
    usage: '[<cell> ...]',
    short: 'Shows the serving vschema of each cell.',
    options: {},
    args: [0, Infinity],
    async run(call) {
      const { srvVSchemas } = await call.client.call('getSrvVSchemas', { cells: [...call.args] });
      call.printJsonMap('vschema.SrvVSchema', SrvVSchema, srvVSchemas);
    },
  }),
  command({
    name: 'DeleteSrvVSchema',
    usage: '<cell>',
    short: 'Deletes the serving vschema of a cell.',
    options: {},
    args: [1, 1],
    async run({ client, args: [cell] }) {
      await client.call('deleteSrvVSchema', { cell });
    },
  }),
];
