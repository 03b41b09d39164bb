import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { ShopCluster } from './shop-cluster.contract';

const run = promisify(execFile);

export function describeCommandLine(shop: () => ShopCluster): void {
  describe('the mariadb command line', () => {
    const connection = (): string[] => [
      '--no-defaults',
      '-h127.0.0.1',
      `-P${shop().cluster.mysqlPort}`,
      '-utest',
    ];

    async function mariadb(sql: string, ...args: string[]): Promise<string> {
      const { stdout } = await run('mariadb', [...connection(), '-N', '-B', ...args, '-e', sql]);
      return stdout;
    }

    test('USE takes a keyspace, a shard and a tablet type, first or last', async () => {
      expect(await mariadb('use shop; select database()')).toBe('shop\n');
      expect(await mariadb('select 1; use shop')).toBe('1\n');
      expect(await mariadb('use `shop:-80`; show vitess_target')).toBe('shop:-80\n');
      expect(await mariadb('use `shop@primary`; show vitess_target')).toBe('shop@primary\n');
      expect(await mariadb('use `shop:80-@primary`; show vitess_target')).toBe('shop:80-@primary\n');
      expect(await mariadb('select database()', 'shop')).toBe('shop\n');
      expect(await mariadb('use information_schema; show tables like "ENGINES"')).toBe('ENGINES\n');
    });

    test('a database that there is not is error 1049', async () => {
      await expect(mariadb('use nope')).rejects.toMatchObject({
        stderr: expect.stringContaining("ERROR 1049 (42000) at line 1: Unknown database 'nope'") as string,
      });
      await expect(mariadb('select 1', 'nope')).rejects.toMatchObject({
        stderr: expect.stringContaining("ERROR 1049 (42000): Unknown database 'nope'") as string,
      });
    });

    test('comments, vertical output, delimiters and auto-completion', async () => {
      expect(await mariadb('/* a */ select /* b */ 1 # c', '--comments', 'shop')).toBe('1\n');
      expect(await mariadb('select 2 as two\\G')).toContain('2');
      expect(await mariadb('delimiter //\nselect 3//')).toBe('3\n');
      // Auto-completion reads all tables and their fields when it starts.
      expect(await mariadb('select 4', '--auto-rehash', 'shop')).toBe('4\n');
    });

    test('status and processes', async () => {
      const status = await mariadb('status', 'shop');
      expect(status).toContain('Current database:\tshop');
      expect(status).toMatch(/Uptime:/);
      expect(await mariadb('show processlist', 'shop')).toMatch(
        /\ttest\t127\.0\.0\.1:\d+\tshop\tQuery\t0\texecuting\tshow processlist\n/,
      );
    });

    test('mariadb-dump writes a keyspace that another server can read', async () => {
      const db = await shop().gate();
      await db.query("insert into author (name, born) values ('dumped', '1999-12-31')");
      const { stdout } = await run('mariadb-dump', [
        ...connection(),
        '--single-transaction',
        '--routines',
        '--triggers',
        '--events',
        'shop',
      ]);
      expect(stdout).not.toContain('vt_shop');
      const direct = await shop().direct({ multipleStatements: true });
      await direct.query('create database restored; use restored');
      await direct.query(stdout);
      const [rows] = await direct.query("select name, born from author where name = 'dumped'");
      expect(rows).toEqual([{ name: 'dumped', born: '1999-12-31' }]);
      const [tables] = await direct.query({ sql: 'show tables', rowsAsArray: true });
      expect(tables).toEqual([['author'], ['book'], ['item'], ['v_author']]);
      await direct.query('drop database restored');
      await db.query('delete from author');
      await Promise.all([db.end(), direct.end()]);
    });
  });
}
