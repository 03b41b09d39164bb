import { tabletTypeLowerName } from '@vitess-ts/proto';
import type {
  GetSchemaResponse,
  SchemaTableType,
  StreamHealthResponse,
  Target,
} from '@vitess-ts/proto/query';
import type { Result } from '@vitess-ts/sqltypes';
import {
  formatTraceparent,
  parseTraceparent,
  type AttributeValue,
  type Span,
  type Tracer,
} from '@vitess-ts/telemetry';
import { AtomicCommitCalls, answerAtomicCall, type AtomicCommit } from './atomic-commit';
import type {
  BoundQuery,
  CallContext,
  ConnectionIds,
  ExecuteOptions,
  OpenedResult,
  QueryService,
} from './query-service';

export interface TracedQueryServiceOptions {
  tracer: Tracer;
  /** Put before the name of the call: `vttablet` gives spans such as `vttablet.Execute`. */
  prefix: string;
  /** Whether the spans stand for calls that are made, or for calls that are served. */
  kind: 'client' | 'server';
  /** On every span, beside keyspace, shard and tablet type of the target. */
  attributes?: Readonly<Record<string, AttributeValue>>;
}

/**
 * A query service with a span for each call, under the span that the context's `traceparent` names; the call inside
 * sees this span there. While nothing collects spans, calls go through as they are.
 */
export class TracedQueryService implements QueryService {
  private readonly tracedAtomic: AtomicCommit;

  constructor(
    private readonly inner: QueryService,
    private readonly options: TracedQueryServiceOptions,
  ) {
    this.tracedAtomic = new AtomicCommitCalls((name, ctx, request) => {
      const run = (traced: CallContext): ReturnType<typeof answerAtomicCall<typeof name>> =>
        answerAtomicCall(inner.atomic, name, traced, request);
      const method = name.charAt(0).toUpperCase() + name.slice(1);
      return this.call(method, ctx, request.target as Target, undefined, run);
    });
  }

  execute(
    ctx: CallContext,
    target: Target,
    query: BoundQuery,
    ids: ConnectionIds,
    options?: ExecuteOptions,
  ): Promise<Result> {
    if (!this.options.tracer.enabled) return this.inner.execute(ctx, target, query, ids, options);
    return this.call('Execute', ctx, target, query, (traced) =>
      this.inner.execute(traced, target, query, ids, options),
    );
  }

  streamExecute(
    ctx: CallContext,
    target: Target,
    query: BoundQuery,
    ids: ConnectionIds,
    options?: ExecuteOptions,
  ): AsyncIterable<Result> {
    if (!this.options.tracer.enabled) return this.inner.streamExecute(ctx, target, query, ids, options);
    return this.stream(ctx, target, query, (traced) =>
      this.inner.streamExecute(traced, target, query, ids, options),
    );
  }

  begin(ctx: CallContext, target: Target, options?: ExecuteOptions): Promise<OpenedResult> {
    if (!this.options.tracer.enabled) return this.inner.begin(ctx, target, options);
    return this.call('Begin', ctx, target, undefined, (traced) => this.inner.begin(traced, target, options));
  }

  beginExecute(
    ctx: CallContext,
    target: Target,
    preQueries: readonly string[],
    query: BoundQuery,
    reservedId: bigint,
    options?: ExecuteOptions,
  ): Promise<OpenedResult> {
    const { inner } = this;
    const run = (traced: CallContext): Promise<OpenedResult> =>
      inner.beginExecute(traced, target, preQueries, query, reservedId, options);
    return this.options.tracer.enabled ? this.call('BeginExecute', ctx, target, query, run) : run(ctx);
  }

  commit(ctx: CallContext, target: Target, transactionId: bigint): Promise<bigint> {
    const run = (traced: CallContext): Promise<bigint> => this.inner.commit(traced, target, transactionId);
    return this.options.tracer.enabled ? this.call('Commit', ctx, target, undefined, run) : run(ctx);
  }

  rollback(ctx: CallContext, target: Target, transactionId: bigint): Promise<bigint> {
    const run = (traced: CallContext): Promise<bigint> => this.inner.rollback(traced, target, transactionId);
    return this.options.tracer.enabled ? this.call('Rollback', ctx, target, undefined, run) : run(ctx);
  }

  reserveExecute(
    ctx: CallContext,
    target: Target,
    preQueries: readonly string[],
    query: BoundQuery,
    transactionId: bigint,
    options?: ExecuteOptions,
  ): Promise<OpenedResult> {
    const { inner } = this;
    const run = (traced: CallContext): Promise<OpenedResult> =>
      inner.reserveExecute(traced, target, preQueries, query, transactionId, options);
    return this.options.tracer.enabled ? this.call('ReserveExecute', ctx, target, query, run) : run(ctx);
  }

  reserveBeginExecute(
    ctx: CallContext,
    target: Target,
    preQueries: readonly string[],
    postBeginQueries: readonly string[],
    query: BoundQuery,
    options?: ExecuteOptions,
  ): Promise<OpenedResult> {
    const { inner } = this;
    const run = (traced: CallContext): Promise<OpenedResult> =>
      inner.reserveBeginExecute(traced, target, preQueries, postBeginQueries, query, options);
    return this.options.tracer.enabled ? this.call('ReserveBeginExecute', ctx, target, query, run) : run(ctx);
  }

  release(ctx: CallContext, target: Target, ids: ConnectionIds): Promise<void> {
    const run = (traced: CallContext): Promise<void> => this.inner.release(traced, target, ids);
    return this.options.tracer.enabled ? this.call('Release', ctx, target, undefined, run) : run(ctx);
  }

  getSchema(
    ctx: CallContext,
    target: Target,
    tableType: SchemaTableType,
    tableNames: readonly string[],
  ): AsyncIterable<GetSchemaResponse> {
    return this.inner.getSchema(ctx, target, tableType, tableNames);
  }

  streamHealth(ctx: CallContext): AsyncIterable<StreamHealthResponse> {
    return this.inner.streamHealth(ctx);
  }

  get atomic(): AtomicCommit {
    return this.options.tracer.enabled ? this.tracedAtomic : this.inner.atomic;
  }

  close(): Promise<void> {
    return this.inner.close();
  }

  private async call<T>(
    method: string,
    ctx: CallContext,
    target: Target,
    query: BoundQuery | undefined,
    run: (traced: CallContext) => Promise<T>,
  ): Promise<T> {
    const span = this.start(method, ctx, target, query);
    try {
      const answer = await run(within(ctx, span));
      noteAnswer(span, answer);
      return answer;
    } catch (error) {
      span.recordError(error);
      throw error;
    } finally {
      span.end();
    }
  }

  private async *stream(
    ctx: CallContext,
    target: Target,
    query: BoundQuery,
    run: (traced: CallContext) => AsyncIterable<Result>,
  ): AsyncIterable<Result> {
    const span = this.start('StreamExecute', ctx, target, query);
    let rows = 0;
    try {
      for await (const result of run(within(ctx, span))) {
        rows += result.rows.length;
        yield result;
      }
    } catch (error) {
      span.recordError(error);
      throw error;
    } finally {
      span.setAttribute('vitess.rows', rows);
      span.end();
    }
  }

  private start(method: string, ctx: CallContext, target: Target, query: BoundQuery | undefined): Span {
    const { tracer, prefix, kind, attributes } = this.options;
    return tracer.startSpan(`${prefix}.${method}`, {
      kind,
      parent: ctx.traceparent === undefined ? undefined : parseTraceparent(ctx.traceparent),
      attributes: {
        ...attributes,
        'vitess.keyspace': target.keyspace,
        'vitess.shard': target.shard,
        'vitess.tablet_type': tabletTypeLowerName(target.tabletType),
        // With names in place of literals: values are the client's secrets.
        ...(query && { 'db.statement': query.sql }),
      },
    });
  }
}

function within(ctx: CallContext, span: Span): CallContext {
  return span.context === undefined ? ctx : { ...ctx, traceparent: formatTraceparent(span.context) };
}

function noteAnswer(span: Span, answer: unknown): void {
  if (typeof answer !== 'object' || answer === null) return;
  if ('transactionId' in answer) {
    const { result, error } = answer as OpenedResult;
    if (error) span.recordError(error);
    if (result) span.setAttribute('vitess.rows', result.rows.length);
  } else if ('rows' in answer) {
    span.setAttribute('vitess.rows', (answer as Result).rows.length);
  }
}
