import type { Statement } from '../ast';
import { parse } from './parse';

describe('parse, statements other than queries', () => {
  it.each<[string, Partial<Statement>]>([
    ['use `ks:-80@replica`', { kind: 'use', target: 'ks:-80@replica' }],
    ['use ks:-80@replica', { kind: 'use', target: 'ks:-80@replica' }],
    ['use ks/80-;', { kind: 'use', target: 'ks/80-' }],
    ['begin', { kind: 'begin' }],
    [
      'start transaction read only, with consistent snapshot',
      { kind: 'begin', access: 'read only', consistentSnapshot: true },
    ],
    ['commit and chain no release', { kind: 'commit', chain: true, release: false }],
    ['rollback work to savepoint a', { kind: 'rollbackTo', name: 'a' }],
    ['kill query 5', { kind: 'kill', type: 'query' }],
    ['desc t', { kind: 'describe' }],
    ['explain format=json select 1', { kind: 'explain', format: 'json' }],
    ['analyze format=json select 1', { kind: 'explain', format: 'json', analyze: true }],
    ['analyze table t', { kind: 'tableAdmin', action: 'analyze' }],
    ['vexplain select 1', { kind: 'vexplain', type: 'plan' }],
    ['vexplain queries delete from t', { kind: 'vexplain', type: 'queries' }],
    ['/* only */', { kind: 'commentOnly', comments: ['/* only */'] }],
    ['', { kind: 'commentOnly', comments: [] }],
    [
      'set session transaction isolation level read committed',
      { kind: 'setTransaction', scope: 'session', isolation: 'read committed' },
    ],
    ["set password = 'x'", { kind: 'set' }],
    ["set password for a = 'x'", { kind: 'otherAdmin' }],
    ['xa begin 1', { kind: 'otherAdmin', verb: 'xa' }],
  ])('reads %s', (sql, expected) => {
    expect(parse(sql)).toMatchObject(expected);
  });

  it('reads SET with scopes', () => {
    expect(
      parse('set global a = 1, b = on, @@session.c = default, @d = 2, names utf8mb4 collate utf8mb4_bin'),
    ).toMatchObject({
      items: [
        { scope: 'global', name: 'a' },
        { scope: 'global', name: 'b', value: { kind: 'keyword', word: 'on' } },
        { scope: 'session', name: 'c', value: { kind: 'default' } },
        { kind: 'setUserVariable' },
        { kind: 'setNames', charset: 'utf8mb4', collation: 'utf8mb4_bin' },
      ],
    });
  });

  it.each<[string, object]>([
    [
      "show full columns from a.b like 'x%'",
      { what: 'columns', full: true, table: { keyspace: 'a', name: 'b' }, like: { value: 'x%' } },
    ],
    ['show columns from b from a', { what: 'columns', table: { name: 'b' }, keyspace: 'a' }],
    ['show tables in ks where a = 1', { what: 'tables', keyspace: 'ks', where: {} }],
    ['show schemas', { what: 'databases' }],
    ['show keys from t', { what: 'index', table: { name: 't' } }],
    ['show create table a.b', { what: 'create table', table: { keyspace: 'a', name: 'b' } }],
    ["show global variables like 'v'", { what: 'variables', scope: 'global' }],
    ['show engine innodb status', { what: 'engine status', argument: 'innodb' }],
    ["show vitess_shards like 'x'", { what: 'vitess_shards' }],
    ['show vitess_migrations from ks', { what: 'vitess_migrations', keyspace: 'ks' }],
    ["show vitess_migration 'u' logs", { what: 'vitess_migration logs', argument: 'u' }],
    ['show vitess_metadata variables', { what: 'variables', scope: 'vitess_metadata' }],
    ['show vschema vindexes on t', { what: 'vschema vindexes', table: { name: 't' } }],
    ['show vschema vindexes from ks.t', { what: 'vschema vindexes' }],
    ['show warnings limit 5', { what: 'warnings', limit: {} }],
    ['show count(*) warnings', { what: 'count warnings' }],
    ['show global gtid_executed from ks', { what: 'gtid_executed', scope: 'global', keyspace: 'ks' }],
    ['show vitess_throttler status', { what: 'vitess_throttler status' }],
    ['show unresolved transactions for ks', { what: 'unresolved transactions', argument: 'ks' }],
    ["show transaction status for 'x'", { what: 'transaction status', argument: 'x' }],
  ])('reads %s', (sql, expected) => {
    expect(parse(sql)).toMatchObject({ kind: 'show', text: sql, ...expected });
  });

  it.each<[string, object]>([
    [
      'create table if not exists ks.t (a int)',
      { action: 'create', object: 'table', names: [{ keyspace: 'ks', name: 't' }], ifNotExists: true },
    ],
    ['create temporary table t like u', { temporary: true, like: { name: 'u' } }],
    ['create table t (a int) engine=innodb as select 1', { query: { kind: 'select' } }],
    ['create table t select 1', { query: { kind: 'select' } }],
    [
      'create or replace algorithm = merge definer = a@b sql security invoker view v as select 1',
      { object: 'view', orReplace: true, query: {} },
    ],
    [
      'create unique index i on ks.t (a)',
      { object: 'index', index: 'i', names: [{ keyspace: 'ks', name: 't' }] },
    ],
    ['create database if not exists d', { object: 'database', names: [{ name: 'd' }] }],
    ['create procedure p() begin select 1; end', { object: 'procedure', names: [{ name: 'p' }] }],
    ['alter table t add a int, rename to u.v', { action: 'alter', renames: [{ keyspace: 'u', name: 'v' }] }],
    ['alter table t rename column a to b', { renames: [] }],
    [
      'drop table if exists a, b.c',
      { action: 'drop', ifExists: true, names: [{ name: 'a' }, { keyspace: 'b', name: 'c' }] },
    ],
    ['drop index i on t', { object: 'index', index: 'i', names: [{ name: 't' }] }],
    [
      'rename table a to b, c to d',
      { action: 'rename', names: [{ name: 'a' }, { name: 'c' }], renames: [{ name: 'b' }, { name: 'd' }] },
    ],
    ['truncate t', { action: 'truncate', names: [{ name: 't' }] }],
    ['create /*vt+ strategy=online */ table t (a int)', { comments: ['/*vt+ strategy=online */'] }],
    ['grant all on *.* to a', { action: 'grant', object: 'privileges' }],
  ])('reads the head of %s', (sql, expected) => {
    expect(parse(sql)).toMatchObject({ kind: 'ddl', text: sql, ...expected });
  });

  it.each<[string, object]>([
    [
      "create vindex ks.v using hash with a=b, c='d'",
      {
        action: 'create vindex',
        table: { keyspace: 'ks', name: 'v' },
        vindex: {
          type: 'hash',
          params: [
            ['a', 'b'],
            ['c', 'd'],
          ],
        },
      },
    ],
    ['drop vindex ks.v', { action: 'drop vindex' }],
    ['add table t', { action: 'add table' }],
    ['drop table t', { action: 'drop table' }],
    [
      'on t add vindex v (a, b) using hash',
      { action: 'add vindex', columns: ['a', 'b'], vindex: { name: 'v', type: 'hash' } },
    ],
    ['on t drop vindex v', { action: 'drop column vindex', vindex: { name: 'v' } }],
    ['add sequence s', { action: 'add sequence' }],
    ['drop sequence s', { action: 'drop sequence' }],
    [
      'on t add auto_increment a using ks.s',
      {
        action: 'add auto_increment',
        autoIncrement: { column: 'a', sequence: { keyspace: 'ks', name: 's' } },
      },
    ],
    ['on t drop auto_increment', { action: 'drop auto_increment' }],
  ])('reads ALTER VSCHEMA %s', (sql, expected) => {
    expect(parse(`alter vschema ${sql}`)).toMatchObject({ kind: 'alterVschema', ...expected });
  });
});
