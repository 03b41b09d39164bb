import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const vtctl = join(__dirname, '..', '..', 'clients', 'vtctl', 'bin', 'vtctl.js');

/** Runs a command of `vtctl` against a vtctld; rejects with what it said. */
export async function call(server: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [vtctl, '--server', server, ...args]);
  return stdout;
}
