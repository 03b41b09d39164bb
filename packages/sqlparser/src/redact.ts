import type { LexOptions } from './lexer/options';
import { Scanner } from './lexer/scanner';
import { Token } from './lexer/token';

/**
 * The statement with `?` for every literal and without its comments: fit for logs. Names of bind variables stay. A text
 * that cannot be scanned to its end is cut where it cannot.
 */
export function redact(sql: string, options: LexOptions = {}): string {
  const scanner = new Scanner(sql, options, true);
  let out = '';
  let from = 0;
  try {
    for (scanner.next(); scanner.type !== Token.EOF; scanner.next()) {
      const literal = scanner.type >= Token.INT && scanner.type <= Token.BITVAL;
      if (!literal && scanner.type !== Token.COMMENT) continue;
      out += sql.slice(from, scanner.start) + (literal ? '?' : '');
      from = scanner.end;
    }
  } catch {
    // an unclosed quote: what follows it may be a secret
    return `${out}${sql.slice(from, scanner.end)} [cut: not scannable]`;
  }
  return (out + sql.slice(from)).trim();
}
