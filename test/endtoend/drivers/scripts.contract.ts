import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { ShopCluster } from './shop-cluster.contract';

const run = promisify(execFile);

/** Suites that are programs of their own: port and keyspace are their arguments, `ok` is what they say. */
export function describeScripts(shop: () => ShopCluster, keyspace: string): void {
  async function suite(command: string, file: string): Promise<void> {
    const script = join(__dirname, 'scripts', file);
    const { stdout } = await run(command, [script, String(shop().cluster.mysqlPort), keyspace]);
    expect(stdout.trim()).toBe('ok');
  }

  test(`mysql (npm) on ${keyspace}`, () => suite(process.execPath, 'mysql-suite.cjs'));

  test.each(['pymysql', 'sqlalchemy'])(`%s on ${keyspace}`, async (name) => {
    const has = await run('python3', ['-c', `import pymysql, ${name}`]).then(
      () => true,
      () => false,
    );
    if (has) await suite('python3', `${name}_suite.py`);
    else console.info(`skipped: Python has no ${name} here (pip install pymysql ${name})`);
  });
}
