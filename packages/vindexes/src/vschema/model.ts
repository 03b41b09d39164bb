import type { KeyspaceId } from '@vitess-ts/key';
import type { VtError } from '@vitess-ts/vterrors';
import type { Vindex } from '../vindex';

/** `''` is an ordinary table. */
export type TableType = '' | 'sequence' | 'reference';

/** A table's name in full. */
export interface QualifiedTable {
  keyspace: string;
  name: string;
}

export interface Column {
  name: string;
  /** A `Type` number; NULL_TYPE when the vschema does not say. */
  type: number;
  /** Empty when the vschema does not say. */
  collation: string;
  invisible: boolean;
  default: string;
  /** Length of text, precision of numbers; 0 when not given. */
  size: number;
  scale: number;
  /** Absent when the vschema does not say. */
  nullable?: boolean;
  /** Members of ENUM and SET. */
  values: readonly string[];
}

/** A vindex on columns of a table. */
export interface ColumnVindex {
  vindex: Vindex;
  /** As in the vschema; column names compare without case. */
  columns: readonly string[];
  /** The rows of the table and of the lookup table change together. */
  owned: boolean;
  isUnique: boolean;
  cost: number;
  /** The first column vindex of a table decides where its rows lie. */
  isPrimary: boolean;
}

export interface AutoIncrement {
  column: string;
  sequence: QualifiedTable;
}

export interface Table {
  keyspace: KeyspaceVSchema;
  name: string;
  type: TableType;
  /** The primary vindex first, the others by cost. Empty unless the keyspace is sharded and rows are spread. */
  columnVindexes: readonly ColumnVindex[];
  autoIncrement?: AutoIncrement;
  columns: readonly Column[];
  /** `columns` are all columns of the table. */
  columnListAuthoritative: boolean;
  /** The keyspace id of all rows: the table lies in one shard of a sharded keyspace. */
  pinned?: KeyspaceId;
  /** Of a reference table: the table that it is a copy of. */
  source?: QualifiedTable;
  /** The vschema has no such table, but the keyspace is unsharded and takes any name. */
  isImplicit: boolean;
}

export interface KeyspaceVSchema {
  name: string;
  sharded: boolean;
  vindexes: ReadonlyMap<string, Vindex>;
  tables: ReadonlyMap<string, Table>;
  /** Unqualified names never mean tables of this keyspace. */
  requireExplicitRouting: boolean;
  /** `vschema.Keyspace.ForeignKeyMode`. */
  foreignKeyMode: number;
  multiTenant?: { column: string; type: number };
  /** Why the keyspace cannot be used; every look-up in it throws this. */
  error?: VtError;
}

export function columnVindexOf(table: Table, column: string): ColumnVindex | undefined {
  const wanted = column.toLowerCase();
  return table.columnVindexes.find((v) => v.columns.length === 1 && v.columns[0].toLowerCase() === wanted);
}

export function primaryVindexOf(table: Table): ColumnVindex | undefined {
  return table.columnVindexes.find((v) => v.isPrimary);
}

export function columnOf(table: Table, column: string): Column | undefined {
  const wanted = column.toLowerCase();
  return table.columns.find((c) => c.name.toLowerCase() === wanted);
}
