import type { Statement } from '../ast';
import { normalize } from '../normalize/normalize';
import { parse, parseExpr } from '../parser/parse';
import { print, printExpr } from './print';
import { bare } from '../testing/bare';
import { statements } from './statements.fixture';

describe('print', () => {
  it.each(statements.map((x) => (typeof x === 'string' ? [x, x] : x)))('%s', (sql, printed) => {
    const tree = parse(sql);
    const text = print(tree);
    expect(text).toBe(printed);
    expect(bare(parse(text))).toEqual(bare(tree));
    expect(print(parse(text))).toBe(text);
  });

  it.each(statements.map((x) => (typeof x === 'string' ? x : x[0])))('normalised: %s', (sql) => {
    const { text } = normalize(sql);
    expect(() => parse(text)).not.toThrow();
    expect(normalize(text).text).toBe(text);
  });

  it('prints for MariaDB what it has other words for', () => {
    const mariadb = (sql: string): string => print(parse(sql), { dialect: 'mariadb' });
    expect(mariadb("select a->>'$.b' from t for share")).toBe(
      "select json_unquote(json_extract(a, '$.b')) from t lock in share mode",
    );
    expect(mariadb('values row(1), row(2)')).toBe('values (1), (2)');
  });

  it('keeps the names of columns on request', () => {
    const named = (sql: string): string => print(parse(sql), { columnNames: true });
    expect(
      named("select a+1, b, 'it''s', a + 1, !c as d, (select 1 +1) from (select 1+1) t union select 2+2"),
    ).toBe(
      "select a + 1 as `a+1`, b, 'it''s', a + 1, not c as d, (select 1 + 1) as `(select 1 +1)` from (select 1 + 1) as t union select 2 + 2 as `2+2`",
    );
  });

  it('prints bytes that are no text as hex strings', () => {
    const sql = Buffer.from([...Buffer.from("select 'a"), 0xff, ...Buffer.from("', _latin1'"), 0xe9, 0x27]);
    const tree = parse(sql.toString('latin1'), { encoding: 'latin1' });
    expect(print(tree)).toBe("select _binary x'61ff', _latin1 x'e9'");
  });

  it('reads names and texts of a latin1 statement as the UTF-8 they are', () => {
    const sql = Buffer.from("select 'é' as ñ from t where a = _binary'\xff'", 'utf8').toString('latin1');
    expect(parse(sql, { encoding: 'latin1' })).toMatchObject({
      items: [{ expr: { value: 'é' }, alias: 'ñ', text: "'é'" }],
    });
  });

  it('writes strings that end where they should under every sql_mode', () => {
    const nasty = "a\\' or 1=1 -- ";
    const text = printExpr({ kind: 'literal', type: 'string', value: nasty });
    expect(parseExpr(text)).toMatchObject({ kind: 'literal', value: nasty });
    expect(parseExpr(text, { noBackslashEscapes: true })).toMatchObject({ kind: 'literal', type: 'string' });
    const exact = printExpr({ kind: 'literal', type: 'string', value: nasty }, { noBackslashEscapes: true });
    expect(parseExpr(exact, { noBackslashEscapes: true })).toMatchObject({ value: nasty });
  });

  it('quotes a function that only its quotes make one', () => {
    const tree: Statement = parse('select `count`(a), `cast`(b), `select`(c)');
    expect(print(tree)).toBe('select `count`(a), `cast`(b), `select`(c)');
  });
});
