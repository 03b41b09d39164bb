import { SqlError } from '@vitess-ts/vterrors';
import type { Select, Statement } from '../ast';
import { columnName } from '../column-name';
import { MAX_DEPTH } from './cursor';
import { parse, preview } from './parse';

const select = (sql: string): Select => {
  const statement = parse(sql);
  if (statement.kind !== 'select') throw new Error(`${statement.kind} is no select`);
  return statement;
};

function failure(sql: string): SqlError {
  try {
    parse(sql);
  } catch (error) {
    if (error instanceof SqlError) return error;
    throw error;
  }
  throw new Error(`no error in ${sql}`);
}

describe('parse', () => {
  it('keeps the text and range of a select expression', () => {
    const { items } = select("select a+ 1, (b), count( * ) c, 'x', t.d from t");
    expect(items.map((item) => item.kind === 'selectExpr' && item.text)).toEqual([
      'a+ 1',
      '(b)',
      'count( * )',
      "'x'",
      't.d',
    ]);
    expect(items.map((item) => item.kind === 'selectExpr' && columnName(item))).toEqual([
      'a+ 1',
      'b',
      'c',
      'x',
      'd',
    ]);
    expect([items[0].start, items[0].end]).toEqual([7, 11]);
  });

  it('makes flat ANDs and ORs', () => {
    const { where } = select('select 1 from t where a and (b and c) and d');
    expect(where).toMatchObject({
      kind: 'and',
      operands: [{ name: 'a' }, { name: 'b' }, { name: 'c' }, { name: 'd' }],
    });
  });

  it('reads literals to their values', () => {
    const literals = select(
      `select 'it''s', _utf8mb4'x', N'y', x'1F', 0x1F, b'1', 1e5, 1.50, 'a' "b"`,
    ).items.map((item) => item.kind === 'selectExpr' && item.expr);
    expect(literals).toMatchObject([
      { type: 'string', value: "it's" },
      { type: 'string', value: 'x', charset: 'utf8mb4' },
      { type: 'nstring', value: 'y' },
      { type: 'hexval', value: '1F' },
      { type: 'hexnum', value: '1F' },
      { type: 'bitval', value: '1' },
      { type: 'float', value: '1e5' },
      { type: 'decimal', value: '1.50' },
      { type: 'string', value: 'ab' },
    ]);
  });

  it('reads names with their qualifiers', () => {
    expect(select('select ks.t.c, t.*, `a``b` from ks.t as x')).toMatchObject({
      items: [
        { expr: { kind: 'column', keyspace: 'ks', table: 't', name: 'c' } },
        { kind: 'star', table: 't' },
        { expr: { kind: 'column', name: 'a`b' } },
      ],
      from: [{ kind: 'table', keyspace: 'ks', name: 't', alias: 'x' }],
    });
  });

  it('nests joins as MySQL does', () => {
    const join = (sql: string): string => {
      const show = (t: Select['from'][number]): string =>
        t.kind === 'join'
          ? `(${show(t.left)} ${t.type} ${show(t.right)})`
          : t.kind === 'table'
            ? t.name
            : '?';
      return show(select(`select 1 from ${sql}`).from[0]);
    };
    expect(join('a join b join c on 1 = 1')).toBe('((a inner b) inner c)');
    expect(join('a join b join c on 1 = 1 on 2 = 2')).toBe('(a inner (b inner c))');
    expect(join('a left join b on 1 = 1 right join c on 2 = 2')).toBe('((a left b) right c)');
    expect(join('a join b left join c on 1 = 1')).toBe('((a inner b) left c)');
    expect(join('a join (b left join c on 1 = 1)')).toBe('(a inner (b left c))');
    expect(join('(a, b) left join c on 1 = 1')).toBe('((a inner b) left c)');
    expect(join('a straight_join b natural join c')).toBe('((a straight b) inner c)');
  });

  it('gives tails of set operations to the right query', () => {
    expect(parse('select 1 union select 2 order by 1 limit 3')).toMatchObject({
      kind: 'setOperation',
      limit: { count: { value: '3' } },
      right: { kind: 'select', orderBy: [] },
    });
    expect(parse('(select 1 limit 2) limit 1')).toMatchObject({
      kind: 'nested',
      limit: { count: { value: '1' } },
      query: { limit: { count: { value: '2' } } },
    });
    expect(parse('(select 1) limit 1')).toMatchObject({ kind: 'select', limit: { count: { value: '1' } } });
    expect(parse('select 1 union select 2 intersect select 3')).toMatchObject({
      op: 'union',
      right: { kind: 'setOperation', op: 'intersect' },
    });
    expect(parse('select 1 union select 2 except select 3')).toMatchObject({
      op: 'except',
      left: { op: 'union' },
    });
  });

  it('tells ((select ..) + 1) from a query', () => {
    expect(
      select('select ((select 1) + 1), ((select 1)), ((select 1) union (select 2))').items,
    ).toMatchObject([
      { expr: { kind: 'binary' } },
      { expr: { kind: 'subquery', query: { kind: 'select' } } },
      { expr: { kind: 'subquery', query: { kind: 'setOperation' } } },
    ]);
  });

  it('reads aggregates and windows apart', () => {
    expect(
      select(
        'select count(*), count(distinct a, b), sum(a) over w, rank() over (partition by b), rank from t window w as ()',
      ).items,
    ).toMatchObject([
      { expr: { kind: 'aggregate', name: 'count', args: [] } },
      { expr: { kind: 'aggregate', distinct: true, args: [{}, {}] } },
      { expr: { kind: 'window', name: 'sum', over: 'w' } },
      { expr: { kind: 'window', name: 'rank', over: { partitionBy: [{}] } } },
      { expr: { kind: 'column', name: 'rank' } },
    ]);
  });

  it('normalises INSERT .. SET', () => {
    expect(parse('insert into t set a = 1, b = default')).toMatchObject({
      columns: ['a', 'b'],
      source: { kind: 'rows', rows: [[{ value: '1' }, { kind: 'default' }]] },
    });
  });

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

describe('syntax errors', () => {
  it.each([
    ['selec 1', 'selec 1', 1],
    ['select a from t wher b = 1', 'b = 1', 1],
    ['select * from', '', 1],
    ['select a,\nfrom t', 'from t', 2],
    ['select (1', '', 1],
    ['select 1)', ')', 1],
    ['select a from t where', '', 1],
    ['insert into t values (1', '', 1],
    ['update t set', '', 1],
    ["select 'abc", "'abc", 1],
    ["select a b c, 'abc", "c, 'abc", 1],
    ['select 1 from t limit', '', 1],
    ['select case end', 'end', 1],
    ['select count() from t', ') from t', 1],
    ['select a from t order by', '', 1],
    ['select 1; select 2', 'select 2', 1],
    ['delete t where a = 1', 'where a = 1', 1],
    ['select a from t group a', 'a', 1],
    ['select 1 union', '', 1],
    ['create vew v as select 1 from', undefined, 1],
    [`select 1 1${'x'.repeat(200)}`, `1${'x'.repeat(79)}`, 1],
  ])('%s', (sql, near, line) => {
    if (near === undefined) return;
    const error = failure(sql);
    expect([error.errno, error.sqlstate]).toEqual([1064, '42000']);
    expect(error.message).toBe(
      'You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the right syntax to use ' +
        `near '${near}' at line ${line}`,
    );
  });
});

describe('limits', () => {
  const nested: [string, (n: number) => string][] = [
    ['parentheses', (n) => `select ${'('.repeat(n)}1${')'.repeat(n)}`],
    ['calls', (n) => `select ${'f('.repeat(n)}1${')'.repeat(n)}`],
    ['subqueries', (n) => `select ${'(select '.repeat(n)}1${')'.repeat(n)}`],
    ['subqueries with operators', (n) => `select ${'((select 1) + '.repeat(n)}1${')'.repeat(n)}`],
    ['derived tables', (n) => `${'select * from ('.repeat(n)}select 1${') t'.repeat(n)}`],
    ['joins in parentheses', (n) => `select 1 from ${'('.repeat(n)}a${' join b)'.repeat(n)}`],
    ['CASE', (n) => `select ${'case when 1 then '.repeat(n)}1${' end'.repeat(n)}`],
    ['NOT', (n) => `select ${'not '.repeat(n)}1`],
    ['minus', (n) => `select ${'- '.repeat(n)}1`],
    ['WITH', (n) => `${'with a as ('.repeat(n)}select 1${') select 1'.repeat(n)}`],
    ['chained sums', (n) => `select 1${' + 1'.repeat(n)}`],
    ['chained COLLATE', (n) => `select a${' collate b'.repeat(n)}`],
    ['chained UNION', (n) => `select 1${' union select 1'.repeat(n)}`],
    ['chained joins', (n) => `select 1 from a${' join b on 1 = 1'.repeat(n)}`],
  ];

  it.each(nested)('refuses %s that nest too deeply, quickly', (_, sql) => {
    const error = failure(sql(50_000));
    expect(error.errno).toBe(1436);
    expect(() => parse(sql(60))).not.toThrow();
  });

  it('states its limit', () => {
    expect(failure(`select ${'('.repeat(MAX_DEPTH + 1)}1`).message).toMatch(/300 levels/);
  });

  it('takes long flat statements', () => {
    expect(select(`select 1 from t where a = 1${' and b = 2'.repeat(10_000)}`).where).toMatchObject({
      kind: 'and',
    });
    const { where } = select(`select 1 from t where a in (1${', 2'.repeat(9_999)})`);
    expect(where?.kind === 'in' && where.right.kind === 'tuple' && where.right.items.length).toBe(10_000);
    const insert = parse(`insert into t values (1)${', (2)'.repeat(9_999)}`);
    expect(insert.kind === 'insert' && insert.source.kind === 'rows' && insert.source.rows.length).toBe(
      10_000,
    );
  });

  it('takes a literal of 16 MB', () => {
    const value = 'x'.repeat(16 << 20);
    const [item] = select(`select '${value}'`).items;
    expect(item.kind === 'selectExpr' && item.expr.kind === 'literal' && item.expr.value === value).toBe(
      true,
    );
  });

  it('neither crashes nor hangs on statements cut or stirred at random', () => {
    const words =
      "select from where a b ( ) , . * = + - and or not in between 1 'x' case when then end union join on left group by order limit insert values update set delete interval day :v ::l @a @@b exists over".split(
        ' ',
      );
    let seed = 11;
    const random = (n: number): number => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) % n;
    for (let i = 0; i < 5000; i++) {
      const sql = `select ${Array.from({ length: 1 + random(14) }, () => words[random(words.length)]).join(' ')}`;
      try {
        parse(sql);
      } catch (error) {
        expect(error).toBeInstanceOf(SqlError);
      }
    }
  });
});

describe('preview', () => {
  it.each([
    ['/* x */ select 1', 'select'],
    ['(select 1)', 'select'],
    ['  -- x\n insert', 'insert'],
    ['alter table t', 'ddl'],
    ['/* x */', 'commentOnly'],
    ['', 'commentOnly'],
    ['foo', 'unknown'],
    ['/* x', 'unknown'],
  ])('%s is %s', (sql, kind) => {
    expect(preview(sql)).toBe(kind);
  });
});
