import type { Result } from '@vitess-ts/sqltypes';
import type {
  GetSchemaResponse,
  SchemaTableType,
  StreamHealthResponse,
  Target,
} from '@vitess-ts/proto/query';
import type { AtomicCommit } from './atomic-commit';
import type {
  BoundQuery,
  CallContext,
  ConnectionIds,
  ExecuteOptions,
  OpenedResult,
  QueryService,
} from './query-service';

/** Chooses the way anew at each call, so that a tablet may come to or leave this process meanwhile. */
export class SwitchingQueryService implements QueryService {
  constructor(
    private readonly choose: () => QueryService,
    private readonly closeAll: () => Promise<void>,
  ) {}

  async execute(
    ctx: CallContext,
    target: Target,
    query: BoundQuery,
    ids: ConnectionIds,
    options?: ExecuteOptions,
  ): Promise<Result> {
    return this.choose().execute(ctx, target, query, ids, options);
  }

  streamExecute(
    ctx: CallContext,
    target: Target,
    query: BoundQuery,
    ids: ConnectionIds,
    options?: ExecuteOptions,
  ): AsyncIterable<Result> {
    return this.choose().streamExecute(ctx, target, query, ids, options);
  }

  async begin(ctx: CallContext, target: Target, options?: ExecuteOptions): Promise<OpenedResult> {
    return this.choose().begin(ctx, target, options);
  }

  async beginExecute(
    ctx: CallContext,
    target: Target,
    preQueries: readonly string[],
    query: BoundQuery,
    reservedId: bigint,
    options?: ExecuteOptions,
  ): Promise<OpenedResult> {
    return this.choose().beginExecute(ctx, target, preQueries, query, reservedId, options);
  }

  async commit(ctx: CallContext, target: Target, transactionId: bigint): Promise<bigint> {
    return this.choose().commit(ctx, target, transactionId);
  }

  async rollback(ctx: CallContext, target: Target, transactionId: bigint): Promise<bigint> {
    return this.choose().rollback(ctx, target, transactionId);
  }

  async reserveExecute(
    ctx: CallContext,
    target: Target,
    preQueries: readonly string[],
    query: BoundQuery,
    transactionId: bigint,
    options?: ExecuteOptions,
  ): Promise<OpenedResult> {
    return this.choose().reserveExecute(ctx, target, preQueries, query, transactionId, options);
  }

  async reserveBeginExecute(
    ctx: CallContext,
    target: Target,
    preQueries: readonly string[],
    postBeginQueries: readonly string[],
    query: BoundQuery,
    options?: ExecuteOptions,
  ): Promise<OpenedResult> {
    return this.choose().reserveBeginExecute(ctx, target, preQueries, postBeginQueries, query, options);
  }

  async release(ctx: CallContext, target: Target, ids: ConnectionIds): Promise<void> {
    return this.choose().release(ctx, target, ids);
  }

  async *getSchema(
    ctx: CallContext,
    target: Target,
    tableType: SchemaTableType,
    tableNames: readonly string[],
  ): AsyncIterable<GetSchemaResponse> {
    yield* this.choose().getSchema(ctx, target, tableType, tableNames);
  }

  async *streamHealth(ctx: CallContext): AsyncIterable<StreamHealthResponse> {
    yield* this.choose().streamHealth(ctx);
  }

  get atomic(): AtomicCommit {
    return this.choose().atomic;
  }

  async close(): Promise<void> {
    await this.closeAll();
  }
}
