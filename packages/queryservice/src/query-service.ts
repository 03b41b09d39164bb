import type { BindVariables, Result } from '@vitess-ts/sqltypes';
import type {
  ExecuteOptions as ProtoExecuteOptions,
  GetSchemaResponse,
  SchemaTableType,
  StreamHealthResponse,
  Target,
} from '@vitess-ts/proto/query';
import type { TabletAlias } from '@vitess-ts/proto/topodata';
import type { AtomicCommit } from './atomic-commit';
import type { CallContext } from './call-context';

export type { CallContext } from './call-context';

/** Options of one statement; all are optional, the defaults are the wire's. */
export type ExecuteOptions = Partial<ProtoExecuteOptions>;

/** A statement as text with named bind variables (`:v1`, `::list`). */
export interface BoundQuery {
  sql: string;
  bindVariables: BindVariables;
}

/** Where a statement runs: outside everything (both 0n), in a transaction, or on a reserved connection. */
export interface ConnectionIds {
  transactionId: bigint;
  reservedId: bigint;
}

export const noConnection: ConnectionIds = { transactionId: 0n, reservedId: 0n };

/**
 * The answer to a call that opens something and then runs a statement. The ids are set even when the statement
 * failed: the caller must end the transaction or release the connection in either case.
 */
export interface OpenedResult {
  transactionId: bigint;
  reservedId: bigint;
  tabletAlias?: TabletAlias;
  sessionStateChanges: string;
  /** Absent exactly when `error` is set. */
  result?: Result;
  /** A `VtError` or `SqlError`. */
  error?: Error;
}

/**
 * The query API of one tablet, whatever carries it (in process, gRPC, pipeline). Calls reject with `VtError` or
 * `SqlError` only.
 */
export interface QueryService {
  execute(
    ctx: CallContext,
    target: Target,
    query: BoundQuery,
    ids: ConnectionIds,
    options?: ExecuteOptions,
  ): Promise<Result>;
  /** The first result has the fields; ending the iteration early cancels the statement. */
  streamExecute(
    ctx: CallContext,
    target: Target,
    query: BoundQuery,
    ids: ConnectionIds,
    options?: ExecuteOptions,
  ): AsyncIterable<Result>;

  begin(ctx: CallContext, target: Target, options?: ExecuteOptions): Promise<OpenedResult>;
  beginExecute(
    ctx: CallContext,
    target: Target,
    preQueries: readonly string[],
    query: BoundQuery,
    reservedId: bigint,
    options?: ExecuteOptions,
  ): Promise<OpenedResult>;
  /** Resolves to the reserved id that outlives the transaction, 0n for none. */
  commit(ctx: CallContext, target: Target, transactionId: bigint): Promise<bigint>;
  rollback(ctx: CallContext, target: Target, transactionId: bigint): Promise<bigint>;

  /** Opens a connection of the session's own, applies `preQueries` (SET statements) to it and runs the statement. */
  reserveExecute(
    ctx: CallContext,
    target: Target,
    preQueries: readonly string[],
    query: BoundQuery,
    transactionId: bigint,
    options?: ExecuteOptions,
  ): Promise<OpenedResult>;
  reserveBeginExecute(
    ctx: CallContext,
    target: Target,
    preQueries: readonly string[],
    postBeginQueries: readonly string[],
    query: BoundQuery,
    options?: ExecuteOptions,
  ): Promise<OpenedResult>;
  /** Ends a reserved connection and the transaction on it. */
  release(ctx: CallContext, target: Target, ids: ConnectionIds): Promise<void>;

  getSchema(
    ctx: CallContext,
    target: Target,
    tableType: SchemaTableType,
    tableNames: readonly string[],
  ): AsyncIterable<GetSchemaResponse>;
  /** One message at once, then one at every change and at least one per health interval. */
  streamHealth(ctx: CallContext): AsyncIterable<StreamHealthResponse>;

  /** The tablet's part in commits over several shards. */
  readonly atomic: AtomicCommit;

  /** Frees the transport; the tablet itself goes on. */
  close(): Promise<void>;
}
