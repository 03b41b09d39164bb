import type { Range, TableName } from './node';
import type { Column, Expr, Limit, OrderItem, Query, SelectItem, TableExpr, TimePoint, With } from './query';

/** INSERT and REPLACE. The SET form is read as columns and one row. */
export interface Insert extends Range {
  kind: 'insert';
  verb: 'insert' | 'replace';
  comments: string[];
  ignore: boolean;
  priority?: 'low_priority' | 'delayed' | 'high_priority';
  table: TableName;
  partitions: string[];
  /** Empty when the source names none. */
  columns: string[];
  source: InsertRows | Query;
  /** `AS new(a, b)` of MySQL 8. */
  rowAlias?: { table: string; columns: string[] };
  onDuplicate: Assignment[];
  returning: SelectItem[];
}

export interface InsertRows extends Range {
  kind: 'rows';
  rows: Expr[][];
}

export interface Assignment extends Range {
  column: Column;
  value: Expr;
}

export interface Update extends Range {
  kind: 'update';
  with?: With;
  comments: string[];
  lowPriority: boolean;
  ignore: boolean;
  tables: TableExpr[];
  assignments: Assignment[];
  where?: Expr;
  orderBy: OrderItem[];
  limit?: Limit;
}

export interface Delete extends Range {
  kind: 'delete';
  with?: With;
  comments: string[];
  lowPriority: boolean;
  quick: boolean;
  /** MariaDB's DELETE HISTORY, up to a point of time or all of it. */
  history?: { before?: TimePoint };
  ignore: boolean;
  /** Tables or aliases that rows are deleted from; empty in the one-table form, where `tables` has that one table. */
  targets: TableName[];
  tables: TableExpr[];
  where?: Expr;
  orderBy: OrderItem[];
  limit?: Limit;
  returning: SelectItem[];
}
