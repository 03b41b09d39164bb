// What the project needs beside Node: Debian packages. As root they are installed when missing, else the caller is told
// exactly what to run. Everything it says goes to stderr, so that stdout stays for the command's own output.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Exit code for a missing prerequisite. */
export const EXIT_PREREQUISITE = 3;

/** Debian package -> a binary, or a file by its path, that shows it is there. */
export const MARIADB = {
  'mariadb-server-core': 'mariadbd',
  'mariadb-client-core': 'mariadb',
};

/** For the tests alone. ZooKeeper's package brings no Java by itself. */
export const TEST_SERVERS = {
  'etcd-server': 'etcd',
  'libzookeeper-java': '/usr/share/java/zookeeper.jar',
  'default-jre-headless': 'java',
};

/** `name`: a file by its path, or a program that is looked for where programs are. */
export function hasBinary(name) {
  if (name.startsWith('/')) return existsSync(name);
  const path = `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin:/sbin`;
  return path.split(':').some((dir) => dir !== '' && existsSync(join(dir, name)));
}

/** Installs what is missing of `wanted` (package -> binary); exits with 3 when it cannot. */
export function ensurePackages(wanted) {
  const problem = installMissing(wanted);
  if (problem === '') return;
  process.stderr.write(`${problem}\n`);
  process.exit(EXIT_PREREQUISITE);
}

/** The same for what can be done without: says what is missing, and goes on. */
export function offerPackages(wanted) {
  const problem = installMissing(wanted);
  if (problem !== '') process.stderr.write(`${problem}\nWhat needs it is skipped.\n`);
}

/** Empty when all is there, else what is missing and how to get it. */
function installMissing(wanted) {
  const absent = () =>
    Object.entries(wanted)
      .filter(([, binary]) => !hasBinary(binary))
      .map(([name]) => name);
  const missing = absent();
  if (missing.length === 0) return '';
  const command = `apt-get update && apt-get install -y --no-install-recommends ${missing.join(' ')}`;
  const isRoot = process.getuid?.() === 0;
  if (!isRoot || !hasBinary('apt-get')) {
    return `Missing: ${missing.join(', ')}. Install them, as root on Debian: ${command}`;
  }
  process.stderr.write(`Installing ${missing.join(', ')} ...\n`);
  const result = spawnSync('sh', ['-c', command], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const still = absent();
  if (result.status === 0 && still.length === 0) return '';
  return `Could not install ${still.join(', ') || missing.join(', ')}. Run: ${command}`;
}

/** Installs the npm dependencies when node_modules does not match package-lock.json. */
export function ensureNodeModules(root) {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && isNewer(installed, join(root, 'package-lock.json'))) return;
  process.stderr.write('Installing npm packages ...\n');
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

function isNewer(a, b) {
  const out = spawnSync('find', [a, '!', '-newer', b], { encoding: 'utf8' });
  return out.stdout.trim() === '';
}
