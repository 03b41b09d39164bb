import { keywords, KeywordClass, needsQuotes } from '../lexer/keywords';

const plainName = /^[A-Za-z_][A-Za-z0-9_$]*$/;

/** An identifier, in backquotes where it needs them: not plain, or reserved in MySQL or MariaDB. */
export function quoteName(name: string): string {
  return plainName.test(name) && !needsQuotes(name) ? name : backquote(name);
}

/** A function's name; `allowed` tells which reserved words are functions. */
export function quoteFunction(name: string, allowed: (upper: string) => boolean): string {
  if (!plainName.test(name)) return backquote(name);
  const upper = name.toUpperCase();
  const id = keywords.idOf.get(upper);
  const reserved = id !== undefined && keywords.classes[id] === KeywordClass.reserved;
  return reserved && !allowed(upper) ? backquote(name) : name;
}

/** A character set or collation: BINARY needs no quotes, though it is reserved. */
export function quoteCharset(name: string): string {
  return plainName.test(name) ? name : backquote(name);
}

/** A system variable, with dots where it is a part of another. */
export function quoteVariable(name: string): string {
  return /^[\w$.]+$/.test(name) ? name : backquote(name);
}

export function backquote(name: string): string {
  return '`' + name.replaceAll('`', '``') + '`';
}

/**
 * A string literal. Quotes are doubled, never escaped by a backslash, and nothing but the backslash itself is escaped:
 * so the literal ends where it should under every sql_mode, and under NO_BACKSLASH_ESCAPES only values with a
 * backslash need to know the mode.
 */
export function quoteString(value: string, noBackslashEscapes = false): string {
  let quoted = value;
  if (quoted.includes("'")) quoted = quoted.replaceAll("'", "''");
  if (!noBackslashEscapes && quoted.includes('\\')) quoted = quoted.replaceAll('\\', '\\\\');
  return `'${quoted}'`;
}
