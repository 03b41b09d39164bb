import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Code, VtError } from '@vitess-ts/vterrors';

export interface Binaries {
  mariadbd: string;
  installDb: string;
  /** `10.11.19-MariaDB-0+deb12u1`. */
  version: string;
}

const USUAL_DIRS = [
  '/usr/sbin',
  '/usr/bin',
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/libexec',
  '/usr/local/mysql/bin',
  '/opt/homebrew/bin',
];

/** Debian packages that hold what is looked for here. */
export const DEBIAN_PACKAGES = ['mariadb-server-core', 'mariadb-client-core'] as const;

/** Finds MariaDB's programs, or throws FAILED_PRECONDITION that names what to install. */
export async function findBinaries(
  binDirs: readonly string[] = [],
  usualDirs: readonly string[] = USUAL_DIRS,
): Promise<Binaries> {
  const dirs = [...binDirs, ...usualDirs];
  const mariadbd = await findProgram(dirs, ['mariadbd', 'mysqld']);
  const installDb = await findProgram(dirs, ['mariadb-install-db', 'mysql_install_db']);
  const { stdout } = await promisify(execFile)(mariadbd, ['--no-defaults', '--version'], { timeout: 10_000 });
  const version = /Ver (\S+)/.exec(stdout)?.[1] ?? '';
  if (!version.includes('MariaDB')) {
    throw new VtError(
      Code.FAILED_PRECONDITION,
      `${mariadbd} is not MariaDB (${stdout.trim()}): only MariaDB 10.11 or later can be started here. ` +
        'Start a MySQL server yourself and let the tablet connect to it, or install MariaDB ' +
        `(Debian: apt-get install ${DEBIAN_PACKAGES.join(' ')})`,
    );
  }
  return { mariadbd, installDb, version };
}

async function findProgram(dirs: readonly string[], names: readonly string[]): Promise<string> {
  for (const name of names) {
    for (const dir of dirs) {
      const path = join(dir, name);
      if (await isExecutable(path)) return path;
    }
  }
  throw new VtError(
    Code.FAILED_PRECONDITION,
    `${names[0]} is not installed (looked in ${dirs.join(', ')}). ` +
      `On Debian and Ubuntu: apt-get install --no-install-recommends ${DEBIAN_PACKAGES.join(' ')}`,
  );
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch (_error) {
    return false;
  }
}
