import type { Column, DerivedTable, Expr, Query, Select, TableRef } from '@vitess-ts/sqlparser';
import type { Table } from '@vitess-ts/vindexes';
import { walk, type Kinded, type Part } from '../syntax-tree';

/** A set of tables of one statement, one bit each. */
export type TableSet = bigint;

export const noTables: TableSet = 0n;
export const isSubset = (a: TableSet, b: TableSet): boolean => (a & ~b) === 0n;
export const overlaps = (a: TableSet, b: TableSet): boolean => (a & b) !== 0n;

/** What is known of an output column of a table or query. */
export interface ColumnInfo {
  name: string;
  /** A `Type` number; undefined when unknown. */
  type?: number;
  /** Empty when unknown. */
  collation?: string;
  invisible?: boolean;
  /** A computed integer, which MIN and MAX make a BIGINT. */
  widens?: boolean;
}

/** A table of a FROM clause: one for each time that it is named. */
export interface TableInfo {
  bit: TableSet;
  /** Name by which columns are qualified. */
  alias: string;
  /** Keyspace of a table of the vschema. */
  keyspace?: string;
  /** Absent for derived tables. */
  table?: Table;
  /** The columns that are known. */
  columns: ColumnInfo[];
  /** `columns` are all there are. */
  complete: boolean;
  /** Query of a derived table. */
  query?: Query;
}

/**
 * A column with the tables that it may belong to: one bit, or several when it is not qualified and the columns of
 * several tables are unknown. Only a route that holds all of these tables can use such a column.
 */
export interface BoundColumn extends Column {
  tables: TableSet;
  /** Where the type is known. */
  info?: ColumnInfo;
  /** Set when the name means an item of the select list (in GROUP BY, HAVING, ORDER BY). */
  item?: number;
}

export type BoundTable = TableRef & { bit: TableSet };
export type BoundDerived = DerivedTable & { bit: TableSet };
/** `tables`: those of its own FROM clause. */
export type BoundSelect = Select & { tables: TableSet };

export const isBound = (node: Kinded): node is BoundColumn =>
  node.kind === 'column' && (node as Partial<BoundColumn>).tables !== undefined;

/** All tables that a part uses, those of queries inside and of outer queries included. */
export function tablesOf(part: Part): TableSet {
  let tables = noTables;
  walk(part, (node) => {
    if (isBound(node)) tables |= node.tables;
  });
  return tables;
}

/** The column that an expression is, or undefined. */
export function boundColumn(expr: Expr): BoundColumn | undefined {
  return isBound(expr) ? expr : undefined;
}

/** Marks what stands for a subquery's value: the name of the bind variable that takes it. */
export const pulledVariable = Symbol('variable of a subquery');

/**
 * Marks an expression that the planner made of a value to order by it: it is NULL where the value is, so that an outer
 * join may compute it before it adds its own NULLs.
 */
export const nullOnNull = Symbol('NULL on NULL');
