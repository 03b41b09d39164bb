import type { DefinitionExpr, TableOption } from './definition-value';

/** `PARTITION BY ..` of a table. */
export type Partitioning = (
  | { method: 'range' | 'list' | 'hash'; linear: boolean; expr: DefinitionExpr }
  | { method: 'range columns' | 'list columns'; columns: string[] }
  /** KEY: without columns those of the primary key. */
  | { method: 'key'; linear: boolean; columns: string[]; algorithm?: number }
  /** MariaDB's history of system-versioned tables. */
  | { method: 'system_time'; limit?: number; interval?: string; starts?: string; auto: boolean }
) & {
  /** PARTITIONS n. */
  count?: number;
  subpartitioning?: Subpartitioning;
  /** Empty where only their count is given. */
  partitions: Partition[];
};

export type Subpartitioning = (
  | { method: 'hash'; linear: boolean; expr: DefinitionExpr }
  | { method: 'key'; linear: boolean; columns: string[]; algorithm?: number }
) & { count?: number };

export interface Partition {
  name: string;
  /** Absent for HASH and KEY. */
  values?: PartitionValues;
  options: TableOption[];
  subpartitions: { name: string; options: TableOption[] }[];
}

/** A bound that is no expression: MAXVALUE. */
export type PartitionBound = DefinitionExpr | 'maxvalue';

export type PartitionValues =
  /** One bound, or one a column with RANGE COLUMNS. */
  | { type: 'less than'; bounds: PartitionBound[] }
  /** One row a value; rows of one column have one expression. `null` is the literal NULL. */
  | { type: 'in'; rows: DefinitionExpr[][] }
  | { type: 'default' }
  | { type: 'history' }
  | { type: 'current' };
