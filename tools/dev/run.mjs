// Runs a TypeScript program of test/ (benchmarks, conformance) through swc, after all set-up.
// Usage: run.mjs FILE [ARGUMENTS]
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build, root } from './build.mjs';
import { MARIADB, ensurePackages } from './prerequisites.mjs';

const [file, ...args] = process.argv.slice(2);
if (file === undefined) {
  process.stderr.write('usage: run.mjs FILE [ARGUMENTS]\n');
  process.exit(2);
}
ensurePackages(MARIADB);
build();
const result = spawnSync(
  process.execPath,
  ['--require', join(root, 'tools/dev/swc-register.cjs'), join(root, file), ...args],
  { cwd: root, stdio: 'inherit' },
);
process.exit(result.status ?? 1);
