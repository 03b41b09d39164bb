import type { Expr, Statement } from '../ast';
import type { LexOptions } from '../lexer/options';
import { Scanner } from '../lexer/scanner';
import { StatementParser } from './statement-parser';

/**
 * Parses one statement.
 * @throws SqlError 1064 at the offending token, and when the statement nests deeper than the limit.
 */
export function parse(sql: string, options: LexOptions = {}): Statement {
  return new StatementParser(sql, options).parse();
}

/** Parses one expression, such as a vindex's filter or a column's default. */
export function parseExpr(sql: string, options: LexOptions = {}): Expr {
  return new StatementParser(sql, options).parseExpr();
}

export type PreviewKind =
  | 'select'
  | 'insert'
  | 'replace'
  | 'update'
  | 'delete'
  | 'begin'
  | 'commit'
  | 'rollback'
  | 'savepoint'
  | 'release'
  | 'set'
  | 'show'
  | 'use'
  | 'explain'
  | 'vexplain'
  | 'ddl'
  | 'lock'
  | 'unlock'
  | 'call'
  | 'prepare'
  | 'execute'
  | 'deallocate'
  | 'load'
  | 'flush'
  | 'kill'
  | 'vstream'
  | 'revert'
  | 'other'
  | 'commentOnly'
  | 'unknown';

const kinds: Partial<Record<string, PreviewKind>> = {
  SELECT: 'select',
  WITH: 'select',
  VALUES: 'select',
  TABLE: 'select',
  '(': 'select',
  INSERT: 'insert',
  REPLACE: 'replace',
  UPDATE: 'update',
  DELETE: 'delete',
  BEGIN: 'begin',
  START: 'begin',
  COMMIT: 'commit',
  ROLLBACK: 'rollback',
  SAVEPOINT: 'savepoint',
  RELEASE: 'release',
  SET: 'set',
  SHOW: 'show',
  USE: 'use',
  EXPLAIN: 'explain',
  DESCRIBE: 'explain',
  DESC: 'explain',
  VEXPLAIN: 'vexplain',
  CREATE: 'ddl',
  ALTER: 'ddl',
  DROP: 'ddl',
  RENAME: 'ddl',
  TRUNCATE: 'ddl',
  GRANT: 'ddl',
  REVOKE: 'ddl',
  LOCK: 'lock',
  UNLOCK: 'unlock',
  CALL: 'call',
  PREPARE: 'prepare',
  EXECUTE: 'execute',
  DEALLOCATE: 'deallocate',
  LOAD: 'load',
  FLUSH: 'flush',
  KILL: 'kill',
  VSTREAM: 'vstream',
  STREAM: 'vstream',
  REVERT: 'revert',
  ANALYZE: 'other',
  OPTIMIZE: 'other',
  CHECK: 'other',
  CHECKSUM: 'other',
  REPAIR: 'other',
  DO: 'other',
  XA: 'other',
  RESET: 'other',
  PURGE: 'other',
  CHANGE: 'other',
  INSTALL: 'other',
  UNINSTALL: 'other',
  HANDLER: 'other',
  HELP: 'other',
};

/** What a statement is, by its first word, without parsing. WITH counts as a select, though it may open a DML. */
export function preview(sql: string, options: LexOptions = {}): PreviewKind {
  const scanner = new Scanner(sql, options);
  try {
    scanner.next();
  } catch {
    return 'unknown'; // unclosed comment: the parser will say so
  }
  if (scanner.word !== '') return kinds[scanner.word] ?? 'unknown';
  return scanner.end >= sql.length && scanner.start === scanner.end ? 'commentOnly' : 'unknown';
}
