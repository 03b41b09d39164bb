import type { LexOptions } from './lexer/options';
import { Scanner } from './lexer/scanner';
import { Token } from './lexer/token';

const DIRECTIVE = /^\/\*vt\+([\s\S]*)\*\/$/;

/** One `NAME=value`, with the value in quotes or not, or a bare NAME. */
const SETTING = /([A-Za-z_][\w-]*)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|(\S+)))?/g;

/**
 * The settings of a statement's directives: its comments of the form `/*vt+ NAME=value NAME *\/`. Names are in upper
 * case; a bare name reads as `1`. The last setting of a name counts.
 */
export function parseDirectives(comments: readonly string[]): Map<string, string> {
  const directives = new Map<string, string>();
  for (const comment of comments) {
    const body = DIRECTIVE.exec(comment)?.[1];
    if (body === undefined) continue;
    for (const [, name, double, single, bare] of body.matchAll(SETTING)) {
      directives.set(name.toUpperCase(), double ?? single ?? bare ?? '1');
    }
  }
  return directives;
}

/**
 * The settings of all directives of a statement's text, without parsing it. Empty, and almost free, for texts that
 * have none.
 * @throws SqlError 1064 for a text that cannot be scanned.
 */
export function statementDirectives(sql: string, options: LexOptions = {}): Map<string, string> {
  if (!sql.includes('/*vt+')) return new Map();
  const scanner = new Scanner(sql, options);
  const comments: string[] = [];
  for (scanner.next(); scanner.type !== Token.EOF; scanner.next()) {
    if (scanner.type === Token.HINT) comments.push(sql.slice(scanner.start, scanner.end));
  }
  return parseDirectives(comments);
}
