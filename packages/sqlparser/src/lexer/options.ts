/** How the text is to be read. Part of every plan-cache key, since the same text may mean another statement. */
export interface LexOptions {
  /** `"x"` is an identifier. */
  ansiQuotes?: boolean;
  /** A backslash in a string is a backslash. */
  noBackslashEscapes?: boolean;
  /** `||` concatenates. */
  pipesAsConcat?: boolean;
  /** NOT binds like `!`. */
  highNotPrecedence?: boolean;
  /** A built-in function's name may be followed by blanks before its parenthesis. Such calls are always accepted. */
  ignoreSpace?: boolean;
  /**
   * How the bytes of the statement became a string. `latin1`: one character per byte, for statements that are not
   * valid UTF-8 (blobs in `_binary'..'`); literals then still yield their exact bytes. Default utf8.
   */
  encoding?: 'utf8' | 'latin1';
  /** Which executable comments count: both read `/*!`, MariaDB alone reads `/*M!`. Default mysql. */
  flavor?: 'mysql' | 'mariadb';
  /** 80030 for 8.0.30, 101119 for 10.11.19. Default: 80400 for mysql, 101100 for mariadb. */
  serverVersion?: number;
}

/** The lexing options of a session's sql_mode, such as `ANSI_QUOTES,STRICT_TRANS_TABLES`. */
export function lexOptionsOfSqlMode(sqlMode: string): LexOptions {
  const modes = new Set(sqlMode.toUpperCase().split(/\s*,\s*/));
  const ansi = ['ANSI', 'DB2', 'MAXDB', 'MSSQL', 'ORACLE', 'POSTGRESQL'].some((mode) => modes.has(mode));
  return {
    ansiQuotes: ansi || modes.has('ANSI_QUOTES'),
    noBackslashEscapes: modes.has('NO_BACKSLASH_ESCAPES'),
    pipesAsConcat: ansi || modes.has('PIPES_AS_CONCAT'),
    highNotPrecedence: modes.has('HIGH_NOT_PRECEDENCE'),
    ignoreSpace: ansi || modes.has('IGNORE_SPACE'),
  };
}

/**
 * Whether the server that the options describe runs the content of `/*!NNNNN .. *\/`. MariaDB leaves out 50700 to
 * 99999, which are versions of MySQL that it is not.
 */
export function runsVersion(version: number, options: LexOptions): boolean {
  if (options.flavor === 'mariadb') {
    if (version >= 50700 && version <= 99999) return false;
    return version <= (options.serverVersion ?? 101100);
  }
  return version <= (options.serverVersion ?? 80400);
}
