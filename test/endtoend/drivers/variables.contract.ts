import { Sessions, answerOf } from './answers.contract';
import type { ShopCluster } from './shop-cluster.contract';

/** Statements in the order of one session: each must get the same answer as on one server. */
const sequences: Record<string, string[]> = {
  sql_mode: [
    "set sql_mode = 'ANSI_QUOTES'",
    'select @@sql_mode, @@session.sql_mode',
    'select "name" from "author"',
    `select 'a' "b"`,
    "set sql_mode = 'ANSI'",
    "select @@sql_mode, 'a' || 'b'",
    "set sql_mode = 'TRADITIONAL'",
    'select @@sql_mode',
    "set sql_mode = ''",
    'select @@sql_mode',
    "set sql_mode = 'nonsense'",
    'set sql_mode = null',
    "set session sql_mode = 'NO_ZERO_DATE,strict_trans_tables', @@session.time_zone = '+02:00'",
    'select @@session.sql_mode, @@time_zone',
    "set @@sql_mode = concat(@@sql_mode, ',NO_ENGINE_SUBSTITUTION')",
    'select @@sql_mode',
    "set sql_mode = (select replace(@@sql_mode, 'NO_ZERO_DATE', ''))",
    'select @@sql_mode',
    'set sql_mode = 33554432',
    "select @@sql_mode, cast('2020-02-31' as date)",
    'set sql_mode = default, time_zone = default',
    'select @@sql_mode, @@time_zone',
  ],
  time_zone: [
    "set timestamp = 1000000000, time_zone = '+03:00'",
    "select now(), from_unixtime(0), unix_timestamp('2020-01-01 00:00:00')",
    "set time_zone = 'Europe/Nowhere'",
    'select @@time_zone, @@session.time_zone, @@global.time_zone',
    'set time_zone = SYSTEM, timestamp = default',
    'select @@time_zone',
  ],
  checks: [
    'set foreign_key_checks = 0',
    'select @@foreign_key_checks, @@session.foreign_key_checks',
    'set foreign_key_checks = 1, unique_checks = off',
    'select @@foreign_key_checks, @@unique_checks',
    'set unique_checks = on',
    'select @@unique_checks',
    'set sql_safe_updates = 1',
    'select @@sql_safe_updates',
    'set sql_safe_updates = 0',
  ],
  'character sets': [
    "set names 'utf8'",
    'select @@character_set_client, @@character_set_results, @@character_set_connection, @@collation_connection',
    'set names utf8mb4 collate utf8mb4_unicode_ci',
    'select @@character_set_client, @@collation_connection',
    "select 'ß' = 'ss', collation('a')",
    'set names default',
    "select @@character_set_client, @@collation_connection, 'ß' = 'ss'",
    'set names nonsense',
    'set names utf8mb4 collate latin1_bin',
    'set names utf8mb4 collate nope_ci',
    'set character_set_results = latin1',
    'select @@character_set_results',
    'set names utf8mb4',
    "select 'é', @@character_set_results",
    'set charset latin1',
    'select @@character_set_client, @@character_set_results, @@character_set_connection, @@collation_connection',
    'set names utf8mb4',
    'set collation_connection = utf8mb4_bin',
    "select @@collation_connection, 'a' = 'A'",
    'set names utf8mb4',
    "select 'a' = 'A'",
    'set character_set_client = ucs2',
  ],
  transactions: [
    'set autocommit = 0',
    'select @@autocommit',
    'set autocommit = on',
    'select @@autocommit, @@session.autocommit',
    'set autocommit = default',
    'set autocommit = 2',
    "set autocommit = 'nope'",
    'set session transaction isolation level read committed',
    'select @@tx_isolation, @@session.tx_isolation',
    'set transaction isolation level serializable',
    'select @@tx_isolation',
    "set tx_isolation = 'nope'",
    "set tx_isolation = 'READ-UNCOMMITTED'",
    'select @@tx_isolation',
    'set tx_isolation = default',
    'select @@tx_isolation',
    'set session transaction read only',
    'select @@tx_read_only',
    'set session transaction read write',
    'select @@tx_read_only',
  ],
  limits: [
    'set wait_timeout = 100, net_read_timeout = 31',
    'select @@wait_timeout, @@net_read_timeout, @@interactive_timeout',
    'set wait_timeout = default, net_read_timeout = default',
    'set max_allowed_packet = 1024',
    'select @@max_allowed_packet',
    'set sql_select_limit = 2',
    'select @@sql_select_limit',
    'set sql_select_limit = default',
    'select @@sql_select_limit',
    'set group_concat_max_len = 20480, lock_wait_timeout = 10',
    'select @@group_concat_max_len, @@lock_wait_timeout, @@local.lock_wait_timeout',
    'set local lock_wait_timeout = default',
    "set lock_wait_timeout = 'abc'",
    'set lock_wait_timeout = 1.5',
    'set max_statement_time = 1.5',
    'select @@max_statement_time',
    'select sleep(5)',
    'set max_statement_time = default',
    'select @@max_statement_time',
  ],
  'variables that cannot be set': [
    'set nonsense = 1',
    'set @@nonsense = 1',
    'select @@nonsense',
    "set version = 'x'",
    "set hostname = 'x'",
    'set max_connections = 10',
    'set session max_connections = 10',
    'set @@global.max_connections = 10',
    "set big_tables = 'abc'",
    'set storage_engine = nope',
    'select @@global.max_connections',
  ],
  'user variables': [
    "set @a = 1, @b = 'x', @c = 1.50, @d = null, @e = x'4142', @f = 1e0",
    'select @a, @b, @c, @d, @e, @f',
    'set @a := @a + 1',
    'select @a, @A, @`a`',
    'select @a := 5',
    'select @a',
    'set @t = (select 3)',
    'select @t, @nope is null',
    `set @q = 'it''s', @r = "d"`,
    'select @q, @r',
    'set @x = 1',
    "select @x := 8, @y := 'z'",
    'select @x, @y',
    "select 1, 'two' into @one, @two",
    'select @one, @two',
    'select 1, 2 into @one',
    'select table_name from information_schema.tables into @one',
  ],
  'prepared statements': [
    "prepare s from 'select ? as a, ? as b'",
    "set @p = 41, @q = 'x'",
    'execute s using @p, @q',
    'execute s using @p',
    'deallocate prepare s',
    'execute s',
    'deallocate prepare s',
    'set @text = "select count(*) from author where id = ?"',
    'prepare S2 from @text',
    'execute s2 using @p',
    'drop prepare s2',
    "prepare bad from 'selec'",
    "prepare two from 'select 1; select 2'",
  ],
  'functions of the session': [
    'select database(), schema()',
    'select connection_id() > 0, user() = current_user()',
    'select version() = @@version',
    'do 1, 2',
    'do sleep(0), nope()',
    "select get_lock('gate', 1), is_free_lock('gate'), is_used_lock('gate') > 0",
    "select release_lock('gate'), release_lock('gate')",
    'set last_insert_id = 7',
    'select last_insert_id(), @@last_insert_id, @@identity',
    'do last_insert_id(9)',
    'select last_insert_id()',
    'select last_insert_id(11)',
    'select last_insert_id()',
  ],
};

export function describeVariables(shop: () => ShopCluster): void {
  describe('variables', () => {
    for (const [name, statements] of Object.entries(sequences)) {
      test(`${name}: as on one server`, async () => {
        const sessions = await Sessions.open(shop());
        try {
          for (const sql of statements) await sessions.same(sql);
        } finally {
          await sessions.close();
        }
      });
    }

    test('a session keeps what it has set to itself', async () => {
      const [one, other] = [await shop().gate(), await shop().gate()];
      const ask = (on: typeof one): ReturnType<typeof answerOf> =>
        answerOf(on, 'select @@time_zone, @@group_concat_max_len, @v is null');
      const before = await ask(other);
      await one.query("set time_zone = '+05:00', group_concat_max_len = 99999, @v = 1");
      expect(await ask(one)).toMatchObject({ rows: [['+05:00', '99999', 0]] });
      expect(await ask(other)).toEqual(before);
      await Promise.all([one.end(), other.end()]);
    });

    test('what is set holds on both shards, before and after transactions', async () => {
      const db = await shop().gate();
      await db.query("set time_zone = '+07:00', sql_mode = ''");
      // Without strict mode a text that is too long is cut.
      const insert =
        "insert into item (id, a) values (1, 'too long'), (2, 'too long'), (3, 'too long'), (4, 'too long')";
      await db.query(insert);
      await db.query('begin');
      await db.query('delete from item');
      await db.query(insert);
      await db.query('commit');
      expect(await answerOf(db, 'select distinct a from item')).toMatchObject({ rows: [['too l']] });
      await db.query('delete from item');
      await db.query('set sql_mode = default');
      expect(await answerOf(db, insert)).toEqual({ errno: 1406, sqlState: '22001' });
      await db.end();
    });

    test('locks by name exclude other sessions until they end', async () => {
      const [one, other] = [await shop().gate(), await shop().gate({ database: 'main' })];
      const take = "select get_lock('only one', 0) as got";
      expect(await answerOf(one, take)).toMatchObject({ rows: [[1]] });
      expect(await answerOf(other, take)).toMatchObject({ rows: [[0]] });
      await one.end();
      expect(await answerOf(other, "select get_lock('only one', 10) as got")).toMatchObject({ rows: [[1]] });
      await other.end();
    });

    test.each([
      ['set sql_log_bin = 0', 1235],
      ['set global max_connections = 5', 1227],
      ["set sql_mode = 'NO_BACKSLASH_ESCAPES'", 1231],
      ['create temporary table t (id int)', 1235],
      ['lock tables author read', 1235],
      ['flush tables', 1235],
      ['call nope()', 1235],
    ])('%s is refused with %d', async (sql, errno) => {
      const db = await shop().gate();
      await expect(db.query(sql)).rejects.toMatchObject({ errno });
      await db.end();
    });
  });
}
