import type { Statement } from '@vitess-ts/sqlparser';

/** The type of a SELECT or DML statement, from its first word, as metrics and the query log name it. */
export function typeOfVerb(verb: string): string {
  switch (verb) {
    case 'INSERT':
    case 'REPLACE':
    case 'UPDATE':
    case 'DELETE':
      return verb;
    default:
      // A parenthesis, WITH, VALUES, TABLE.
      return 'SELECT';
  }
}

/** The type of any other statement. */
export function typeOfStatement({ kind }: Statement): string {
  return types[kind] ?? 'OTHER';
}

const types: Readonly<Partial<Record<Statement['kind'], string>>> = {
  begin: 'BEGIN',
  commit: 'COMMIT',
  rollback: 'ROLLBACK',
  savepoint: 'SAVEPOINT',
  rollbackTo: 'SAVEPOINT_ROLLBACK',
  releaseSavepoint: 'RELEASE',
  set: 'SET',
  setTransaction: 'SET',
  show: 'SHOW',
  use: 'USE',
  describe: 'EXPLAIN',
  explain: 'EXPLAIN',
  vexplain: 'VEXPLAIN',
  ddl: 'DDL',
  lockTables: 'LOCK_TABLES',
  unlockTables: 'UNLOCK_TABLES',
  flush: 'FLUSH',
  call: 'CALL_PROC',
  kill: 'KILL',
  commentOnly: 'COMMENT_ONLY',
};

const transactionTypes: ReadonlySet<string> = new Set([
  'BEGIN',
  'COMMIT',
  'ROLLBACK',
  'SAVEPOINT',
  'SAVEPOINT_ROLLBACK',
  'RELEASE',
]);

/** The plan type of a statement that has no plan. */
export function planTypeOfType(type: string): 'Transaction' | 'Local' {
  return transactionTypes.has(type) ? 'Transaction' : 'Local';
}
