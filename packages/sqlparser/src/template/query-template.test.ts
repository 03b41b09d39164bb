import { Type, bindVariable, listBindVariable, type BindVariables } from '@vitess-ts/sqltypes';
import { VtError } from '@vitess-ts/vterrors';
import { parse } from '../parser/parse';
import { compileTemplate } from './query-template';

const render = (sql: string, bindVars: BindVariables): string =>
  compileTemplate(sql).render(bindVars).toString('latin1');
const one = (type: number, value: string | Buffer): string =>
  render('select :a', { a: bindVariable(type, value) });

describe('QueryTemplate', () => {
  it.each<[number, string, string]>([
    [Type.NULL_TYPE, '', 'null'],
    [Type.INT64, '-5', '-5'],
    [Type.UINT64, '18446744073709551615', '18446744073709551615'],
    [Type.YEAR, '2020', '2020'],
    [Type.DECIMAL, '1.50', '1.50'],
    [Type.FLOAT64, '1.5', '1.5e0'],
    [Type.FLOAT64, '1.5e-7', '1.5e-7'],
    [Type.FLOAT64, '5', '5e0'],
    [Type.VARCHAR, "it's", "'it''s'"],
    [Type.VARCHAR, '\\', "'\\\\'"],
    [Type.VARCHAR, 'a\0b\nc"d`', `'a\0b\nc"d\`'`],
    [Type.DATETIME, '2020-01-01 10:00:00', "'2020-01-01 10:00:00'"],
    [Type.JSON, '{"a":1}', `'{"a":1}'`],
    [Type.ENUM, 'x', "'x'"],
    [Type.HEXNUM, '0x1F', '0x1F'],
    [Type.HEXVAL, "x'1F'", "x'1F'"],
    [Type.HEXVAL, "X''", "X''"],
    [Type.BITNUM, '0b01', '0b01'],
    [Type.BITNUM, "b'01'", "b'01'"],
    [Type.BIT, '\x05', "x'05'"],
  ])('writes type %i value %j as %s', (type, value, literal) => {
    expect(one(type, value)).toBe(`select ${literal}`);
  });

  it('writes the exact bytes of binary values', () => {
    const bytes = Buffer.from([0x00, 0xff, 0x27, 0x5c, 0x80]);
    const rendered = compileTemplate('select :a').render({ a: bindVariable(Type.VARBINARY, bytes) });
    expect(rendered).toEqual(
      Buffer.concat([
        Buffer.from("select _binary'"),
        Buffer.from([0x00, 0xff, 0x27, 0x27, 0x5c, 0x5c, 0x80]),
        Buffer.from("'"),
      ]),
    );
  });

  it.each<[number, string]>([
    [Type.INT64, ''],
    [Type.INT64, '-'],
    [Type.INT64, '1 or 1=1'],
    [Type.INT64, '1e5'],
    [Type.DECIMAL, '1.5.5'],
    [Type.DECIMAL, '.'],
    [Type.FLOAT64, 'nan'],
    [Type.FLOAT64, '1e'],
    [Type.FLOAT64, '1e5;'],
    [Type.HEXNUM, '0x'],
    [Type.HEXNUM, "0x1'"],
    [Type.HEXVAL, "x'1'"],
    [Type.HEXVAL, "x'1F"],
    [Type.HEXVAL, "x'1F' or 'a'"],
    [Type.BITNUM, '0b2'],
    [Type.EXPRESSION, 'now()'],
    [Type.RAW, 'x'],
  ])('refuses type %i value %j', (type, value) => {
    expect(() => one(type, value)).toThrow(VtError);
  });

  it('fills in lists', () => {
    const list = listBindVariable([bindVariable(Type.INT64, '1'), bindVariable(Type.VARCHAR, "'")]);
    expect(
      render('select 1 from t where a in ::l and b = :c', { l: list, c: bindVariable(Type.INT64, '2') }),
    ).toBe("select 1 from t where a in (1, '''') and b = 2");
  });

  it('refuses missing variables, empty lists, and lists for values', () => {
    expect(() => render('select :a', {})).toThrow('missing bind variable a');
    expect(() => render('select :toString', {})).toThrow('missing bind variable toString');
    expect(() => render('select 1 in ::a', { a: listBindVariable([]) })).toThrow(/empty list/);
    expect(() => render('select :a', { a: listBindVariable([bindVariable(Type.INT64, '1')]) })).toThrow(
      /is a list/,
    );
    expect(() => render('select 1 in ::a', { a: bindVariable(Type.INT64, '1') })).toThrow(/is no list/);
  });

  it('leaves strings and comments alone', () => {
    const sql = 'select \':a\', `:a`, /* :a */ ":a" -- :a';
    expect(render(sql, {})).toBe(sql);
    expect(compileTemplate('select :a, :b, ::c, :a').names).toEqual(['a', 'b', 'c', 'a']);
  });

  it('keeps values apart from what stands next to them', () => {
    const a = bindVariable(Type.INT64, '-1');
    const s = bindVariable(Type.VARCHAR, 'x');
    expect(render('select 1-:a, -:a', { a })).toBe('select 1- -1, - -1');
    expect(render("select 'y':s'z'", { s })).toBe("select 'y' 'x' 'z'");
    expect(render('select:s', { s })).toBe("select 'x'");
  });

  it('never lets a value out of its quotes', () => {
    const bytes = ["'", '\\', '"', '`', '-', '/', '*', ';', '\0', '\n', 'a', '\x1a', '\xff'];
    let seed = 3;
    const random = (n: number): number => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) % n;
    for (let i = 0; i < 3000; i++) {
      const value = Array.from({ length: random(8) }, () => bytes[random(bytes.length)]).join('');
      for (const noBackslashEscapes of [false, true]) {
        const rendered = compileTemplate('select :a, 1').render(
          { a: bindVariable(Type.VARCHAR, Buffer.from(value, 'latin1')) },
          { noBackslashEscapes },
        );
        const tree = parse(rendered.toString('latin1'), { noBackslashEscapes });
        expect(tree).toMatchObject({
          items: [{ expr: { kind: 'literal', type: 'string', value } }, { text: '1' }],
        });
      }
      // even where the mode is not the one that was assumed, the literal ends where it should
      const text = compileTemplate('select :a, 1').render({
        a: bindVariable(Type.VARCHAR, Buffer.from(value, 'latin1')),
      });
      const other = parse(text.toString('latin1'), { noBackslashEscapes: true });
      expect(other).toMatchObject({ items: [{ expr: { kind: 'literal', type: 'string' } }, { text: '1' }] });
    }
  });
});
