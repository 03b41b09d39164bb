import { Metadata, type Client } from '@grpc/grpc-js';
import { OpenedIterator, withDeadline } from '@vitess-ts/base';
import type {
  GetSchemaResponse,
  SchemaTableType,
  StreamHealthResponse,
  Target,
} from '@vitess-ts/proto/query';
import {
  BeginExecuteRequest,
  BeginRequest,
  CommitRequest,
  ExecuteOptions as ProtoExecuteOptions,
  ReleaseRequest,
  ReserveBeginExecuteRequest,
  ReserveExecuteRequest,
  RollbackRequest,
} from '@vitess-ts/proto/query';
import type { Result } from '@vitess-ts/sqltypes';
import { Code, SqlError, VtError, codeOf } from '@vitess-ts/vterrors';
import type {
  BoundQuery,
  CallContext,
  ConnectionIds,
  ExecuteOptions,
  OpenedResult,
  QueryService,
} from '../query-service';
import { AtomicCommitCalls, answerAtomicCall, type AtomicCommit } from '../atomic-commit';
import { NotSentError } from '../rpc-error';
import { atomicFrames } from './atomic-frames';
import { ClientStream } from './client-stream';
import { ExecuteEncoder } from './execute-codec';
import type { PendingStream } from './pending-call';
import { Call, runMethod } from './pipeline-definition';

/** A peer without a pipeline may be replaced by one that has it: then it is asked again. */
const ASK_AGAIN_MS = 30_000;

/** Writes a message by its generated codec. */
interface Codec {
  encode(message: unknown): { finish(): Uint8Array };
}

/**
 * The query API of a tablet over its pipeline, or over what is given instead while the tablet has none. The pipeline's
 * stream is opened by the first call, and again after it has ended. Calls on a stream that breaks fail as UNAVAILABLE:
 * their outcome is unknown.
 */
export class PipelineQueryService implements QueryService {
  private readonly encoder = new ExecuteEncoder();
  private stream: ClientStream | undefined;
  private opening: Promise<ClientStream | undefined> | undefined;
  private askAgainAtMs = 0;
  private closed = false;

  /** Uses the client's channel; closing it, and `unary` with it, is done by `unary.close`. */
  constructor(
    private readonly client: Client,
    private readonly unary: QueryService,
    private readonly maxFrameBytes: number,
  ) {}

  execute(
    ctx: CallContext,
    target: Target,
    query: BoundQuery,
    ids: ConnectionIds,
    options?: ExecuteOptions,
  ): Promise<Result> {
    const { stream } = this;
    if (stream !== undefined) return this.executeOn(stream, Call.EXECUTE, ctx, target, query, ids, options);
    return this.connected(ctx).then((opened) =>
      opened === undefined
        ? this.unary.execute(ctx, target, query, ids, options)
        : this.executeOn(opened, Call.EXECUTE, ctx, target, query, ids, options),
    );
  }

  streamExecute(
    ctx: CallContext,
    target: Target,
    query: BoundQuery,
    ids: ConnectionIds,
    options?: ExecuteOptions,
  ): AsyncIterable<Result> {
    return new OpenedIterator(async () => {
      const stream = this.stream ?? (await this.connected(ctx));
      if (stream === undefined) {
        return this.unary.streamExecute(ctx, target, query, ids, options)[Symbol.asyncIterator]();
      }
      const call = stream.open(ctx, (out) => {
        const start = out.open(Call.STREAM);
        this.encoder.write(out, ctx, target, query, ids, options);
        out.close(start);
      });
      return iteratorOf(call);
    });
  }

  begin(ctx: CallContext, target: Target, options?: ExecuteOptions): Promise<OpenedResult> {
    return this.ask(
      ctx,
      Call.BEGIN,
      BeginRequest as Codec,
      { ...callers(ctx), target, options: protoOptions(options) },
      () => this.unary.begin(ctx, target, options),
    );
  }

  beginExecute(
    ctx: CallContext,
    target: Target,
    preQueries: readonly string[],
    query: BoundQuery,
    reservedId: bigint,
    options?: ExecuteOptions,
  ): Promise<OpenedResult> {
    const request = {
      ...callers(ctx),
      target,
      preQueries,
      query,
      reservedId,
      options: protoOptions(options),
    };
    return this.ask(ctx, Call.BEGIN_EXECUTE, BeginExecuteRequest as Codec, request, () =>
      this.unary.beginExecute(ctx, target, preQueries, query, reservedId, options),
    );
  }

  commit(ctx: CallContext, target: Target, transactionId: bigint): Promise<bigint> {
    const request = { ...callers(ctx), target, transactionId };
    return this.ask(ctx, Call.COMMIT, CommitRequest as Codec, request, () =>
      this.unary.commit(ctx, target, transactionId),
    );
  }

  rollback(ctx: CallContext, target: Target, transactionId: bigint): Promise<bigint> {
    const request = { ...callers(ctx), target, transactionId };
    return this.ask(ctx, Call.ROLLBACK, RollbackRequest as Codec, request, () =>
      this.unary.rollback(ctx, target, transactionId),
    );
  }

  reserveExecute(
    ctx: CallContext,
    target: Target,
    preQueries: readonly string[],
    query: BoundQuery,
    transactionId: bigint,
    options?: ExecuteOptions,
  ): Promise<OpenedResult> {
    const request = {
      ...callers(ctx),
      target,
      preQueries,
      query,
      transactionId,
      options: protoOptions(options),
    };
    return this.ask(ctx, Call.RESERVE_EXECUTE, ReserveExecuteRequest as Codec, request, () =>
      this.unary.reserveExecute(ctx, target, preQueries, query, transactionId, options),
    );
  }

  reserveBeginExecute(
    ctx: CallContext,
    target: Target,
    preQueries: readonly string[],
    postBeginQueries: readonly string[],
    query: BoundQuery,
    options?: ExecuteOptions,
  ): Promise<OpenedResult> {
    const request = {
      ...callers(ctx),
      target,
      preQueries,
      postBeginQueries,
      query,
      options: protoOptions(options),
    };
    return this.ask(ctx, Call.RESERVE_BEGIN_EXECUTE, ReserveBeginExecuteRequest as Codec, request, () =>
      this.unary.reserveBeginExecute(ctx, target, preQueries, postBeginQueries, query, options),
    );
  }

  async release(ctx: CallContext, target: Target, ids: ConnectionIds): Promise<void> {
    const { transactionId, reservedId } = ids;
    const request = { ...callers(ctx), target, transactionId, reservedId };
    await this.ask<unknown>(ctx, Call.RELEASE, ReleaseRequest as Codec, request, () =>
      this.unary.release(ctx, target, ids),
    );
  }

  getSchema(
    ctx: CallContext,
    target: Target,
    tableType: SchemaTableType,
    tableNames: readonly string[],
  ): AsyncIterable<GetSchemaResponse> {
    return this.unary.getSchema(ctx, target, tableType, tableNames);
  }

  streamHealth(ctx: CallContext): AsyncIterable<StreamHealthResponse> {
    return this.unary.streamHealth(ctx);
  }

  readonly atomic: AtomicCommit = new AtomicCommitCalls(async (name, ctx, request) => {
    const stream = this.stream ?? (await this.connected(ctx));
    if (stream === undefined) return answerAtomicCall(this.unary.atomic, name, ctx, request);
    const { call, request: codec } = atomicFrames[name];
    return stream.ask(ctx, (out) => out.bytes(call, codec.encode(request).finish()));
  });

  async close(): Promise<void> {
    this.closed = true;
    this.stream?.destroy();
    this.stream = undefined;
    await this.unary.close();
  }

  private executeOn(
    stream: ClientStream,
    kind: number,
    ctx: CallContext,
    target: Target,
    query: BoundQuery,
    ids: ConnectionIds,
    options: ExecuteOptions | undefined,
  ): Promise<Result> {
    return stream.ask<Result>(ctx, (out) => {
      const start = out.open(kind);
      this.encoder.write(out, ctx, target, query, ids, options);
      out.close(start);
    });
  }

  private async ask<T>(
    ctx: CallContext,
    kind: number,
    codec: Codec,
    request: unknown,
    otherwise: () => Promise<T>,
  ): Promise<T> {
    const stream = this.stream ?? (await this.connected(ctx));
    if (stream === undefined) return otherwise();
    return stream.ask<T>(ctx, (out) => out.bytes(kind, codec.encode(request).finish()));
  }

  /** The stream when calls may be made on it; undefined when the tablet has no pipeline. */
  private async connected(ctx: CallContext): Promise<ClientStream | undefined> {
    if (performance.now() < this.askAgainAtMs) return undefined;
    try {
      return await withDeadline(ctx.signal, ctx.timeoutMs, () => {
        this.opening ??= this.open().finally(() => {
          this.opening = undefined;
        });
        return this.opening;
      });
    } catch (error) {
      // Whatever it was: the call that waited for the stream was never written to it.
      const { message } = error as Error;
      const cause = new NotSentError(message, { cause: error });
      if (error instanceof SqlError) throw new SqlError(error.errno, error.sqlstate, message, { cause });
      throw new VtError(codeOf(error), message, { cause });
    }
  }

  private async open(): Promise<ClientStream | undefined> {
    if (this.closed) throw new VtError(Code.UNAVAILABLE, 'the connection to the tablet is closed');
    const { path, requestSerialize, responseDeserialize } = runMethod;
    const duplex = this.client.makeBidiStreamRequest(
      path,
      requestSerialize,
      responseDeserialize,
      new Metadata(),
      {},
    );
    const gone = (): void => {
      if (this.stream === stream) this.stream = undefined;
    };
    const stream: ClientStream = new ClientStream(duplex, this.maxFrameBytes, {
      onGoAway: gone,
      onClosed: gone,
    });
    try {
      await stream.ready;
    } catch (error) {
      if (!(error instanceof VtError) || error.code !== Code.UNIMPLEMENTED) throw error;
      this.askAgainAtMs = performance.now() + ASK_AGAIN_MS;
      return undefined;
    }
    if (this.closed) {
      stream.destroy();
      throw new VtError(Code.UNAVAILABLE, 'the connection to the tablet is closed');
    }
    this.stream = stream;
    return stream;
  }
}

function callers(ctx: CallContext): Pick<CallContext, 'effectiveCallerId' | 'immediateCallerId'> {
  return { effectiveCallerId: ctx.effectiveCallerId, immediateCallerId: ctx.immediateCallerId };
}

function protoOptions(options: ExecuteOptions | undefined): ProtoExecuteOptions | undefined {
  return options && ProtoExecuteOptions.fromPartial(options);
}

function iteratorOf(call: PendingStream): AsyncIterator<Result> {
  return {
    next: () => call.next(),
    return: () => {
      call.leave();
      return Promise.resolve({ done: true, value: undefined });
    },
  };
}
