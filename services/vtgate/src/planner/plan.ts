import type { Statement } from '@vitess-ts/sqlparser';
import type { TableSchema } from '@vitess-ts/proto/vttsquery';
import type { VSchema } from '@vitess-ts/vindexes';
import type { Destination } from '@vitess-ts/key';
import type { TabletType } from '@vitess-ts/proto/topodata';
import type { Primitive } from '../engine/primitive';

/** How a plan reaches the shards; the label of metrics and of the query log. */
export type PlanType =
  | 'Passthrough' // one unsharded keyspace or an explicit target, text unchanged
  | 'Local' // one shard, chosen by a vindex
  | 'Lookup'
  | 'MultiShard' // some shards, chosen by a vindex
  | 'Scatter' // all shards
  | 'Join'
  | 'Complex' // several routes with work in the gate
  | 'DirectDDL'
  | 'OnlineDDL'
  | 'Transaction'
  | 'Admin';

/** A plan is immutable and serves every execution of its cache key. */
export interface Plan {
  type: PlanType;
  primitive: Primitive;
  /** `keyspace.table` of every table that the statement names. */
  tablesUsed: string[];
  /** The statement changes rows. */
  isDml: boolean;
  /** A write that one shard is expected to run, and that takes several statements when it is not so. */
  mayGrow?: boolean;
}

/**
 * A keyspace target without tables (`USE ks`, `USE ks:-80@replica`). A shard destination bypasses vindexes: the
 * statement goes to that shard as it is.
 */
export interface PlanTarget {
  keyspace: string;
  destination?: Destination;
}

/** Everything but the statement that a plan depends on; all of it is part of the cache key. */
export interface PlanningContext {
  vschema: VSchema;
  target?: PlanTarget;
  /** For routing rules of one tablet type; PRIMARY when absent. */
  tabletType?: TabletType;
  /** Collation id of the connection. */
  collation: number;
  sqlMode: string;
  /** Which server's syntax the shards read where the two differ; MySQL's when absent. */
  dialect?: 'mysql' | 'mariadb';
  /** Tables of the servers' own schemas are those of all keyspaces together. */
  systemTablesOfAll?: boolean;
  /** Columns of a table in full, where they are tracked; what the vschema has of them stands in otherwise. */
  tableSchema?: (keyspace: string, table: string) => TableSchema | undefined;
}

/** Builds the plan of a normalised SELECT, DML statement or DDL. Throws `VtError` or `SqlError`. */
export type BuildPlan = (statement: Statement, sql: string, context: PlanningContext) => Plan;
