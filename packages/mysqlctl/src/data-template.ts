import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:fs';
import { access, cp, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { userInfo } from 'node:os';
import { Code, VtError } from '@vitess-ts/vterrors';
import { accountSql } from './accounts';
import type { Binaries } from './binaries';

/** Part of the template's name: to be raised when what it holds changes. */
const TEMPLATE_FORMAT = 3;
const PREPARE_TIMEOUT_MS = 120_000;

/**
 * The directory with a freshly installed data directory (system tables and accounts) for this server version; made on
 * first use. Several processes may ask at once: each prepares its own and the first to finish wins.
 */
export async function preparedDataDir(
  binaries: Binaries,
  cacheDir: string,
  redoLogBytes: number,
): Promise<string> {
  const name = `mariadb-${binaries.version.replace(/[^\w.+-]/g, '_')}-f${TEMPLATE_FORMAT}-redo${redoLogBytes}`;
  const target = join(cacheDir, name);
  if (await exists(target)) return target;
  await mkdir(cacheDir, { recursive: true });
  const work = await mkdtemp(join(cacheDir, '.prepare-'));
  try {
    const data = join(work, 'data');
    await install(binaries, data, work, redoLogBytes);
    await makeAccounts(binaries, data, work, redoLogBytes);
    await rename(data, target).catch(async (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return target;
}

/** Copies a prepared data directory to `dataDir`, which appears whole or not at all. */
export async function copyDataDir(template: string, dataDir: string): Promise<void> {
  const partial = `${dataDir}.partial`;
  await rm(partial, { recursive: true, force: true });
  await cp(template, partial, {
    recursive: true,
    mode: constants.COPYFILE_FICLONE,
    preserveTimestamps: true,
  });
  await rename(partial, dataDir);
}

async function install(binaries: Binaries, data: string, work: string, redoLogBytes: number): Promise<void> {
  const args = [
    '--no-defaults',
    `--datadir=${data}`,
    '--auth-root-authentication-method=normal',
    '--skip-test-db',
    '--skip-name-resolve',
    `--user=${userInfo().username}`,
    `--innodb-log-file-size=${redoLogBytes}`,
    `--tmpdir=${work}`,
  ];
  await run(spawn(binaries.installDb, args, { stdio: ['ignore', 'pipe', 'pipe'] }), 'mariadb-install-db');
}

async function makeAccounts(
  binaries: Binaries,
  data: string,
  work: string,
  redoLogBytes: number,
): Promise<void> {
  const log = join(work, 'bootstrap.log');
  const args = [
    '--no-defaults',
    '--bootstrap',
    `--datadir=${data}`,
    `--tmpdir=${work}`,
    `--user=${userInfo().username}`,
    `--innodb-log-file-size=${redoLogBytes}`,
    '--innodb-buffer-pool-size=16M',
    `--log-error=${log}`,
  ];
  const child = spawn(binaries.mariadbd, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  child.stdin!.on('error', () => {
    // The server ended early; `run` reports that with its output.
  });
  child.stdin!.end(accountSql());
  await run(child, 'mariadbd --bootstrap');
  const errors = (await readFile(log, 'utf8')).split('\n').filter((line) => line.includes('[ERROR]'));
  if (errors.length > 0) {
    throw new VtError(Code.FAILED_PRECONDITION, `creating the MySQL accounts failed: ${errors.join('; ')}`);
  }
}

async function run(child: ChildProcess, what: string): Promise<void> {
  let output = '';
  const collect = (chunk: Buffer): void => {
    output = (output + chunk.toString('utf8')).slice(-4000);
  };
  child.stdout?.on('data', collect);
  child.stderr?.on('data', collect);
  const timer = setTimeout(() => child.kill('SIGKILL'), PREPARE_TIMEOUT_MS);
  const code = await new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => resolve(exitCode ?? signal ?? 'unknown'));
  }).finally(() => clearTimeout(timer));
  if (code !== 0) {
    throw new VtError(Code.FAILED_PRECONDITION, `${what} failed (${code}): ${output.trim()}`);
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch (_error) {
    return false;
  }
}
