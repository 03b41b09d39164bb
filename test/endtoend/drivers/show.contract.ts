import { Sessions, answerOf } from './answers.contract';
import type { ShopCluster } from './shop-cluster.contract';

/** KS stands for the name of the schema. */
const statements: readonly string[] = [
  'show tables',
  'show full tables',
  'show tables from KS',
  "show tables like 'a%'",
  "show full tables where Table_type = 'BASE TABLE'",
  "show tables where Tables_in_KS like 'b%'",
  'show columns from author',
  'show full columns from author',
  'show full fields from `author` from `KS`',
  "show columns from author like 'n%'",
  "show columns from author where Field = 'id'",
  'show index from book',
  "show keys from author where key_name = 'PRIMARY'",
  'show create table author',
  'show create table KS.book',
  'show create view v_author',
  "show table status like 'v_author'",
  'describe author',
  'desc author name',
  'explain author',
  'describe KS.book',
  'show engines',
  "show collation like 'utf8mb4%'",
  "show collation where `Collation` = 'utf8mb4_bin' and `Default` = ''",
  'show character set',
  "show charset like 'utf%'",
  "show variables like 'sql_mode'",
  "show variables like 'character_set_c%'",
  "show variables like 'collation%'",
  "show session variables like 'time_zone'",
  "show global variables like 'max_conn%'",
  "show variables where Variable_name = 'lower_case_table_names'",
  "show variables like 'autocommit'",
  "show status like 'Ssl_cipher'",
  "show session status like 'Compression'",
  'show warnings',
  'show errors',
  'show count(*) warnings',
  'show count(*) errors',
  'show triggers',
  'show events',
  "show function status where Db = 'KS'",
  'show plugins',
  'show privileges',
  'show create database KS',
  'show columns from nope',
  'show create table nope',
  'show index from nope',
  'describe nope',
  'show tables from nope',
  'show columns from information_schema.tables',
  'show tables from information_schema',
  'explain select * from author where id = 1',
  'explain select 1',
  'analyze table author',
  'check table KS.author, book',
  'check table nope',
];

export function describeShow(shop: () => ShopCluster): void {
  describe('SHOW, DESCRIBE and EXPLAIN', () => {
    test('as one server answers, with the names that clients know', async () => {
      const sessions = await Sessions.open(shop());
      try {
        for (const sql of statements) {
          const answer = await sessions.same(sql);
          expect(JSON.stringify(answer)).not.toContain('vt_shop');
        }
      } finally {
        await sessions.close();
      }
    });

    test('what the session has set is in SHOW VARIABLES', async () => {
      const sessions = await Sessions.open(shop());
      try {
        await sessions.same(
          "set sql_mode = 'ANSI_QUOTES', time_zone = '+01:00', autocommit = 0, wait_timeout = 77",
        );
        await sessions.same(
          "show variables where variable_name in ('sql_mode', 'time_zone', 'autocommit', 'wait_timeout')",
        );
      } finally {
        await sessions.close();
      }
    });

    test('SHOW PROCESSLIST shows the clients of the gate', async () => {
      const [one, other] = [await shop().gate(), await shop().gate({ database: 'main' })];
      const id = async (on: typeof one): Promise<unknown> =>
        ((await answerOf(on, 'select connection_id()')) as { rows: unknown[][] }).rows[0][0];
      const otherId = String(await id(other));
      const { rows } = (await answerOf(one, 'show full processlist')) as { rows: string[][] };
      const found = rows.find((row) => row[0] === otherId);
      expect(found?.slice(1, 2).concat(found.slice(3, 5))).toEqual(['test', 'main', 'Sleep']);
      await one.query(`kill ${otherId}`);
      await expect(other.query('select 1')).rejects.toThrow();
      await one.end();
    });
  });
}
