import { SqlError } from '@vitess-ts/vterrors';
import type { Select } from '../ast';
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

  it('reads reserved words next to a dot as names', () => {
    expect(select('select t.select, from.x, a.`b`, t.1a from t')).toMatchObject({
      items: [
        { expr: { table: 't', name: 'select' } },
        { expr: { table: 'from', name: 'x' } },
        { expr: { table: 'a', name: 'b' } },
        { expr: { table: 't', name: '1a' } },
      ],
    });
    expect(select('select .t.a from .t')).toMatchObject({
      items: [{ expr: { table: 't', name: 'a' } }],
      from: [{ name: 't' }],
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
    ['select case end', '', 1],
    ['select count() from t', ') from t', 1],
    ['select a from t order by', '', 1],
    ['select 1; select 2', 'select 2', 1],
    ['delete t where a = 1', 'where a = 1', 1],
    ['select a from t group a', 'a', 1],
    ['select a,, b from t', ' b from t', 1],
    ['select a from t sum(b)', 'sum(b)', 1],
    ['select a from t sum (b)', '(b)', 1],
    ['select t. from from t', 'from from t', 1],
    ['select t..a from t', '..a from t', 1],
    ['select a as update from t', 'update from t', 1],
    ['select .a from t', 'from t', 1],
    ['select 1 from t where exists(a = 1)', 'a = 1)', 1],
    ['select 1 from (a.b = 1)', '= 1)', 1],
    ['insert into t ((a) values (1)', 'a) values (1)', 1],
    ['select 1 from t where values = 1', 'values = 1', 1],
    ['select left(a) from t', ') from t', 1],
    ['select if(a, b, c, d) from t', ' d) from t', 1],
    ['select - interval 1 day from t', 'from t', 1],
    ['select 1 union', '', 1],
    [`select from ${'x'.repeat(200)}`, `from ${'x'.repeat(75)}`, 1],
  ])('%s', (sql, near, line) => {
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
    const error = failure(sql(20_000));
    expect(error.errno).toBe(1064);
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

  it.each(['show count(', "show count(*'", 'create sql', 'select a in ('])('ends at the end of %s', (sql) => {
    expect(failure(sql).errno).toBe(1064);
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
