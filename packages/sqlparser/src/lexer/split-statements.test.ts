import { splitStatements } from './split-statements';

const texts = (sql: string): string[] => splitStatements(sql).map((piece) => piece.text);

describe('splitStatements', () => {
  it('cuts at semicolons outside of strings and comments', () => {
    expect(texts("select ';' ; /* ; */ select `;`;; -- x;\n select 3")).toEqual([
      "select ';'",
      'select `;`',
      'select 3',
    ]);
  });

  it('keeps the body of a routine whole', () => {
    const routine =
      'create procedure p() begin declare x int; if x then select 1; end if; case x when 1 then select 2; end case; end';
    expect(texts(`${routine}; select 3`)).toEqual([routine, 'select 3']);
  });

  it('keeps what an executable comment holds', () => {
    expect(texts('/*!40101 SET NAMES utf8 */; select 1')).toEqual(['/*!40101 SET NAMES utf8 */', 'select 1']);
  });

  it('gives offsets', () => {
    expect(splitStatements('  a ; b ')).toEqual([
      { text: 'a', start: 2, end: 3 },
      { text: 'b', start: 6, end: 7 },
    ]);
  });

  it('gives nothing for nothing', () => {
    expect(texts(' ; /* x */ ;')).toEqual([]);
  });
});
