// Builds the web page of vtctld (services/vtctld/web/dist) when its sources are not those of the last build.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export function buildWeb(root) {
  const web = join(root, 'services/vtctld/web');
  const stampFile = join(web, 'dist/.stamp');
  const stamp = hashOf(web, root);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const result = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: web,
    stdio: ['ignore', 2, 2],
  });
  if (result.error) throw result.error;
  if (result.status !== 0) process.exit(result.status ?? 1);
  writeFileSync(stampFile, stamp);
}

function hashOf(web, root) {
  const hash = createHash('sha256');
  for (const name of [
    'index.html',
    'vite.config.ts',
    ...filesBelow(web, 'src'),
    ...filesBelow(web, 'public'),
  ]) {
    const content = readFileSync(join(web, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  for (const tool of ['vite', 'preact', 'wouter-preact', '@picocss/pico']) {
    hash.update(readFileSync(join(root, 'node_modules', tool, 'package.json')));
  }
  return hash.digest('hex');
}

function filesBelow(web, dir) {
  return readdirSync(join(web, dir), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name).slice(web.length + 1))
    .sort();
}
