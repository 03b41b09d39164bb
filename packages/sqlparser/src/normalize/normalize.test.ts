import { Type, type BindVariable } from '@vitess-ts/sqltypes';
import { parse } from '../parser/parse';
import { compileTemplate } from '../template/query-template';
import { normalize, type NormalizeOptions } from './normalize';

const show = (v: BindVariable): string =>
  v.type === Type.TUPLE
    ? v.values.map((x) => `${x.type}:${x.value.toString()}`).join(' ')
    : `${v.type}:${v.value.toString()}`;

function normalized(sql: string, options?: NormalizeOptions): [string, Record<string, string>] {
  const { text, bindVars } = normalize(sql, options);
  parse(text, options);
  return [text, Object.fromEntries(Object.entries(bindVars).map(([name, v]) => [name, show(v)]))];
}

describe('normalize', () => {
  it('binds literals by type', () => {
    expect(
      normalized(
        "select a from t where b = 1 and c = 'x' and d = 1.5 and e = 1e3 and f = 0x1F and g = x'1F' and h = 0b1 and i = 9223372036854775808 and j = 18446744073709551616 and k = -2",
      ),
    ).toEqual([
      'select a from t where b = :v1 and c = :v2 and d = :v3 and e = :v4 and f = :v5 and g = :v6 and h = :v7 and i = :v8 and j = :v9 and k = -:v10',
      {
        v1: `${Type.INT64}:1`,
        v2: `${Type.VARCHAR}:x`,
        v3: `${Type.DECIMAL}:1.5`,
        v4: `${Type.FLOAT64}:1e3`,
        v5: `${Type.HEXNUM}:0x1F`,
        v6: `${Type.HEXVAL}:x'1F'`,
        v7: `${Type.BITNUM}:0b1`,
        v8: `${Type.UINT64}:9223372036854775808`,
        v9: `${Type.DECIMAL}:18446744073709551616`,
        v10: `${Type.INT64}:2`,
      },
    ]);
  });

  it('folds a list of plain literals into one variable', () => {
    expect(normalized("select a from t where b in (1, -2, 'x')")).toEqual([
      'select a from t where b in ::v1',
      { v1: `${Type.INT64}:1 ${Type.INT64}:-2 ${Type.VARCHAR}:x` },
    ]);
    expect(normalized('select a from t where b in (1, null) and c not in (2)')[0]).toBe(
      'select a from t where b in (:v1, null) and c not in ::v2',
    );
    expect(normalized('select a from t where b in (-1, -c)')[0]).toBe(
      'select a from t where b in (-:v1, -c)',
    );
    expect(normalized('select a from t where (b, c) in ((1, 2), (3, 4))')[0]).toBe(
      'select a from t where (b, c) in ((:v1, :v2), (:v3, :v4))',
    );
    expect(normalized("select a from t where position('x' in ('xy')) > 0")[0]).toBe(
      'select a from t where position(:v1 in (:v2)) > :v3',
    );
    // a list that MySQL would refuse must not become one that it takes
    expect(normalize('select a from t where b in (1 2)').text).toBe('select a from t where b in (:v1 :v2)');
    expect(normalize('select a from t where b in (1,)').text).toBe('select a from t where b in (:v1,)');
  });

  it.each([
    [
      'select 1, a + 2, (select 3 from t where b = 4) from t',
      'select 1, a + 2, (select 3 from t where b = 4) from t',
    ],
    ['select a + 2 as x, 3 y, count(4) z from t', 'select a + :v1 as x, :v2 y, count(:v3) z from t'],
    ["select 'a' as 'b' from t", "select :v1 as 'b' from t"],
    ['select value, 5 from t', 'select value, 5 from t'],
    ['select a + interval 5 day from t', 'select a + interval 5 day from t'],
    ['select a in (1, 2) from t', 'select a in (1, 2) from t'],
    ['select (select x from (select 5) t) as y', 'select (select x from (select 5) t) as y'],
    [
      'select exists (select 1 from t where a = 2) as y',
      'select exists (select 1 from t where a = :v1) as y',
    ],
    [
      'select a from t where b in (select 5 from u where c = 6)',
      'select a from t where b in (select 5 from u where c = :v1)',
    ],
    ['select 1 union all select 2', 'select 1 union all select 2'],
  ])('keeps literals that name a column: %s', (sql, text) => {
    expect(normalized(sql)[0]).toBe(text);
  });

  it.each([
    ['select a from t order by 1, 2 desc', 'select a from t order by 1, 2 desc'],
    ['select a from t order by (1), field(b, 3, 4)', 'select a from t order by (1), field(b, :v1, :v2)'],
    ['select a from t group by 1, b + 2', 'select a from t group by 1, b + :v1'],
    ['select a from t limit 5, 10', 'select a from t limit :v1, :v2'],
    ['select cast(a as char(10)) as b from t', 'select cast(a as char(10)) as b from t'],
    [
      'select a from t where b > convert(c, decimal(10, 2))',
      'select a from t where b > convert(c, decimal(10, 2))',
    ],
    ["select a from t where b -> '$.c' = 'd'", "select a from t where b -> '$.c' = :v1"],
    ["select a from t where b > date '2020-01-01'", "select a from t where b > date '2020-01-01'"],
    ["select a from t where b > {d '2020-01-01'}", "select a from t where b > {d '2020-01-01'}"],
    [
      "select a from t where b = _latin1'x' and c = N'y'",
      "select a from t where b = _latin1'x' and c = N'y'",
    ],
    ["select a from t where b like 'x' escape '|'", "select a from t where b like :v1 escape '|'"],
    ["select group_concat(a separator ',') as b from t", "select group_concat(a separator ',') as b from t"],
    [
      'select a from t where b > now() - interval 5 day',
      'select a from t where b > now() - interval :v1 day',
    ],
    [
      "select a from json_table('[1]', '$[*]' columns (a int path '$')) t where a = 1",
      "select a from json_table(:v1, '$[*]' columns (a int path '$')) t where a = :v2",
    ],
    [
      "select a from t into outfile '/x' fields terminated by ','",
      "select a from t into outfile '/x' fields terminated by ','",
    ],
    ['select a from t for update wait 5', 'select a from t for update wait 5'],
    ['delete from t where a = 1 returning b, 5', 'delete from t where a = :v1 returning b, 5'],
  ])('keeps literals that are positions, lengths, names: %s', (sql, text) => {
    expect(normalized(sql, { flavor: 'mariadb' })[0]).toBe(text);
  });

  it('shares equal literals of a statement that reads', () => {
    expect(
      normalized("select a from t join u where t.b = 1 and u.b = 1 and c = '1' and d = -1 and e > 1.0"),
    ).toEqual([
      'select a from t join u where t.b = :v1 and u.b = :v1 and c = :v2 and d = -:v1 and e > :v3',
      { v1: `${Type.INT64}:1`, v2: `${Type.VARCHAR}:1`, v3: `${Type.DECIMAL}:1.0` },
    ]);
    expect(normalized('(select a from t where b = 1) union (select a from t where b = 1)')[0]).toBe(
      '(select a from t where b = :v1) union (select a from t where b = :v1)',
    );
    const long = `'${'x'.repeat(200)}'`;
    expect(normalized(`select a from t where b = ${long} and c = ${long}`)[0]).toBe(
      'select a from t where b = :v1 and c = :v2',
    );
    expect(normalized('update t set a = 1 where b = 1')[0]).toBe('update t set a = :v1 where b = :v2');
  });

  it('shares equal literals where expressions are compared as text', () => {
    expect(
      normalized('select a + 1 as x from t where b = 3 group by a + 1 having a + 1 > 2 order by a + 1'),
    ).toEqual([
      'select a + :v1 as x from t where b = :v2 group by a + :v1 having a + :v1 > :v3 order by a + :v1',
      { v1: `${Type.INT64}:1`, v2: `${Type.INT64}:3`, v3: `${Type.INT64}:2` },
    ]);
    const long = `'${'x'.repeat(200)}'`;
    expect(normalized(`delete from t where b in (select a from u having a > ${long})`)[0]).toBe(
      'delete from t where b in (select a from u having a > :v1)',
    );
  });

  it('keeps a literal that is compared with one that stays', () => {
    expect(
      normalized('select a + 1, count(*) from t where b = 1 group by a + 1 having count(*) > 2')[0],
    ).toBe('select a + 1, count(*) from t where b = :v1 group by a + 1 having count(*) > :v2');
  });

  it('binds rows, and select lists that name nothing', () => {
    expect(
      normalized(
        "insert into t (a, b) values (1, 'x'), (2, default) on duplicate key update b = values(b) + 3",
      )[0],
    ).toBe(
      'insert into t (a, b) values (:v1, :v2), (:v3, default) on duplicate key update b = values(b) + :v4',
    );
    expect(
      normalized("insert into t select 1, 'x' from dual where not exists (select 1 from t where a = 2)")[0],
    ).toBe('insert into t select :v1, :v2 from dual where not exists (select 1 from t where a = :v3)');
    expect(normalized("replace t set a = 1, b = 'x'")[0]).toBe('replace t set a = :v1, b = :v2');
    expect(normalized('update t set a = 1 where b = 2 limit 3')[0]).toBe(
      'update t set a = :v1 where b = :v2 limit :v3',
    );
  });

  it('joins adjacent strings, and takes _binary with its string', () => {
    expect(normalized(`select a from t where b = 'x' "y" and c = _binary'z'`)).toEqual([
      'select a from t where b = :v1 and c = :v2',
      { v1: `${Type.VARCHAR}:xy`, v2: `${Type.VARBINARY}:z` },
    ]);
  });

  it('keeps the bytes of blobs', () => {
    const bytes = Buffer.from([0xff, 0xfe, 0x27, 0x27, 0x5c, 0x30, 0x5c, 0x5c, 0xe9]);
    const sql = Buffer.concat([Buffer.from("insert into t values (_binary'"), bytes, Buffer.from("')")]);
    const { bindVars } = normalize(sql.toString('latin1'), { encoding: 'latin1' });
    expect(bindVars.v1.value).toEqual(Buffer.from([0xff, 0xfe, 0x27, 0x00, 0x5c, 0xe9]));
  });

  it('never runs a name into what follows', () => {
    expect(normalized("select a from t where b='x'and c=1.5or d='y'")[0]).toBe(
      'select a from t where b=:v1 and c=:v2 or d=:v3',
    );
  });

  it('takes comments out, those at the margins for the caller to keep', () => {
    const { text, leadingComments, trailingComments } = normalize(
      '/* a */ select /* b */ c /*+ not a hint here */ from t /* d */ where e = 1 ; -- f',
    );
    expect(text).toBe('select   c /*+ not a hint here */ from t   where e = :v1');
    expect([leadingComments, trailingComments]).toEqual(['/* a */', '-- f']);
    expect(normalize('select /*vt+ X=1 */ a from t').text).toBe('select /*vt+ X=1 */ a from t');
  });

  it('numbers parameters first, and avoids names that are taken', () => {
    expect(normalized('select a from t where b = 1 and c = ? and d = ?')).toEqual([
      'select a from t where b = :v3 and c = :v1 and d = :v2',
      { v3: `${Type.INT64}:1` },
    ]);
    expect(normalized('select a from t where b = 1 and c = :v1', { bindVars: { v2: 0 } })[0]).toBe(
      'select a from t where b = :v3 and c = :v1',
    );
  });

  it('leaves other statements alone', () => {
    for (const sql of ["set a = 'x'", 'show tables', 'create table t (a int default 5)', 'call p(1)']) {
      expect(normalize(sql)).toMatchObject({ text: sql, bindVars: {}, normalized: false });
    }
  });

  it('refuses a second statement and unbalanced parentheses', () => {
    expect(normalize('select 1 as a /*! from t where b = 2 */').text).toBe(
      'select :v1 as a /*! from t where b = :v2 */',
    );
    expect(normalize('# /*!\nselect 1 as a').text).toBe('select :v1 as a');
    expect(() => normalize('select 1; select 2')).toThrow(/near 'select 2' at line 1/);
    expect(() => normalize('select 1)')).toThrow(/syntax/);
    expect(() => normalize('select 1 from t where a in (')).toThrow(/near '' at line 1/);
    expect(() => normalize('select 1 from t where a in (1, (2')).toThrow(/syntax/);
  });

  it('gives back the statement when its values are filled in', () => {
    for (const sql of [
      "select a from t where b = 'it''s' and c in (1, -2, 'x') limit 5",
      "insert into t values (1, 'a', 1.50, 1e5, 0x1F, x'1F', null, true)",
      "update t set a = 'x', b = -5 where c = 18446744073709551615",
    ]) {
      const { text, bindVars } = normalize(sql);
      expect(compileTemplate(text).render(bindVars).toString()).toBe(sql);
    }
  });

  it('is stable: the text normalises to itself', () => {
    const { text } = normalize("select a, 1 from t where b in (1,2) and c = 'x' order by 1");
    expect(normalize(text)).toMatchObject({ text, bindVars: {} });
  });
});
