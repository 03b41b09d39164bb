import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectOptions, MysqlConnection } from '@vitess-ts/mysql';
import { Mysqld, type MysqldOptions } from '@vitess-ts/mysqlctl';
import type { Result } from '@vitess-ts/sqltypes';

export interface TestMariadb {
  readonly mysqld: Mysqld;
  /** The directory of the server; removed by `stop`. */
  readonly dir: string;
  /** Parameters of the administrative account. */
  readonly params: ConnectOptions;
  /** Runs one statement on a connection that is kept for this. */
  sql(statement: string): Promise<Result>;
  /** Runs a statement and gives its rows as text, NULL as null. */
  rows(statement: string): Promise<(string | null)[][]>;
  /** A new connection as vt_dba; the caller closes it. */
  connect(options?: Partial<ConnectOptions>): Promise<MysqlConnection>;
  /** Stops the server and removes its directory. */
  stop(): Promise<void>;
}

/**
 * Starts one MariaDB for a test in a temporary directory. It ends with `stop`, or with this process however that
 * ends. Prepared data directories are kept between runs in the temporary directory of the machine.
 */
export async function startMariadb(options: Partial<MysqldOptions> = {}): Promise<TestMariadb> {
  const dir = await mkdtemp(join(tmpdir(), 'vt-test-'));
  const mysqld = new Mysqld({
    dir,
    cacheDir: join(tmpdir(), `vt-test-cache-${process.getuid?.() ?? 0}`),
    serverId: 1,
    durability: 'relaxed',
    stopWithParent: true,
    ...options,
  });
  try {
    await mysqld.start();
  } catch (error) {
    await rm(dir, { recursive: true, force: true });
    throw error;
  }
  const params = mysqld.dbaConnectionParams();
  const connect = (more: Partial<ConnectOptions> = {}) => MysqlConnection.connect({ ...params, ...more });
  const main = await connect({ multiStatements: true });
  return {
    mysqld,
    dir,
    params,
    connect,
    sql: async (statement) => {
      const results = await main.queryMulti(statement);
      return results[results.length - 1];
    },
    rows: async (statement) => {
      const { rows } = await main.query(statement);
      return rows.rows().map((row) => row.map((value) => value?.toString('utf8') ?? null));
    },
    stop: async () => {
      await main.close();
      await mysqld.shutdown();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
