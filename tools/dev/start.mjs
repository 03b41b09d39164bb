// `npm start -- OPTIONS`: all set-up, then `vtlocal up OPTIONS` in the foreground.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { build, root } from './build.mjs';
import { MARIADB, ensurePackages } from './prerequisites.mjs';

ensurePackages(MARIADB);
build();

const child = spawn(
  process.execPath,
  [join(root, 'tools/vtlocal/bin/vtlocal.js'), 'up', ...process.argv.slice(2)],
  {
    cwd: process.env.INIT_CWD ?? root,
    stdio: 'inherit',
  },
);
// The terminal sends Ctrl-C to the whole group; a plain kill reaches only this process and is passed on.
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => signal === 'SIGTERM' && child.kill(signal));
child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 0 : 1)));
