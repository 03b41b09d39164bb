import type { TableName } from '../ast';
import type { DefinitionExpr, TableOption } from './definition-value';
import type { Partition, Partitioning } from './partition-definition';

/** A column as CREATE TABLE and ALTER TABLE define it. */
export interface ColumnDefinition {
  name: string;
  /** Canonical text: `varchar(64)`, `bigint unsigned`, `enum('a','b')`. */
  type: string;
  /** The type's name alone, lower case: `varchar`. */
  typeName: string;
  length?: number;
  scale?: number;
  unsigned: boolean;
  /** Values of ENUM and SET. */
  values: string[];
  /** False for NOT NULL and for columns of the primary key. */
  nullable: boolean;
  /** A literal's value (null for DEFAULT NULL), or an expression as written. Absent without DEFAULT. */
  default?: { literal: string | null } | { expression: true; text: string };
  autoIncrement: boolean;
  generated?: 'stored' | 'virtual';
  /** Of a generated column. */
  generatedAs?: DefinitionExpr;
  charset?: string;
  collation?: string;
  comment?: string;
  onUpdateNow: boolean;
  /** Hidden from `select *`. */
  invisible: boolean;
  /** MariaDB's column compression. */
  compressed: boolean;
  /** CHECK constraints of the column itself. */
  checks: CheckDefinition[];
  /** REFERENCES behind a column: MySQL ignores it, MariaDB makes a foreign key of it. */
  references?: KeyReference;
  /** WITH or WITHOUT SYSTEM VERSIONING. */
  systemVersioning?: boolean;
  /** GENERATED ALWAYS AS ROW START / ROW END of a system-versioned table. */
  rowPeriod?: 'start' | 'end';
}

export type KeyType = 'primary' | 'unique' | 'index' | 'fulltext' | 'spatial' | 'foreign';

export interface KeyPart {
  /** Absent for a functional key part. */
  name?: string;
  /** Of a functional key part. */
  expr?: DefinitionExpr;
  length?: number;
  desc: boolean;
}

export type ReferenceAction = 'restrict' | 'cascade' | 'set null' | 'set default' | 'no action';

export interface KeyReference {
  table: TableName;
  columns: string[];
  match?: 'full' | 'partial' | 'simple';
  onDelete?: ReferenceAction;
  onUpdate?: ReferenceAction;
}

export interface KeyDefinition {
  type: KeyType;
  /** The key's, else its constraint's; of a foreign key the constraint's, else the key's. */
  name?: string;
  columns: KeyPart[];
  /** Of a foreign key. */
  references?: KeyReference;
  using?: 'btree' | 'hash' | 'rtree';
  comment?: string;
  keyBlockSize?: number;
  /** FULLTEXT: WITH PARSER. */
  parser?: string;
  /** False: INVISIBLE (MySQL) or IGNORED (MariaDB): the optimizer does not use it. */
  visible?: boolean;
  /** MariaDB's `period WITHOUT OVERLAPS`. */
  withoutOverlaps?: string;
}

export interface CheckDefinition {
  name?: string;
  condition: DefinitionExpr;
  /** False for MySQL's NOT ENFORCED. */
  enforced: boolean;
}

/** `PERIOD FOR name (start, end)`; the name of system time is SYSTEM_TIME. */
export interface PeriodDefinition {
  name: string;
  start: string;
  end: string;
}

export interface TableDefinition {
  table: TableName;
  temporary: boolean;
  ifNotExists: boolean;
  orReplace: boolean;
  columns: ColumnDefinition[];
  keys: KeyDefinition[];
  /** CHECK constraints of the table. */
  checks: CheckDefinition[];
  periods: PeriodDefinition[];
  /** WITH SYSTEM VERSIONING. */
  systemVersioning: boolean;
  /** All options in the order in which they stand. */
  options: TableOption[];
  engine?: string;
  charset?: string;
  collation?: string;
  comment?: string;
  partitioning?: Partitioning;
}

/** Where ADD, MODIFY and CHANGE put a column. */
export type ColumnPosition = { first: true } | { after: string };

/** One action of ALTER TABLE. */
export type AlterAction =
  | { action: 'add column'; column: ColumnDefinition; position?: ColumnPosition; ifNotExists: boolean }
  | { action: 'modify column'; column: ColumnDefinition; position?: ColumnPosition; ifExists: boolean }
  | {
      action: 'change column';
      from: string;
      column: ColumnDefinition;
      position?: ColumnPosition;
      ifExists: boolean;
    }
  | { action: 'drop column'; name: string; ifExists: boolean }
  | { action: 'rename column'; from: string; to: string }
  /** ALTER COLUMN .. SET DEFAULT (with one) or DROP DEFAULT (without). */
  | { action: 'alter default'; name: string; default?: DefinitionExpr }
  | { action: 'alter visibility'; object: 'column' | 'key'; name: string; visible: boolean }
  | { action: 'add key'; key: KeyDefinition; ifNotExists: boolean }
  | { action: 'drop key'; type: KeyType; name?: string; ifExists: boolean }
  | { action: 'rename key'; from: string; to: string }
  | { action: 'add check'; check: CheckDefinition }
  | { action: 'alter check'; name: string; enforced: boolean }
  /** DROP CONSTRAINT: a check, or a key of that name. */
  | { action: 'drop constraint'; name: string; ifExists: boolean }
  | { action: 'rename table'; to: TableName }
  | { action: 'convert charset'; charset: string; collation?: string }
  | { action: 'options'; options: TableOption[] }
  | { action: 'order by'; columns: string[] }
  | { action: 'keys'; enabled: boolean }
  | { action: 'tablespace'; operation: 'discard' | 'import' }
  | { action: 'algorithm' | 'lock'; value: string }
  | { action: 'validation'; enabled: boolean }
  | { action: 'force' }
  | { action: 'add period'; period: PeriodDefinition }
  | { action: 'drop period'; name: string }
  | { action: 'system versioning'; enabled: boolean }
  | PartitionAction;

/** ALTER TABLE's maintenance of partitions. `all` partitions are an empty list of names. */
export type PartitionAction =
  | { action: 'partition by'; partitioning: Partitioning }
  | { action: 'remove partitioning' }
  | { action: 'add partition'; partitions: Partition[]; count?: number; ifNotExists: boolean }
  | { action: 'drop partition'; names: string[]; ifExists: boolean }
  | { action: 'reorganize partition'; names: string[]; into: Partition[] }
  | { action: 'coalesce partition'; count: number }
  | {
      action: 'exchange partition' | 'convert partition to table';
      name: string;
      table: TableName;
      validation?: boolean;
    }
  | { action: 'convert table to partition'; table: TableName; partition: Partition }
  | {
      action: `${'truncate' | 'analyze' | 'check' | 'optimize' | 'rebuild' | 'repair'} partition`;
      names: string[];
      options: string[];
    }
  | { action: 'partition tablespace'; operation: 'discard' | 'import'; names: string[] };
