import { SqlError } from '@vitess-ts/vterrors';
import { lexOptionsOfSqlMode, type LexOptions } from './options';
import { Scanner } from './scanner';
import { Random } from '../testing/random';
import { Token } from './token';
import { literalBytes, literalText, quotedValue, stringValue } from './values';

const tokenNames = new Map<number, string>(Object.entries(Token).map(([name, value]) => [value, name]));

function scan(sql: string, options: LexOptions = {}): string[] {
  const scanner = new Scanner(sql, options);
  const tokens: string[] = [];
  for (scanner.next(); scanner.type !== Token.EOF; scanner.next()) {
    const text = sql.slice(scanner.start, scanner.end);
    tokens.push(
      `${tokenNames.get(scanner.type)} ${scanner.type === Token.WORD ? `${text}${scanner.word && '!'}` : text}`,
    );
  }
  return tokens;
}

describe('Scanner', () => {
  it('tells keywords from names, whatever their case', () => {
    expect(scan('sElEcT seLect_ selec')).toEqual(['WORD sElEcT!', 'WORD seLect_', 'WORD selec']);
  });

  it('takes words behind a dot for names', () => {
    expect(scan('t.select, t.1a')).toEqual([
      'WORD t',
      'OP .',
      'WORD select',
      'OP ,',
      'WORD t',
      'OP .',
      'WORD 1a',
    ]);
  });

  it.each([
    ['1', ['INT 1']],
    ['1.5', ['DECIMAL 1.5']],
    ['.5', ['DECIMAL .5']],
    ['1.', ['DECIMAL 1.']],
    ['1e3', ['FLOAT 1e3']],
    ['1.5E-3', ['FLOAT 1.5E-3']],
    ['.5e1', ['FLOAT .5e1']],
    ['1e', ['WORD 1e']],
    ['1a', ['WORD 1a']],
    ['0x1F', ['HEXNUM 0x1F']],
    ['0x1G', ['WORD 0x1G']],
    ['0x', ['WORD 0x']],
    ['0b01', ['BITNUM 0b01']],
    ['0b2', ['WORD 0b2']],
    ["x'1F'", ["HEXVAL x'1F'"]],
    ["B'01'", ["BITVAL B'01'"]],
    ["n'x'", ["NSTRING n'x'"]],
    ['a.5', ['WORD a', 'OP .', 'WORD 5']],
    ['1-1', ['INT 1', 'OP -', 'INT 1']],
  ])('reads the number or literal %s', (sql, tokens) => {
    expect(scan(sql)).toEqual(tokens);
  });

  it('reads operators by the longest match', () => {
    expect(scan('a<=>b->>c->d>=e<>f!=g:=h||i&&j<<k>>l').filter((x) => x.startsWith('OP'))).toEqual([
      'OP <=>',
      'OP ->>',
      'OP ->',
      'OP >=',
      'OP <>',
      'OP !=',
      'OP :=',
      'OP ||',
      'OP &&',
      'OP <<',
      'OP >>',
    ]);
  });

  it('reads variables and arguments', () => {
    expect(scan("@a @`b c` @'d' @@x @@global.`y` :v1 ::list :a.b ? @a.b$")).toEqual([
      'USER_VAR @a',
      'USER_VAR @`b c`',
      "USER_VAR @'d'",
      'SYSTEM_VAR @@x',
      'SYSTEM_VAR @@global.`y`',
      'ARG :v1',
      'LIST_ARG ::list',
      'ARG :a.b',
      'PARAM ?',
      'USER_VAR @a.b$',
    ]);
  });

  it('skips comments, and -- only before a blank', () => {
    expect(scan('1 -- x\n 2 # y\n 3 /* z */ 4--5')).toEqual([
      'INT 1',
      'INT 2',
      'INT 3',
      'INT 4',
      'OP -',
      'OP -',
      'INT 5',
    ]);
    expect(scan('1 --')).toEqual(['INT 1']);
  });

  it('keeps hints and directives', () => {
    expect(scan('/*+ A */ /*vt+ B */ /* C */')).toEqual(['HINT /*+ A */', 'HINT /*vt+ B */']);
  });

  it('runs executable comments by version and flavor', () => {
    const sql = '1 /*!50708 2 */ /*!99999 3 */ /*!100100 4 */ /*M! 5 */ /*M!100500 6 */ /*! 7 */ 8';
    const values = (options: LexOptions): string => scan(sql, options).join('').replaceAll('INT ', '');
    expect(values({})).toBe('1278');
    expect(values({ flavor: 'mariadb', serverVersion: 101119 })).toBe('145678');
    expect(values({ flavor: 'mariadb', serverVersion: 100400 })).toBe('14578');
  });

  it('honours sql_mode', () => {
    expect(scan('"a" \'b\'', { ansiQuotes: true })).toEqual(['QUOTED "a"', "STRING 'b'"]);
    expect(scan("'a\\' 'b'", { noBackslashEscapes: true })).toEqual(["STRING 'a\\'", "STRING 'b'"]);
    expect(lexOptionsOfSqlMode('ANSI,NO_BACKSLASH_ESCAPES')).toMatchObject({
      ansiQuotes: true,
      pipesAsConcat: true,
      noBackslashEscapes: true,
      highNotPrecedence: false,
    });
  });

  it.each(["'abc", '"abc', '`abc', "'abc\\'", '/* abc', "x'1", "x'123'", "x'1G'", '@@', "@'x", '/*! 1'])(
    'refuses the unclosed or malformed %s',
    (sql) => {
      expect(() => scan(sql)).toThrow(SqlError);
    },
  );

  it('never loops or crashes on bytes at random', () => {
    let seed = 7;
    const random = (): number => (seed = (Math.imul(seed, 1103515245) + 12345) >>> 0);
    for (let round = 0; round < 3000; round++) {
      const text = Array.from({ length: random() % 20 }, () => String.fromCharCode(random() % 160)).join('');
      try {
        scan(text, { ansiQuotes: round % 2 === 0 });
      } catch (error) {
        expect(error).toBeInstanceOf(SqlError);
      }
    }
  });
});

describe('values', () => {
  it.each([
    [`'a''b'`, "a'b"],
    [`"a""b'c"`, `a"b'c`],
    [`'\\n\\t\\0\\Z\\b\\r\\\\\\'\\x'`, "\n\t\0\x1a\b\r\\'x"],
    [`'\\%\\_'`, '\\%\\_'],
    [`''`, ''],
    [`''''`, "'"],
    [`'\\'''\\''`, "'''"],
  ])('unescapes %s', (sql, value) => {
    expect(stringValue(sql, 0, sql.length, {})).toBe(value);
  });

  it('reads long strings as it reads short ones', () => {
    const pieces: [string, string][] = [
      ['\\n', '\n'],
      ['\\\\', '\\'],
      ["\\'", "'"],
      ["''", "'"],
      ['\\%', '\\%'],
      ['x', 'x'],
      ['é\\é', 'éé'],
      ['€"', '€"'],
    ];
    const random = new Random(3);
    for (let round = 0; round < 200; round++) {
      const usable = round % 2 === 0 ? pieces.slice(0, 6) : pieces;
      const chosen = Array.from({ length: 2500 }, () => random.pick(usable));
      const sql = `'${chosen.map(([text]) => text).join('')}'`;
      const scanner = new Scanner(`${sql} 'next'`);
      scanner.next();
      expect(scanner.end).toBe(sql.length);
      expect(stringValue(sql, 0, sql.length, {})).toBe(chosen.map(([, value]) => value).join(''));
    }
    expect(() => scan(`'${"\\'".repeat(500)}`)).toThrow(SqlError);
    const plain = `'${"\\''x".repeat(3000)}'`;
    expect(scan(plain, { noBackslashEscapes: true })).toEqual([`STRING ${plain}`]);
    expect(stringValue(plain, 0, plain.length, { noBackslashEscapes: true })).toBe("\\'x".repeat(3000));
  });

  it('leaves backslashes alone under NO_BACKSLASH_ESCAPES', () => {
    expect(stringValue(`'a\\n''b'`, 0, 8, { noBackslashEscapes: true })).toBe("a\\n'b");
  });

  it('unquotes names', () => {
    expect(quotedValue('`a``b`', 0, 6, {})).toBe('a`b');
  });

  it('rebuilds the exact bytes of a statement that is not UTF-8', () => {
    const bytes = Buffer.from([0xff, 0x00, 0x27, 0xc3, 0xa9]);
    const text = literalText(bytes.toString('latin1'), { encoding: 'latin1' });
    expect(text.encoding).toBe('latin1');
    expect(literalBytes(text)).toEqual(bytes);
    // bytes that are UTF-8 become text
    expect(literalText('\xc3\xa9', { encoding: 'latin1' })).toEqual({ value: 'é' });
  });
});
