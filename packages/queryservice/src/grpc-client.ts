import { Metadata, type CallOptions, type ClientReadableStream, type ServiceError } from '@grpc/grpc-js';
import { Code, VtError, fromRpcError } from '@vitess-ts/vterrors';
import { resultFromProto, type BindVariables, type Field, type Result } from '@vitess-ts/sqltypes';
import { ExecuteOptions as ProtoExecuteOptions } from '@vitess-ts/proto/query';
import type {
  BoundQuery as ProtoBoundQuery,
  GetSchemaResponse,
  QueryResult,
  SchemaTableType,
  StreamHealthResponse,
  Target,
} from '@vitess-ts/proto/query';
import type { RPCError } from '@vitess-ts/proto/vtrpc';
import type { TabletAlias } from '@vitess-ts/proto/topodata';
import type { QueryClient } from '@vitess-ts/proto/queryservice';
import { AtomicCommitCalls, type AtomicCommit } from './atomic-commit';
import type {
  BoundQuery,
  CallContext,
  ConnectionIds,
  ExecuteOptions,
  OpenedResult,
  QueryService,
} from './query-service';
import { abortedError, errorOfCall } from './rpc-error';

type UnaryCall<Req, Res> = (
  request: Req,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Res) => void,
) => { cancel(): void };

type Callers = Pick<CallContext, 'effectiveCallerId' | 'immediateCallerId'>;

interface OpenedResponse {
  error: RPCError | undefined;
  result: QueryResult | undefined;
  transactionId?: bigint;
  reservedId?: bigint;
  tabletAlias: TabletAlias | undefined;
  sessionStateChanges?: string;
}

/** The query API of a tablet over gRPC's unary and streaming RPCs. Owns the client and closes it. */
export class GrpcQueryService implements QueryService {
  constructor(private readonly client: QueryClient) {}

  async execute(
    ctx: CallContext,
    target: Target,
    query: BoundQuery,
    ids: ConnectionIds,
    options?: ExecuteOptions,
  ): Promise<Result> {
    const response = await this.unary(ctx, this.client.execute, {
      ...callers(ctx),
      target,
      query: boundQuery(query),
      transactionId: ids.transactionId,
      reservedId: ids.reservedId,
      options: protoOptions(options),
    });
    return resultFromProto(present(response.result));
  }

  async *streamExecute(
    ctx: CallContext,
    target: Target,
    query: BoundQuery,
    ids: ConnectionIds,
    options?: ExecuteOptions,
  ): AsyncIterable<Result> {
    const request = {
      ...callers(ctx),
      target,
      query: boundQuery(query),
      transactionId: ids.transactionId,
      reservedId: ids.reservedId,
      options: protoOptions(options),
    };
    let fields: Field[] | undefined;
    for await (const message of this.stream(ctx, (m, o) => this.client.streamExecute(request, m, o))) {
      const result = resultFromProto(present(message.result), fields);
      fields ??= result.fields;
      yield result;
    }
  }

  async begin(ctx: CallContext, target: Target, options?: ExecuteOptions): Promise<OpenedResult> {
    const response = await this.unary(ctx, this.client.begin, {
      ...callers(ctx),
      target,
      options: protoOptions(options),
    });
    return { ...response, reservedId: 0n };
  }

  async beginExecute(
    ctx: CallContext,
    target: Target,
    preQueries: readonly string[],
    query: BoundQuery,
    reservedId: bigint,
    options?: ExecuteOptions,
  ): Promise<OpenedResult> {
    const response = await this.unary(ctx, this.client.beginExecute, {
      ...callers(ctx),
      target,
      preQueries: [...preQueries],
      query: boundQuery(query),
      reservedId,
      options: protoOptions(options),
    });
    return openedResult(response, { transactionId: 0n, reservedId });
  }

  async commit(ctx: CallContext, target: Target, transactionId: bigint): Promise<bigint> {
    const request = { ...callers(ctx), target, transactionId };
    return (await this.unary(ctx, this.client.commit, request)).reservedId;
  }

  async rollback(ctx: CallContext, target: Target, transactionId: bigint): Promise<bigint> {
    const request = { ...callers(ctx), target, transactionId };
    return (await this.unary(ctx, this.client.rollback, request)).reservedId;
  }

  async reserveExecute(
    ctx: CallContext,
    target: Target,
    preQueries: readonly string[],
    query: BoundQuery,
    transactionId: bigint,
    options?: ExecuteOptions,
  ): Promise<OpenedResult> {
    const response = await this.unary(ctx, this.client.reserveExecute, {
      ...callers(ctx),
      target,
      preQueries: [...preQueries],
      query: boundQuery(query),
      transactionId,
      options: protoOptions(options),
    });
    return openedResult(response, { transactionId, reservedId: 0n });
  }

  async reserveBeginExecute(
    ctx: CallContext,
    target: Target,
    preQueries: readonly string[],
    postBeginQueries: readonly string[],
    query: BoundQuery,
    options?: ExecuteOptions,
  ): Promise<OpenedResult> {
    const response = await this.unary(ctx, this.client.reserveBeginExecute, {
      ...callers(ctx),
      target,
      preQueries: [...preQueries],
      postBeginQueries: [...postBeginQueries],
      query: boundQuery(query),
      options: protoOptions(options),
    });
    return openedResult(response, { transactionId: 0n, reservedId: 0n });
  }

  async release(ctx: CallContext, target: Target, ids: ConnectionIds): Promise<void> {
    const { transactionId, reservedId } = ids;
    await this.unary(ctx, this.client.release, { ...callers(ctx), target, transactionId, reservedId });
  }

  async *getSchema(
    ctx: CallContext,
    target: Target,
    tableType: SchemaTableType,
    tableNames: readonly string[],
  ): AsyncIterable<GetSchemaResponse> {
    const request = { target, tableType, tableNames: [...tableNames] };
    yield* this.stream(ctx, (m, o) => this.client.getSchema(request, m, o));
  }

  async *streamHealth(ctx: CallContext): AsyncIterable<StreamHealthResponse> {
    yield* this.stream(ctx, (m, o) => this.client.streamHealth({}, m, o));
  }

  readonly atomic: AtomicCommit = new AtomicCommitCalls((name, ctx, request) => {
    if (name === 'lockWaits') {
      throw new VtError(Code.UNIMPLEMENTED, 'lock waits are told over the pipeline only');
    }
    const method = this.client[name as Exclude<typeof name, 'lockWaits'>] as unknown;
    return this.unary(ctx, method as UnaryCall<typeof request, never>, request);
  });

  async close(): Promise<void> {
    this.client.close();
  }

  private async unary<Req, Res>(ctx: CallContext, method: UnaryCall<Req, Res>, request: Req): Promise<Res> {
    const { signal } = ctx;
    if (signal?.aborted) throw abortedError(signal);
    return new Promise<Res>((resolve, reject) => {
      const call = method.call(this.client, request, metadataOf(ctx), optionsOf(ctx), (error, response) => {
        signal?.removeEventListener('abort', cancel);
        if (error) reject(errorOfCall(error, signal));
        else resolve(response);
      });
      const cancel = (): void => call.cancel();
      signal?.addEventListener('abort', cancel, { once: true });
    });
  }

  private async *stream<Res>(
    ctx: CallContext,
    open: (metadata: Metadata, options: Partial<CallOptions>) => ClientReadableStream<Res>,
  ): AsyncIterable<Res> {
    const { signal } = ctx;
    if (signal?.aborted) throw abortedError(signal);
    const call = open(metadataOf(ctx), optionsOf(ctx));
    const cancel = (): void => call.cancel();
    signal?.addEventListener('abort', cancel, { once: true });
    let ended = false;
    try {
      for await (const message of call) yield message as Res;
      ended = true;
    } catch (error) {
      ended = true;
      throw errorOfCall(error as ServiceError, signal);
    } finally {
      signal?.removeEventListener('abort', cancel);
      if (!ended) {
        // The reader stopped early. The CANCELLED that follows is its own doing and has nobody to go to.
        call.on('error', () => undefined);
        call.cancel();
      }
    }
  }
}

function callers(ctx: CallContext): Required<Callers> {
  return {
    effectiveCallerId: ctx.effectiveCallerId,
    immediateCallerId: ctx.immediateCallerId,
  } as Required<Callers>;
}

function metadataOf(ctx: CallContext): Metadata {
  const metadata = new Metadata();
  if (ctx.traceparent) metadata.set('traceparent', ctx.traceparent);
  return metadata;
}

function optionsOf(ctx: CallContext): Partial<CallOptions> {
  return ctx.timeoutMs === undefined || ctx.timeoutMs === Infinity
    ? {}
    : { deadline: Date.now() + ctx.timeoutMs };
}

function protoOptions(options: ExecuteOptions | undefined): ProtoExecuteOptions | undefined {
  return options && ProtoExecuteOptions.fromPartial(options);
}

function boundQuery(query: BoundQuery): ProtoBoundQuery {
  return query as { sql: string; bindVariables: BindVariables };
}

function openedResult(response: OpenedResponse, given: ConnectionIds): OpenedResult {
  return {
    // Vitess leaves out what did not change; an id that was given in stays valid.
    transactionId: response.transactionId || given.transactionId,
    reservedId: response.reservedId || given.reservedId,
    tabletAlias: response.tabletAlias,
    sessionStateChanges: response.sessionStateChanges ?? '',
    result: response.error ? undefined : resultFromProto(present(response.result)),
    error: response.error && fromRpcError(response.error),
  };
}

function present<T>(value: T | undefined): T {
  if (value === undefined) throw new VtError(Code.INTERNAL, 'the tablet answered without a result');
  return value;
}
