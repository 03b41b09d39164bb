import type { Query } from '@vitess-ts/sqlparser';
import type { OrderKey } from '../../engine/order-key';
import type { Primitive } from '../../engine/primitive';
import type { ColumnInfo, TableSet } from '../semantics/bound';
import type { RouteTarget } from './route-op';
import type { VindexColumn } from './vindex-column';

/** A query that runs whole on the shards of a target; the gate only puts the rows together. */
export interface RoutedQuery {
  kind: 'route';
  target: RouteTarget;
  query: Query;
  /** How rows of several shards are kept in order, with the columns that only this needs at the end. */
  merge?: { query: Query; orderBy: OrderKey[]; hiddenColumns: number };
  /** The columns of the result that are vindex columns, as columns of a derived table. */
  vindexColumns(derived: TableSet, names: readonly string[]): VindexColumn[];
  tables: TableSet;
}

/** A query that needs work in the gate. */
export interface GatheredQuery {
  kind: 'gate';
  build(): Primitive;
  /** Undefined where a `*` hides them. */
  columns: ColumnInfo[] | undefined;
  tablesUsed: string[];
}

export type PlannedQuery = RoutedQuery | GatheredQuery;
