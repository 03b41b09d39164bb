import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { InvalidProtoValue } from '@vitess-ts/proto';
import {
  bool,
  defineOptions,
  duration,
  envOf,
  ExitCode,
  flagOf,
  str,
  UsageError,
  type OptionSpecs,
} from '@vitess-ts/servenv';
import { Code, codeName, SqlError, VtError } from '@vitess-ts/vterrors';
import { CommandCall, type Command, type Output } from './command';
import { commands } from './commands';
import { dryRunCalls } from './dry-run';
import { commandHelp, programHelp } from './help';
import type { VtctldCalls } from './vtctld-calls';
import { VtctldClient } from './vtctld-client';

/** How a command line reaches a vtctld, by options that every command then has. */
export interface Connector {
  options: OptionSpecs;
  connect(options: Readonly<Record<string, unknown>>, timeoutMs: number): Promise<VtctldCalls>;
}

/** By gRPC. */
export const remoteVtctld: Connector = {
  options: { server: str({ default: 'localhost:15999', help: 'host:port of vtctld' }) },
  connect: async ({ server }, timeoutMs) => new VtctldClient(String(server), timeoutMs),
};

/** Options of every command, which may stand before its name too. */
const standardOptions = {
  actionTimeoutMs: duration({ default: 3_600_000, help: 'limit of the whole command' }),
  compact: bool({ default: false, help: 'JSON without the fields that are not set' }),
  dryRun: bool({ default: false, help: 'change nothing, and show what would be changed, as JSON' }),
} as const satisfies OptionSpecs;

const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as {
  version: string;
};

/** Runs one command line; gives the exit code: 0, 1 for a failure, 2 for a command line that is wrong. */
export async function runCli(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  output: Output,
  connector: Connector = remoteVtctld,
): Promise<ExitCode> {
  try {
    return await dispatch(argv, env, output, connector);
  } catch (error) {
    if (error instanceof UsageError || error instanceof InvalidProtoValue) {
      output.err(`vtctl: ${error.message}\n`);
      return ExitCode.USAGE;
    }
    output.err(`vtctl: ${describe(error)}\n`);
    return ExitCode.FAILED;
  }
}

async function dispatch(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  output: Output,
  connector: Connector,
): Promise<ExitCode> {
  const globalOptions = { ...connector.options, ...standardOptions };
  const help = (command: Command): string => commandHelp(command, globalOptions);
  const at = commandIndex(argv, globalOptions);
  const name = argv[at];
  const rest = argv.filter((_, i) => i !== at);
  if (name === undefined || name === 'help') {
    if (rest.includes('--version') || rest.includes('-v')) {
      output.out(`vtctl ${version}\n`);
      return ExitCode.OK;
    }
    const topic = name === 'help' ? rest.find((word) => !word.startsWith('-')) : undefined;
    const asked = name === 'help' || rest.includes('--help') || rest.includes('-h');
    const text = topic === undefined ? programHelp(commands, globalOptions) : help(findCommand(topic));
    (asked ? output.out : output.err)(text);
    return asked ? ExitCode.OK : ExitCode.USAGE;
  }
  const command = findCommand(name);
  const options = defineOptions({ ...globalOptions, ...command.options });
  const parsed = options.parse({ argv: spellOut(command, rest), env: globalEnv(env, globalOptions) });
  if (parsed.action !== 'run') {
    output.out(parsed.action === 'help' ? help(command) : `vtctl ${version}\n`);
    return ExitCode.OK;
  }
  for (const warning of parsed.warnings) output.err(`vtctl: ${warning}\n`);
  checkArguments(command, parsed.args);
  const values: Readonly<Record<string, unknown>> = parsed.values;
  const own = Object.fromEntries(Object.keys(command.options).map((key) => [key, values[key]]));
  const client = await connector.connect(values, Number(values.actionTimeoutMs));
  try {
    // Some commands try out by themselves.
    if (values.dryRun === true && !Object.hasOwn(command.options, 'dryRun')) {
      await tryOut(command, client, parsed.args, own, output);
    } else await command.run(new CommandCall(client, parsed.args, own, output, values.compact === true));
  } finally {
    await client.close();
  }
  return ExitCode.OK;
}

/** Runs a command on a vtctld that changes nothing, and shows what it would have changed instead of what it says. */
async function tryOut(
  command: Command,
  client: VtctldCalls,
  args: readonly string[],
  own: Readonly<Record<string, unknown>>,
  output: Output,
): Promise<void> {
  const wouldDo: unknown[] = [];
  const calls = dryRunCalls(client, (rpc, changes, tabletCalls) =>
    wouldDo.push({
      rpc,
      changes: changes.map(({ cell, path, before, after }) => ({
        path: `/${cell}/${path}`,
        before: shown(before),
        after: shown(after),
      })),
      tablet_calls: tabletCalls,
    }),
  );
  const silent: Output = { out: () => undefined, err: (text) => output.err(text) };
  await command.run(new CommandCall(calls, args, own, silent, false));
  output.out(`${JSON.stringify({ dry_run: true, calls: wouldDo }, null, 2)}\n`);
}

/** Records come as JSON, which very long ones are no longer. */
function shown(record: string): unknown {
  if (record === '') return null;
  try {
    return JSON.parse(record);
  } catch {
    return record;
  }
}

/** The first word that is no flag and no value of a global flag. */
function commandIndex(argv: readonly string[], globalOptions: OptionSpecs): number {
  const withValue = Object.entries(globalOptions)
    .filter(([, spec]) => !('isBoolean' in spec && spec.isBoolean))
    .map(([key, spec]) => `--${flagOf(key, spec)}`);
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i].replaceAll('_', '-');
    if (withValue.includes(word)) i++;
    else if (!argv[i].startsWith('-')) return i;
  }
  return argv.length;
}

/** Upper and lower case are alike. */
function findCommand(name: string): Command {
  const lower = name.toLowerCase();
  const found = commands.find((command) =>
    [command.name, ...(command.aliases ?? [])].some((known) => known.toLowerCase() === lower),
  );
  if (found) return found;
  const near = commands.map((command) => command.name).filter((known) => known.toLowerCase().includes(lower));
  const hint = near.length === 0 ? '' : `; did you mean ${near.slice(0, 5).join(', ')}?`;
  throw new UsageError(`unknown command ${JSON.stringify(name)}${hint} See "vtctl help" for all commands.`);
}

/** Flags of one letter as the flags that they stand for. */
function spellOut({ letters = {} }: Command, argv: readonly string[]): string[] {
  return argv.map((word) => {
    const match = /^-([a-zA-Z])(=.*)?$/.exec(word);
    const flag = match && letters[match[1]];
    return match && flag ? `--${flag}${match[2] ?? ''}` : word;
  });
}

/** A variable must never make a command do more than its words say: only the global options can be set by one. */
function globalEnv(
  env: Readonly<Record<string, string | undefined>>,
  globalOptions: OptionSpecs,
): Record<string, string | undefined> {
  const names = Object.entries(globalOptions).map(([key, spec]) => envOf(flagOf(key, spec)));
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}

function checkArguments({ name, usage, args: [min, max] }: Command, args: readonly string[]): void {
  if (args.length >= min && args.length <= max) return;
  const wanted = min === max ? `${min}` : max === Infinity ? `at least ${min}` : `${min} to ${max}`;
  throw new UsageError(
    `${name} takes ${wanted} arguments, not ${args.length}\nUsage: vtctl ${name} ${usage}`.trimEnd(),
  );
}

function describe(error: unknown): string {
  if (error instanceof VtError && error.code === Code.UNIMPLEMENTED) {
    return `${codeName(error.code)}: ${error.message}; this vtctld lacks it: use a version that has it, or another command`;
  }
  if (error instanceof VtError || error instanceof SqlError)
    return `${codeName(error.code)}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
