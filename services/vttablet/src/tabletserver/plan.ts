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
  /** BEGIN, COMMIT, ROLLBACK, USE, ...: not for a tablet, or with an RPC of its own. */
  | 'refused'
  /** Whatever else: runs like a write. */
  | 'other';

/** What the plan cache keeps of a statement text. */
export interface QueryPlan {
  readonly kind: PlanKind;
  /** First word, for error texts. */
  readonly name: string;
  /** The table it is about, for metrics: see `tableOf`. */
  readonly table?: string;
  /** CREATE / DROP TEMPORARY TABLE: no schema change that others see, and allowed on any tablet type. */
  readonly temporary: boolean;
  /** May stand behind SET STATEMENT ... FOR. */
  readonly limitable: boolean;
  /** Of `nextval`: the table, and how many values. */
  readonly sequence?: { table: string; count: (bindVariables: BindVariables) => bigint };
  /** Of `dml`: why it might do something else when it is done again; absent: it would not. */
  readonly unrepeatable?: string;
  /** Of `dml`: the statement names its clock itself. */
  readonly ownClock?: boolean;
  /** Of `savepoint`. */
  readonly savepoint?: { action: 'set' | 'rollback' | 'release'; name: string };
  /** The text for mysqld. Throws INVALID_ARGUMENT when a variable is missing or has the wrong shape. */
  render(bindVariables: BindVariables): Buffer;
}
