import type { VSchemaJson } from './corpus-columns';

/** Keyspaces for the statements below: one of two shards, and one of one. */
export const vschema: VSchemaJson = {
  keyspaces: {
    user: {
      sharded: true,
      vindexes: { hash: { type: 'hash' } },
      tables: {
        user: {
          column_vindexes: [{ column: 'id', name: 'hash' }],
          key: ['id'],
          columns: [
            { name: 'id', type: 'INT32' },
            { name: 'col', type: 'INT64' },
            { name: 'intcol', type: 'INT16' },
            { name: 'name', type: 'VARCHAR' },
            { name: 'textcol', type: 'VARCHAR' },
          ],
        },
        music: {
          column_vindexes: [{ column: 'user_id', name: 'hash' }],
          columns: [
            { name: 'user_id', type: 'INT32' },
            { name: 'id', type: 'INT64' },
            { name: 'price', type: 'DECIMAL' },
            { name: 'name', type: 'VARCHAR' },
          ],
        },
      },
    },
    main: {
      tables: {
        unsharded: {
          columns: [
            { name: 'id', type: 'INT32' },
            { name: 'col', type: 'INT64' },
            { name: 'name', type: 'VARCHAR' },
          ],
        },
      },
    },
  },
};

/** Statements that one MariaDB must answer alike, by what they are about. */
export const statements: Record<string, readonly string[]> = {
  'names in ORDER BY': [
    'select user.col, music.id as apa from user, music order by col, apa',
    'select u.name, m.name as apa from user u, music m where u.id = m.user_id order by name, apa',
    'select id as foo, intcol as id from user order by id',
    'select id as foo, intcol as id from user order by id + 0',
    'select id, intcol as id from user order by id',
    'select u.id, m.id from user u, music m order by id',
    'select u.id as x, m.id as y from user u join music m on u.id = m.user_id order by id',
    'select id from user union select 3 order by user.id',
    'select id from user union select 300 order by id',
    'select *, name, *, col from user',
    'select user.*, name, user.* from user order by intcol',
  ],
  'scalar subqueries and their types': [
    'select (select count(*) from user), (select sum(col) from music join user on music.id = user.col)',
    'select (select count(*) from user) + (select count(*) from music)',
    'select (select sum(col) from user), (select avg(price) from music) from music',
    'select (select max(intcol) from user), (select min(name) from music) from user',
    'select (select (select col from user where id = 1) from user where id = 1) from user where id = 1',
    'select id, (select col + 1 from user where id = 2) as c from user order by id',
    'select (select group_concat(name order by name) from user) from music',
    'select 1 as x, (select x)',
    'select id as x, (select x + 1) from user',
    'select id as name, (select name) from user',
    'select count(*) as x, (select x) from user',
    'select (select x), 1 as x',
  ],
  'expressions that fail for rows that join nothing': [
    'select u.col - 9223372036854775807 from user u join music m on u.col = m.user_id',
    'select sum(u.col - 9223372036854775800) from user u join music m on u.col = m.user_id and m.user_id < 4',
    'select u.col - 9223372036854775807 from user u left join music m on u.col = m.user_id',
  ],
  'column names of common tables': [
    'with x(id2) as (select id from user) select id2 from x',
    'with u(a, n) as (select id as b, name from user) select u.a from u where u.n = 1',
    'with u(a) as (select id from user union select id from unsharded) select a, count(*) from u group by a',
  ],
  'user variables': [
    'select @val := 42 union select 1',
    'select @val',
    'select @n := 0',
    'select max(@n := @n + 1) from user',
    'select @n',
    'select id, @last := name from user where id = 5',
    'select char_length(@last)',
    'select max(id) from music where user_id = 3 into @found',
    'select @found',
    'select id from user where id = @found or id = 4',
    '(select 7 from user limit 1) union select 7 into @found',
    'select @found',
  ],
  'system tables': [
    "select table_schema, table_name from information_schema.tables where table_schema = 'nowhere' union select 'a', 'b'",
    "select t.table_name, u.id from information_schema.columns t join user u on u.id = t.ordinal_position where t.table_schema = 'mysql' and t.table_name = 'global_priv'",
    "select count(distinct schema_name) from information_schema.schemata where schema_name = 'user' or schema_name = 'main'",
    "select id from user where id in (select ordinal_position from information_schema.columns where table_schema = 'main' and table_name = 'unsharded' union select 4)",
    "select table_schema, count(*) from (select * from information_schema.schemata where schema_name = 'user' union all select * from information_schema.schemata where schema_name = 'main') t, information_schema.tables where table_schema = 'none' group by table_schema",
  ],
  'functions that run once': [
    "select get_lock('corpus', 1) from user where id = 4",
    "select is_used_lock('corpus') is not null, is_free_lock('other') from music",
    "select release_lock('corpus')",
    'select sleep(0), id from user',
    'select last_insert_id(id) from user where id = 5 order by id',
    'select last_insert_id()',
    'select twice(id), count(*) from user group by twice(id)',
    'select id from user where twice(col) > 8',
    'select u.id, twice(m.id) from user u join music m on u.col = m.id',
    'select no_such_function(id) from user',
  ],
};
