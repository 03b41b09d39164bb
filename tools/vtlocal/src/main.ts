import { join } from 'node:path';
import { startTelemetry } from '@vitess-ts/telemetry';
import { down } from './commands/down';
import { status } from './commands/status';
import { exitCodeOf, up, upDetached } from './commands/up';
import { Exit, USAGE, parseCommand, version, type UpOptions } from './options';

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
        : upTraced(command.options, print);
  }
}

/** The services of the cluster run in this process, so their spans leave from here. */
async function upTraced(options: UpOptions, print: (line: string) => void): Promise<number> {
  const telemetry = await startTelemetry({
    serviceName: 'vtlocal',
    version: version(packageJson),
    env: process.env,
    onError: (message) => process.stderr.write(`vtlocal: traces: ${message}\n`),
  });
  try {
    return await up(options, version(packageJson), print);
  } finally {
    await telemetry.stop();
  }
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => process.exit(exitCodeOf(error)),
);
