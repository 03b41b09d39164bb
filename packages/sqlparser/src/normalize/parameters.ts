import type { LexOptions } from '../lexer/options';
import { Scanner } from '../lexer/scanner';
import { Token } from '../lexer/token';

/** A statement whose positional parameters have names. */
export interface NamedParameters {
  /** The statement with `:v1`, `:v2`, .. for its `?`. */
  text: string;
  count: number;
}

/**
 * Names the positional parameters of a statement that is not normalised (SET, DO, SHOW, ..), outside of strings and
 * comments. Throws `SqlError` 1064 for an unclosed quote or comment.
 */
export function nameParameters(sql: string, options: LexOptions = {}): NamedParameters {
  if (!sql.includes('?')) return { text: sql, count: 0 };
  const scanner = new Scanner(sql, options);
  let text = '';
  let from = 0;
  let count = 0;
  for (scanner.next(); scanner.type !== Token.EOF; scanner.next()) {
    if (scanner.type !== Token.PARAM) continue;
    text += `${sql.slice(from, scanner.start)}:v${++count} `;
    from = scanner.end;
  }
  return { text: text + sql.slice(from), count };
}
