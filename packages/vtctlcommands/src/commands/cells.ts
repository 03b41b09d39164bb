import { CellInfo, CellsAlias } from '@vitess-ts/proto/topodata';
import { bool, list, str } from '@vitess-ts/servenv';
import { command } from '../command';

const cellOptions = {
  serverAddress: str({
    default: '',
    help: 'address of the topology server of the cell; empty: the global one',
  }),
  root: str({ default: '', help: "path of the cell's records on that server" }),
};
const cellLetters = { a: 'server-address', r: 'root' };
const cells = list({ default: [], help: 'the cells of the alias' });

export const cellCommands = [
  command({
    name: 'AddCellInfo',
    usage: '--root <root> [--server-address <addr>] <cell>',
    short: 'Registers a cell in the topology.',
    options: cellOptions,
    letters: cellLetters,
    args: [1, 1],
    async run({ client, args: [name], options, print }) {
      await client.call('addCellInfo', { name, cellInfo: { ...options } });
      print(`Created cell: ${name}`);
    },
  }),
  command({
    name: 'UpdateCellInfo',
    usage: '[--server-address <addr>] [--root <root>] <cell>',
    short: 'Changes the record of a cell, and makes it when it is missing. Empty values stay as they are.',
    options: cellOptions,
    letters: cellLetters,
    args: [1, 1],
    async run(call) {
      const [name] = call.args;
      const { cellInfo } = await call.client.call('updateCellInfo', { name, cellInfo: { ...call.options } });
      call.print(
        `Updated cell ${name}. New CellInfo:\n${call.json('topodata.CellInfo', CellInfo, cellInfo)}`,
      );
    },
  }),
  command({
    name: 'DeleteCellInfo',
    usage: '[--force] <cell>',
    short: 'Deletes the record of a cell. The cell must hold no tablets and serve nothing.',
    options: {
      force: bool({ default: false, help: 'delete it even when its topology cannot be looked into' }),
    },
    letters: { f: 'force' },
    args: [1, 1],
    async run({ client, args: [name], options: { force }, print }) {
      await client.call('deleteCellInfo', { name, force });
      print(`Deleted cell ${name}`);
    },
  }),
  command({
    name: 'GetCellInfo',
    usage: '<cell>',
    short: 'Shows the record of a cell.',
    options: {},
    args: [1, 1],
    async run(call) {
      const { cellInfo } = await call.client.call('getCellInfo', { cell: call.args[0] });
      call.printJson('topodata.CellInfo', CellInfo, cellInfo);
    },
  }),
  command({
    name: 'GetCellInfoNames',
    usage: '',
    short: 'Lists the names of all cells.',
    options: {},
    args: [0, 0],
    async run({ client, print }) {
      const { names } = await client.call('getCellInfoNames');
      print(names.join('\n'));
    },
  }),
  command({
    name: 'AddCellsAlias',
    usage: '--cells <cell1,cell2,...> <alias>',
    short: 'Groups cells, so that tablets of one may serve the others.',
    options: { cells },
    letters: { c: 'cells' },
    args: [1, 1],
    async run({ client, args: [name], options, print }) {
      await client.call('addCellsAlias', { name, cells: [...options.cells] });
      print(`Created cells alias: ${name} (cells = [${options.cells.join(' ')}])`);
    },
  }),
  command({
    name: 'UpdateCellsAlias',
    usage: '--cells <cell1,cell2,...> <alias>',
    short: 'Replaces the cells of an alias.',
    options: { cells },
    letters: { c: 'cells' },
    args: [1, 1],
    async run(call) {
      const [name] = call.args;
      const request = { name, cellsAlias: { cells: [...call.options.cells] } };
      const { cellsAlias } = await call.client.call('updateCellsAlias', request);
      const shown = call.json('topodata.CellsAlias', CellsAlias, cellsAlias);
      call.print(`Updated cells alias ${name}. New CellsAlias:\n${shown}`);
    },
  }),
  command({
    name: 'DeleteCellsAlias',
    usage: '<alias>',
    short: 'Deletes an alias of cells, not the cells.',
    options: {},
    args: [1, 1],
    async run({ client, args: [name], print }) {
      await client.call('deleteCellsAlias', { name });
      print(`Deleted cells alias ${name}`);
    },
  }),
  command({
    name: 'GetCellsAliases',
    usage: '',
    short: 'Shows all aliases of cells.',
    options: {},
    args: [0, 0],
    async run(call) {
      const { aliases } = await call.client.call('getCellsAliases');
      call.printJsonMap('topodata.CellsAlias', CellsAlias, aliases);
    },
  }),
];
