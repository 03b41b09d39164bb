import type { AlterMigration, AlterVschema, Ddl, RevertMigration } from './ddl';
import type { Delete, Insert, Update } from './dml';
import type { Range, TableName } from './node';
import type { Expr, Limit, Literal, Query, UserVariable, VariableScope } from './query';

export type AdminStatement =
  | SetVariables
  | SetTransaction
  | SetStatement
  | Show
  | Use
  | Explain
  | ExplainConnection
  | Describe
  | VExplain
  | Begin
  | Commit
  | Rollback
  | Savepoint
  | RollbackTo
  | ReleaseSavepoint
  | LockTables
  | UnlockTables
  | Flush
  | Kill
  | Call
  | Prepare
  | Execute
  | Deallocate
  | Do
  | LoadData
  | TableAdmin
  | OtherAdmin
  | VStream
  | CommentOnly;

export type DdlStatement = Ddl | AlterVschema | AlterMigration | RevertMigration;

export type DmlStatement = Query | Insert | Update | Delete;

export type Statement = DmlStatement | DdlStatement | AdminStatement;

export type StatementKind = Statement['kind'];

export interface SetVariables extends Range {
  kind: 'set';
  items: SetItem[];
}

export type SetItem = SetVariable | SetUserVariable | SetNames | SetCharacterSet;

export interface SetVariable extends Range {
  kind: 'setVariable';
  /** Absent: the session's, as MySQL takes it. */
  scope?: VariableScope;
  /** Lower case. */
  name: string;
  /** Bare words are `keyword` (ON, OFF, ..); DEFAULT is `default`. */
  value: Expr;
}

export interface SetUserVariable extends Range {
  kind: 'setUserVariable';
  target: UserVariable;
  value: Expr;
}

/** Without `charset`: SET NAMES DEFAULT. */
export interface SetNames extends Range {
  kind: 'setNames';
  charset?: string;
  collation?: string;
}

/** Without `charset`: SET CHARACTER SET DEFAULT. */
export interface SetCharacterSet extends Range {
  kind: 'setCharacterSet';
  charset?: string;
}

export type IsolationLevel = 'read uncommitted' | 'read committed' | 'repeatable read' | 'serializable';

/** `SET [GLOBAL | SESSION] TRANSACTION`. Without a scope it counts for the next transaction only. */
export interface SetTransaction extends Range {
  kind: 'setTransaction';
  scope?: 'global' | 'session';
  isolation?: IsolationLevel;
  access?: 'read only' | 'read write';
}

/** MariaDB's `SET STATEMENT a = 1 FOR statement`. */
export interface SetStatement extends Range {
  kind: 'setStatement';
  variables: SetVariable[];
  statement: Statement;
}

/**
 * SHOW. `what` is the object in lower case, one blank between words: `tables`, `databases`, `columns`, `index`,
 * `create table`, `variables`, `status`, `table status`, `warnings`, `vitess_shards`, `vschema tables`,
 * `vitess_migrations`, `vitess_migration logs`, .. SCHEMAS reads as databases, FIELDS as columns, INDEXES and KEYS as
 * index.
 */
export interface Show extends Range {
  kind: 'show';
  what: string;
  full: boolean;
  extended: boolean;
  scope?: 'global' | 'session' | 'vitess_metadata';
  /** The table, view or routine of `create ..`, `columns`, `index`. */
  table?: TableName;
  /** FROM / IN a keyspace. */
  keyspace?: string;
  /** A quoted or bare argument: SHOW ENGINE `innodb` STATUS, SHOW VITESS_MIGRATION `'uuid'` LOGS. */
  argument?: string;
  like?: Literal;
  where?: Expr;
  limit?: Limit;
  /** The whole statement as written, without margin comments. */
  text: string;
}

export interface Use extends Range {
  kind: 'use';
  /** A target such as `keyspace`, `keyspace@replica`, `keyspace:-80`; empty for a bare USE. */
  target: string;
}

export interface Explain extends Range {
  kind: 'explain';
  analyze: boolean;
  /** Lower case: json, tree, traditional, vitess, .. */
  format?: string;
  option?: 'extended' | 'partitions';
  statement: Statement;
  text: string;
}

/** `EXPLAIN FOR CONNECTION n`. */
export interface ExplainConnection extends Range {
  kind: 'explainConnection';
  format?: string;
  connectionId: string;
}

/** `DESCRIBE t`, `DESC t column`, `EXPLAIN t`. */
export interface Describe extends Range {
  kind: 'describe';
  table: TableName;
  /** A column name or a LIKE pattern. */
  column?: string;
  text: string;
}

export interface VExplain extends Range {
  kind: 'vexplain';
  /** `cost` is ours: what each query to each shard gave, took, and how the server would run it. */
  type: 'plan' | 'queries' | 'all' | 'trace' | 'keys' | 'cost';
  /** Directives and other kept comments, with delimiters. */
  comments: string[];
  statement: Statement;
}

/** BEGIN and START TRANSACTION. */
export interface Begin extends Range {
  kind: 'begin';
  consistentSnapshot: boolean;
  access?: 'read only' | 'read write';
}

export interface Commit extends Range {
  kind: 'commit';
  chain?: boolean;
  release?: boolean;
}

export interface Rollback extends Range {
  kind: 'rollback';
  chain?: boolean;
  release?: boolean;
}

export interface Savepoint extends Range {
  kind: 'savepoint';
  name: string;
}

export interface RollbackTo extends Range {
  kind: 'rollbackTo';
  name: string;
}

export interface ReleaseSavepoint extends Range {
  kind: 'releaseSavepoint';
  name: string;
}

export type TableLock = 'read' | 'read local' | 'write' | 'low_priority write' | 'write concurrent';

export interface LockTables extends Range {
  kind: 'lockTables';
  tables: { table: TableName; alias?: string; lock: TableLock }[];
  /** Seconds, or not at all. */
  wait?: number | 'nowait';
}

export interface UnlockTables extends Range {
  kind: 'unlockTables';
}

export interface Flush extends Range {
  kind: 'flush';
  local: boolean;
  /** Lower case: `tables`, `privileges`, `binary logs`, .. */
  options: string[];
  /** With FLUSH TABLES only. */
  tables: TableName[];
  withReadLock: boolean;
  forExport: boolean;
  text: string;
}

export interface Kill extends Range {
  kind: 'kill';
  type: 'connection' | 'query';
  id: Expr;
}

export interface Call extends Range {
  kind: 'call';
  procedure: TableName;
  /** Of a procedure of a MariaDB package: `keyspace.package.name`. */
  package?: string;
  args: Expr[];
}

export interface Prepare extends Range {
  kind: 'prepare';
  name: string;
  /** A string literal, a user variable, or, in MariaDB, any other expression. */
  source: Expr;
}

export interface Execute extends Range {
  kind: 'execute';
  name: string;
  using: Expr[];
}

export interface Deallocate extends Range {
  kind: 'deallocate';
  name: string;
}

export interface Do extends Range {
  kind: 'do';
  exprs: Expr[];
}

export interface LoadData extends Range {
  kind: 'loadData';
  local: boolean;
  file: string;
  table?: TableName;
  text: string;
}

/** ANALYZE / OPTIMIZE / CHECK / REPAIR / CHECKSUM TABLE. */
export interface TableAdmin extends Range {
  kind: 'tableAdmin';
  action: 'analyze' | 'optimize' | 'check' | 'repair' | 'checksum';
  tables: TableName[];
  text: string;
}

/** A statement that is known but not taken apart: RESET, INSTALL PLUGIN, XA, SET PASSWORD, HANDLER, .. */
export interface OtherAdmin extends Range {
  kind: 'otherAdmin';
  /** First word, lower case. */
  verb: string;
  text: string;
}

/** `VSTREAM * FROM t [WHERE ..] [LIMIT n]`. */
export interface VStream extends Range {
  kind: 'vstream';
  table: TableName;
  where?: Expr;
  limit?: Limit;
}

/** Nothing but comments, or an empty statement. */
export interface CommentOnly extends Range {
  kind: 'commentOnly';
  comments: string[];
}
