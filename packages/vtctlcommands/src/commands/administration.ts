import { Level } from '@vitess-ts/proto/logutil';
import { AuditRecord } from '@vitess-ts/proto/vtaudit';
import { bool, int, list, UsageError } from '@vitess-ts/servenv';
import { command } from '../command';
import { completionScript, shells } from '../completion';

export const administrationCommands = (names: () => readonly string[]) => [
  command({
    name: 'GetAuditLog',
    usage: '[--limit <n>] [--rpcs <rpc1,...>] [--json]',
    short: 'Shows the latest changes that were made through this vtctld: who, what, before and after.',
    options: {
      limit: int({ default: 20, min: 1, max: 1000, help: 'so many' }),
      rpcs: list({ default: [], help: 'only of these RPCs' }),
      json: bool({ default: false, help: 'as JSON' }),
    },
    letters: { j: 'json' },
    args: [0, 0],
    async run(call) {
      const { limit, rpcs, json } = call.options;
      const records = await call.client.auditLog({ limit, rpcs: [...rpcs], beforeId: 0n });
      if (json) {
        call.printJsonList('vtaudit.AuditRecord', AuditRecord, records);
        return;
      }
      for (const { id, time, rpc, caller, error, changes } of records) {
        const at = time ? new Date(Number(time.seconds) * 1000).toISOString() : '';
        call.print(`${id} ${at} ${rpc} ${caller} ${error === '' ? 'ok' : `failed: ${error}`}`);
        for (const { cell, path, before, after } of changes) {
          call.print(`    /${cell}/${path}`);
          if (before !== '') call.print(`    - ${before}`);
          if (after !== '') call.print(`    + ${after}`);
        }
      }
    },
  }),
  command({
    name: 'LegacyVtctlCommand',
    usage: '-- <command> [flags ...] [args ...]',
    short: 'Runs a command line of the first vtctl on the server.',
    options: {},
    args: [1, Infinity],
    async run({ client, args, write, note }) {
      for await (const { level, value } of client.legacyCommand(args)) {
        if (level === Level.CONSOLE) write(value);
        else note(value);
      }
    },
  }),
  command({
    name: 'completion',
    usage: '<bash|zsh|fish>',
    short: 'Prints a script that lets a shell complete the names of commands.',
    options: {},
    args: [1, 1],
    async run({ args: [shell], print }) {
      if (!shells.includes(shell))
        throw new UsageError(`${JSON.stringify(shell)} is none of ${shells.join(', ')}`);
      print(completionScript(shell, names()));
    },
  }),
];
