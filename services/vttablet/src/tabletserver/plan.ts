import type { BindVariables } from '@vitess-ts/sqltypes';

/** How the tablet runs a statement. */
export type PlanKind =
  | 'select'
  /** SHOW, EXPLAIN, DESCRIBE: reads that no row limit can be given to. */
  | 'show'
  | 'nextval'
  | 'dml'
  | 'ddl'
  | 'set'
  | 'call'
  /** SAVEPOINT and its kin: inside transactions only. */
  | 'savepoint'
  /** LOCK TABLES, PREPARE, ...: state of the connection, on reserved connections only. */
  | 'session'
  /** BEGIN, COMMIT, ROLLBACK, USE: have RPCs of their own. */
  | 'refused'
  /** Whatever else: runs like a write. */
  | 'other';

/** What the plan cache keeps of a statement text. */
export interface QueryPlan {
  readonly kind: PlanKind;
  /** First words, for error texts and metrics. */
  readonly name: string;
  /** The statement has a LIMIT of its own, which goes before the session's sql_select_limit. */
  readonly hasLimit: boolean;
  /** CREATE / DROP TEMPORARY TABLE: no schema change that others see. */
  readonly temporary: boolean;
  /** Of `nextval`: the table, and how many values. */
  readonly sequence?: { table: string; count: (bindVariables: BindVariables) => bigint };
  /** The text for mysqld. Throws INVALID_ARGUMENT when a variable is missing or has the wrong shape. */
  render(bindVariables: BindVariables): string;
}
