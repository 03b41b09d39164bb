import type { BindVariables, Field, Result } from '@vitess-ts/sqltypes';
import type { Destination } from '@vitess-ts/key';
import type { BoundQuery } from '@vitess-ts/queryservice';
import type { LookupCursor } from '@vitess-ts/vindexes';
import type { ResolvedShard } from './resolved-shard';
import type { ScratchAccess } from './scratch/scratch-access';
import type { SpillFiles } from './spill/spill-files';
import type { StatementMemory } from './statement-memory';

export type { ResolvedShard } from './resolved-shard';

/** How a primitive wants its queries run. */
export interface ShardExecution {
  /** Changes data: opens shard transactions where the session is in one, counts for LAST_INSERT_ID and rollback. */
  isDml: boolean;
  /** One shard and no transaction: may run without BEGIN. */
  canAutocommit: boolean;
}

/**
 * What a running plan may ask of the gate. The executor implements it over the client's session; the engine knows
 * nothing else of sessions, tablets or topology.
 */
export interface ExecContext {
  readonly signal: AbortSignal;
  /** The rows that primitives of this statement hold in memory together. */
  readonly memory: StatementMemory;
  /** Where rows go that are too many for memory; undefined: then a statement that has too many fails. */
  readonly spill?: SpillFiles;
  /** Where queries run that need rows of several shards in one place. */
  readonly scratch: ScratchAccess;
  /** Runs the statements of lookup vindexes. */
  readonly lookups: LookupCursor;

  /** The shards of a keyspace for the session's tablet type that each destination covers, in the given order. */
  resolve(keyspace: string, destinations: readonly Destination[]): Promise<ResolvedShard[][]>;
  /**
   * Runs one query a shard, all at once. Rejects when any of them failed, after all have ended, with the error of
   * the first failing shard in the given order.
   */
  execute(
    shards: readonly ResolvedShard[],
    queries: readonly BoundQuery[],
    how: ShardExecution,
  ): Promise<Result[]>;
  /** As `execute`, but one stream a shard; each first result has the fields. Readers may be slow. */
  stream(shards: readonly ResolvedShard[], queries: readonly BoundQuery[]): AsyncIterable<Result>[];
  /** `count` consecutive values of a sequence; returns the first. */
  reserveSequence(keyspace: string, table: string, count: number): Promise<bigint>;

  /** The value that LAST_INSERT_ID() gives after this statement. */
  setLastInsertId(id: bigint): void;
  setFoundRows(rows: bigint): void;
  /** The session's transaction must commit on all shards or on none. */
  requireAtomicCommit(): void;
  addWarning(errno: number, message: string): void;
}

/** The part of a plan that VEXPLAIN PLAN prints; keys in the order given here. */
export interface PrimitiveDescription {
  operatorType: string;
  variant?: string;
  keyspace?: { name: string; sharded: boolean };
  /** Operator-specific values, in print order. */
  other?: Record<string, unknown>;
  inputs?: PrimitiveDescription[];
}

/**
 * One step of a plan. `execute` is the only way to run it: it yields results of which the first has the fields and
 * all have rows, in batches; a primitive must not hold more rows than it needs. Primitives are immutable and shared
 * by all executions of a cached plan: state lives in the generator.
 */
export interface Primitive {
  execute(ctx: ExecContext, bindVariables: BindVariables): AsyncIterable<Result>;
  /** The result's columns when no row may be read (an outer join without right rows needs them, for example). */
  fields(ctx: ExecContext, bindVariables: BindVariables): Promise<Field[]>;
  describe(): PrimitiveDescription;
}
