import { flagOf, type OptionSpecs } from '@vitess-ts/servenv';
import type { Command } from './command';

export function programHelp(commands: readonly Command[], globals: OptionSpecs): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    'Usage: vtctl [--server host:port] <command> [options] [arguments]',
    '',
    'Controls a cluster through its vtctld.',
    '',
    'Commands:',
    ...commands.map(({ name, short }) => `  ${name.padEnd(width)}  ${short}`),
    '',
    'Options of all commands:',
    ...optionLines(globals, {}),
    '',
    'They can also be set by environment variables: VT_SERVER, VT_ACTION_TIMEOUT, VT_COMPACT.',
    '"vtctl help <command>" tells more of one.',
    '',
  ].join('\n');
}

export function commandHelp(
  { name, usage, short, long, options, letters = {} }: Command,
  globals: OptionSpecs,
): string {
  return [
    `Usage: vtctl ${name} ${usage}`.trimEnd(),
    '',
    short,
    ...(long === undefined ? [] : ['', long]),
    ...(Object.keys(options).length === 0 ? [] : ['', 'Options:', ...optionLines(options, letters)]),
    '',
    'Options of all commands:',
    ...optionLines(globals, {}),
    '',
  ].join('\n');
}

function optionLines(options: OptionSpecs, letters: Readonly<Record<string, string>>): string[] {
  return Object.entries(options)
    .map(([key, spec]) => {
      const flag = flagOf(key, spec);
      const letter = Object.keys(letters).find((one) => letters[one] === flag);
      const standard = spec.format(spec.default as unknown);
      const shown = standard === '' || standard === 'false' ? '' : ` (default ${standard})`;
      return (
        `  ${letter === undefined ? '' : `-${letter}, `}--${flag} ${spec.placeholder}`.trimEnd() +
        `\n      ${spec.help}${shown}`
      );
    })
    .sort((a, b) => (a.replace(/^ +(-\w, )?/, '') < b.replace(/^ +(-\w, )?/, '') ? -1 : 1));
}
