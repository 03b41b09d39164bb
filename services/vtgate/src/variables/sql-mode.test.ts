import { canonicalSqlMode, checkSqlMode, lexingModesOf, shardSqlMode } from './sql-mode';

describe('sql_mode', () => {
  test.each([
    ['ansi', 'mariadb', 'REAL_AS_FLOAT,PIPES_AS_CONCAT,ANSI_QUOTES,IGNORE_SPACE,ANSI'],
    ['ansi', 'mysql', 'REAL_AS_FLOAT,PIPES_AS_CONCAT,ANSI_QUOTES,IGNORE_SPACE,ONLY_FULL_GROUP_BY,ANSI'],
    [' no_zero_date, STRICT_TRANS_TABLES ,', 'mariadb', 'STRICT_TRANS_TABLES,NO_ZERO_DATE'],
    ['', 'mariadb', ''],
    ['4', 'mariadb', 'ANSI_QUOTES'],
    ['33554437', 'mysql', 'REAL_AS_FLOAT,ANSI_QUOTES,ALLOW_INVALID_DATES'],
    ['99999999999999', 'mysql', '99999999999999'],
    ['ANSI_QUOTES,nonsense', 'mysql', 'ANSI_QUOTES,nonsense'],
  ] as const)('%s on %s', (value, flavor, expected) => {
    expect(canonicalSqlMode(value, flavor)).toBe(expected);
  });

  test('what the gate reads by does not reach shards', () => {
    expect(shardSqlMode(canonicalSqlMode('ANSI,STRICT_ALL_TABLES,HIGH_NOT_PRECEDENCE', 'mariadb'))).toBe(
      'REAL_AS_FLOAT,STRICT_ALL_TABLES',
    );
    expect(lexingModesOf(canonicalSqlMode('ANSI', 'mariadb'))).toEqual({
      ansiQuotes: true,
      pipesAsConcat: true,
      highNotPrecedence: false,
      ignoreSpace: true,
    });
  });

  test('modes under which shards would read text otherwise are refused', () => {
    expect(() => checkSqlMode('STRICT_ALL_TABLES,no_backslash_escapes')).toThrow(/VT12001/);
    expect(() => checkSqlMode('STRICT_ALL_TABLES')).not.toThrow();
  });
});
