import { SqlError } from '@vitess-ts/vterrors';

const NEAR_LENGTH = 80;

/** Error 1064 at an offset of the statement, with the rest of the statement as MySQL quotes it. */
export function syntaxError(sql: string, offset: number): SqlError {
  return new SqlError(
    1064,
    '42000',
    'You have an error in your SQL syntax; check the manual that corresponds to your MySQL server version for the ' +
      `right syntax to use near '${nearText(sql, offset)}' at line ${lineOf(sql, offset)}`,
  );
}

function nearText(sql: string, offset: number): string {
  const rest = sql.slice(offset, offset + NEAR_LENGTH);
  // a pair of surrogates cut in two is no character
  return /[\ud800-\udbff]$/.test(rest) ? rest.slice(0, -1) : rest;
}

function lineOf(sql: string, offset: number): number {
  let line = 1;
  for (let at = sql.indexOf('\n'); at >= 0 && at < offset; at = sql.indexOf('\n', at + 1)) line++;
  return line;
}
