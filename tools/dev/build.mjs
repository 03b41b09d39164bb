// All set-up between a clean clone and something that runs: npm packages, generated code, compiled TypeScript.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildWeb } from './build-web.mjs';
import { ensureNodeModules } from './prerequisites.mjs';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Runs a step with its output on stderr; ends the process with the step's exit code when it fails. */
export function step(command, args) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (result.error) throw result.error;
  if (result.status !== 0) process.exit(result.status ?? 1);
}

export function build() {
  ensureNodeModules(root);
  step(process.execPath, ['tools/dev/generate.mjs']);
  step(process.execPath, ['node_modules/typescript/bin/tsc', '-b']);
  buildWeb(root);
}
