import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from './binaries';

let dir: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vt-bin-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function program(name: string, output: string): Promise<void> {
  await writeFile(join(dir, name), `#!/bin/sh\necho '${output}'\n`);
  await chmod(join(dir, name), 0o755);
}

test('missing programs are an error that names the packages to install', async () => {
  await expect(findBinaries([dir], [])).rejects.toMatchObject({
    code: 9,
    message: expect.stringMatching(/mariadbd is not installed.*mariadb-server-core mariadb-client-core/),
  });
});

test('MySQL is refused with what to do', async () => {
  await program('mysqld', 'mysqld  Ver 8.4.3 for Linux on x86_64 (MySQL Community Server - GPL)');
  await program('mysql_install_db', '');
  await expect(findBinaries([dir], [])).rejects.toMatchObject({
    code: 9,
    message: expect.stringContaining('is not MariaDB'),
  });
});

test('given directories come first, and the version is read', async () => {
  await program('mariadbd', 'mariadbd  Ver 11.4.2-MariaDB for Linux on x86_64 (x)');
  await program('mariadb-install-db', '');
  expect(await findBinaries([dir])).toEqual({
    mariadbd: join(dir, 'mariadbd'),
    installDb: join(dir, 'mariadb-install-db'),
    version: '11.4.2-MariaDB',
  });
});
