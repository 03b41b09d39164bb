import type { TableName } from '../ast';

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
  charset?: string;
  collation?: string;
  comment?: string;
  onUpdateNow: boolean;
}

export type KeyType = 'primary' | 'unique' | 'index' | 'fulltext' | 'spatial' | 'foreign';

export interface KeyDefinition {
  type: KeyType;
  name?: string;
  /** `name` is absent for a functional key part. */
  columns: { name?: string; length?: number; desc: boolean }[];
  /** Of a foreign key. */
  references?: { table: TableName; columns: string[] };
}

export interface TableDefinition {
  table: TableName;
  columns: ColumnDefinition[];
  keys: KeyDefinition[];
  engine?: string;
  charset?: string;
  collation?: string;
  comment?: string;
}

/** One action of ALTER TABLE; `other` for those that change neither columns nor keys, or are not taken apart. */
export type AlterAction =
  | { action: 'add column'; column: ColumnDefinition }
  | { action: 'modify column'; column: ColumnDefinition }
  | { action: 'change column'; from: string; column: ColumnDefinition }
  | { action: 'drop column'; name: string }
  | { action: 'rename column'; from: string; to: string }
  | { action: 'add key'; key: KeyDefinition }
  | { action: 'drop key'; type: KeyType; name?: string }
  | { action: 'rename table'; to: TableName }
  | { action: 'other' };
