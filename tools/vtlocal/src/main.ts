import { join } from 'node:path';
import { down } from './commands/down';
import { status } from './commands/status';
import { exitCodeOf, up, upDetached } from './commands/up';
import { Exit, USAGE, parseCommand, version } from './options';

const packageJson = join(__dirname, '..', 'package.json');

async function main(argv: readonly string[]): Promise<number> {
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const command = parseCommand(argv, process.cwd());
  switch (command.name) {
    case 'help':
      print(USAGE);
      return Exit.OK;
    case 'version':
      print(`vtlocal ${version(packageJson)}`);
      return Exit.OK;
    case 'status':
      return status(command.dataDir, command.json, print);
    case 'down':
      return down(command.dataDir, print);
    case 'up':
      return command.options.detach && process.send === undefined
        ? upDetached(command.options, argv, print)
        : up(command.options, version(packageJson), print);
  }
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => process.exit(exitCodeOf(error)),
);
