import type { Range, TableName } from './node';
import type { Query } from './query';

export type DdlAction = 'create' | 'alter' | 'drop' | 'rename' | 'truncate' | 'grant' | 'revoke';

export type DdlObject =
  | 'table'
  | 'view'
  | 'index'
  | 'database'
  | 'sequence'
  | 'procedure'
  | 'function'
  | 'trigger'
  | 'event'
  | 'user'
  | 'role'
  | 'server'
  | 'tablespace'
  | 'logfile group'
  | 'package'
  | 'privileges'
  | 'other';

/**
 * A DDL statement: what routing needs. Its `text` is what is forwarded; columns and keys come from `parseCreateTable`
 * and its kin on demand.
 */
export interface Ddl extends Range {
  kind: 'ddl';
  action: DdlAction;
  object: DdlObject;
  /** Directives and other kept comments, with delimiters. */
  comments: string[];
  /**
   * The tables, views or other objects that the statement names: `drop table a, b` has two. For an index: the table
   * that it is on. For a database: its name, without keyspace. Of a rename: the old names.
   */
  names: TableName[];
  /** The new names, in the order of `names`: RENAME TABLE, ALTER TABLE .. RENAME TO. */
  renames: TableName[];
  /** CREATE / DROP INDEX: the index. */
  index?: string;
  ifExists: boolean;
  ifNotExists: boolean;
  orReplace: boolean;
  temporary: boolean;
  /** CREATE TABLE .. LIKE. */
  like?: TableName;
  /** CREATE VIEW .. AS, CREATE TABLE .. AS SELECT. */
  query?: Query;
  /** The statement as written, without margin comments and the closing semicolon. */
  text: string;
}

export interface VindexSpec {
  name: string;
  /** `lookup_unique`, `hash`, ..; absent when an existing vindex is named. */
  type?: string;
  params: [name: string, value: string][];
}

export type AlterVschemaAction =
  | 'create vindex'
  | 'drop vindex'
  | 'add table'
  | 'drop table'
  | 'add vindex'
  | 'drop column vindex'
  | 'add sequence'
  | 'drop sequence'
  | 'add auto_increment'
  | 'drop auto_increment';

/** `ALTER VSCHEMA ..`: `table` is the table or sequence; for create and drop vindex the vindex, with its keyspace. */
export interface AlterVschema extends Range {
  kind: 'alterVschema';
  action: AlterVschemaAction;
  table: TableName;
  /** `create vindex`, `drop vindex`, `add vindex`, `drop column vindex`. */
  vindex?: VindexSpec;
  /** `add vindex`: the columns it is on. */
  columns: string[];
  /** `add auto_increment`. */
  autoIncrement?: { column: string; sequence: TableName };
}

export type MigrationAction =
  | 'retry'
  | 'cleanup'
  | 'cleanup all'
  | 'launch'
  | 'launch all'
  | 'complete'
  | 'complete all'
  | 'cancel'
  | 'cancel all'
  | 'postpone complete'
  | 'postpone complete all'
  | 'throttle'
  | 'throttle all'
  | 'unthrottle'
  | 'unthrottle all'
  | 'force_cutover'
  | 'force_cutover all'
  | 'set cut-over threshold';

/** `ALTER VITESS_MIGRATION ..`. */
export interface AlterMigration extends Range {
  kind: 'alterMigration';
  action: MigrationAction;
  /** Absent with the `.. all` actions. */
  uuid?: string;
  /** `throttle`: a duration such as `1h`. */
  expire?: string;
  /** `throttle`: 0 to 1, as written. */
  ratio?: string;
  /** `launch`: shards named by VITESS_SHARDS. `set cut-over threshold`: the threshold is in `expire`. */
  shards?: string;
}

/** `REVERT VITESS_MIGRATION 'uuid'`. */
export interface RevertMigration extends Range {
  kind: 'revertMigration';
  comments: string[];
  uuid: string;
}
