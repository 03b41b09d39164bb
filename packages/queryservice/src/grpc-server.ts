import type {
  Metadata,
  Server,
  ServerUnaryCall,
  ServerWritableStream,
  handleServerStreamingCall,
  handleUnaryCall,
  sendUnaryData,
} from '@grpc/grpc-js';
import { childSignal } from '@vitess-ts/base';
import { Code, VtError, toRpcError, toServiceError } from '@vitess-ts/vterrors';
import { resultToProto, type BindVariables } from '@vitess-ts/sqltypes';
import type { BoundQuery as ProtoBoundQuery, Target, VTGateCallerID } from '@vitess-ts/proto/query';
import type { CallerID } from '@vitess-ts/proto/vtrpc';
import { QueryService as QueryDefinition, type QueryServer } from '@vitess-ts/proto/queryservice';
import { answerAtomicCall, queryRpcs, type AtomicRpcs } from './atomic-commit';
import type { BoundQuery, CallContext, OpenedResult, QueryService } from './query-service';
import { streamOpened } from './stream-opened';

/** What all requests have. */
interface Request {
  effectiveCallerId?: CallerID;
  immediateCallerId?: VTGateCallerID;
}

/**
 * Registers `queryservice.Query` on a gRPC server. The caller's deadline and cancellation become the context's
 * timeout and signal. RPCs that the query API does not have answer UNIMPLEMENTED and name themselves.
 */
export function addQueryService(server: Pick<Server, 'addService'>, service: QueryService): void {
  server.addService(QueryDefinition, queryServer(service));
}

function queryServer(service: QueryService): QueryServer {
  const notThere = Object.fromEntries(
    Object.entries(QueryDefinition).map(([name, rpc]) => [name, unimplemented(rpc.path)]),
  );
  return {
    ...notThere,
    ...statements(service),
    ...openings(service),
    ...openingStreams(service),
    ...watches(service),
    ...atomicCommit(service),
  } as unknown as QueryServer;
}

function statements(service: QueryService): Partial<QueryServer> {
  return {
    execute: unary(async (ctx, r) => ({
      result: resultToProto(
        await service.execute(
          ctx,
          need(r.target),
          bound(r.query),
          { transactionId: r.transactionId, reservedId: r.reservedId },
          r.options,
        ),
      ),
    })),
    streamExecute: serverStream(async function* (ctx, r) {
      const ids = { transactionId: r.transactionId, reservedId: r.reservedId };
      for await (const result of service.streamExecute(ctx, need(r.target), bound(r.query), ids, r.options)) {
        yield { result: resultToProto(result) };
      }
    }),
    commit: unary(async (ctx, r) => ({
      reservedId: await service.commit(ctx, need(r.target), r.transactionId),
    })),
    rollback: unary(async (ctx, r) => ({
      reservedId: await service.rollback(ctx, need(r.target), r.transactionId),
    })),
    release: unary(async (ctx, r) => {
      await service.release(ctx, need(r.target), {
        transactionId: r.transactionId,
        reservedId: r.reservedId,
      });
      return {};
    }),
  };
}

function openings(service: QueryService): Partial<QueryServer> {
  return {
    begin: unary(async (ctx, r) => {
      const opened = await service.begin(ctx, need(r.target), r.options);
      if (opened.error) throw opened.error;
      const { transactionId, tabletAlias, sessionStateChanges } = opened;
      return { transactionId, tabletAlias, sessionStateChanges };
    }),
    beginExecute: unary(async (ctx, r) =>
      openedResponse(
        await service.beginExecute(
          ctx,
          need(r.target),
          r.preQueries,
          bound(r.query),
          r.reservedId,
          r.options,
        ),
      ),
    ),
    reserveExecute: unary(async (ctx, r) =>
      openedResponse(
        await service.reserveExecute(
          ctx,
          need(r.target),
          r.preQueries,
          bound(r.query),
          r.transactionId,
          r.options,
        ),
      ),
    ),
    reserveBeginExecute: unary(async (ctx, r) =>
      openedResponse(
        await service.reserveBeginExecute(
          ctx,
          need(r.target),
          r.preQueries,
          r.postBeginQueries,
          bound(r.query),
          r.options,
        ),
      ),
    ),
  };
}

/** The streaming forms: what they open is told in the first message, the rows follow. */
function openingStreams(service: QueryService): Partial<QueryServer> {
  return {
    beginStreamExecute: serverStream((ctx, r) => {
      const target = need(r.target);
      const simple = r.preQueries.length === 0 && r.reservedId === 0n;
      return streamOpened(service, ctx, target, bound(r.query), r.options, (nothing) =>
        simple
          ? service.begin(ctx, target, r.options)
          : service.beginExecute(ctx, target, r.preQueries, nothing, r.reservedId, r.options),
      );
    }),
    reserveStreamExecute: serverStream((ctx, r) => {
      const target = need(r.target);
      return streamOpened(service, ctx, target, bound(r.query), r.options, (nothing) =>
        service.reserveExecute(ctx, target, r.preQueries, nothing, r.transactionId, r.options),
      );
    }),
    reserveBeginStreamExecute: serverStream((ctx, r) => {
      const target = need(r.target);
      return streamOpened(service, ctx, target, bound(r.query), r.options, (nothing) =>
        service.reserveBeginExecute(ctx, target, r.preQueries, r.postBeginQueries, nothing, r.options),
      );
    }),
  };
}

function watches(service: QueryService): Partial<QueryServer> {
  return {
    getSchema: serverStream((ctx, r) => service.getSchema(ctx, need(r.target), r.tableType, r.tableNames)),
    streamHealth: serverStream((ctx) => service.streamHealth(ctx)),
  };
}

function atomicCommit(service: QueryService): Partial<QueryServer> {
  return Object.fromEntries(
    queryRpcs.map((name) => [
      name,
      unary((ctx, request: AtomicRpcs[typeof name][0]) =>
        answerAtomicCall(service.atomic, name, ctx, request),
      ),
    ]),
  );
}

function openedResponse(opened: OpenedResult): {
  error: ReturnType<typeof toRpcError> | undefined;
  result: ReturnType<typeof resultToProto> | undefined;
  transactionId: bigint;
  reservedId: bigint;
  tabletAlias: OpenedResult['tabletAlias'];
  sessionStateChanges: string;
} {
  const { error, result, ...ids } = opened;
  return {
    error: error && toRpcError(error),
    result: result && resultToProto(result),
    transactionId: ids.transactionId,
    reservedId: ids.reservedId,
    tabletAlias: ids.tabletAlias,
    sessionStateChanges: ids.sessionStateChanges,
  };
}

function unary<Req extends Request, Res>(
  run: (ctx: CallContext, request: Req) => Promise<Res>,
): handleUnaryCall<Req, Res> {
  return (call: ServerUnaryCall<Req, Res>, respond: sendUnaryData<Res>): void => {
    const { ctx, dispose } = contextOf(call, call.request);
    const answer = async (): Promise<void> => {
      try {
        respond(null, await run(ctx, call.request));
      } catch (error) {
        respond(toServiceError(error));
      } finally {
        dispose();
      }
    };
    void answer();
  };
}

function serverStream<Req, Res>(
  run: (ctx: CallContext, request: Req) => AsyncIterable<Res>,
): handleServerStreamingCall<Req, Res> {
  return (call: ServerWritableStream<Req, Res>): void => {
    const { ctx, dispose } = contextOf(call, call.request as Request);
    const answer = async (): Promise<void> => {
      try {
        for await (const message of run(ctx, call.request)) {
          if (ctx.signal?.aborted) break;
          if (!call.write(message)) await drained(call, ctx.signal as AbortSignal);
        }
        call.end();
      } catch (error) {
        // grpc-js takes the whole server down on destroy(error); emitting it ends this call only.
        call.emit('error', toServiceError(error));
      } finally {
        dispose();
      }
    };
    void answer();
  };
}

/** Waits until the peer has read enough, or is gone. */
async function drained<Req, Res>(call: ServerWritableStream<Req, Res>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      call.removeListener('drain', done);
      signal.removeEventListener('abort', done);
      resolve();
    };
    call.once('drain', done);
    signal.addEventListener('abort', done, { once: true });
  });
}

interface Call {
  metadata: Metadata;
  cancelled: boolean;
  getDeadline(): Date | number;
  once(event: 'cancelled', listener: () => void): unknown;
}

function contextOf(call: Call, request: Request): { ctx: CallContext; dispose: () => void } {
  const child = childSignal(undefined);
  call.once('cancelled', () => child.abort(new VtError(Code.CANCELED, 'the caller canceled the request')));
  const deadline = Number(call.getDeadline());
  const traceparent = call.metadata.get('traceparent')[0];
  return {
    ctx: {
      signal: child.signal,
      timeoutMs: Number.isFinite(deadline) ? Math.max(0, deadline - Date.now()) : undefined,
      effectiveCallerId: request.effectiveCallerId,
      immediateCallerId: request.immediateCallerId,
      traceparent: typeof traceparent === 'string' ? traceparent : undefined,
    },
    dispose: child.dispose,
  };
}

function unimplemented(
  path: string,
): handleUnaryCall<unknown, unknown> & handleServerStreamingCall<unknown, unknown> {
  const status = toServiceError(
    new VtError(Code.UNIMPLEMENTED, `${path.slice(1).replace('/', '.')} is not implemented by this tablet`),
  );
  return (
    call: ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>,
    respond?: sendUnaryData<unknown>,
  ): void => {
    if (respond) respond(status);
    else call.emit('error', status);
  };
}

function need(target: Target | undefined): Target {
  if (!target) throw new VtError(Code.INVALID_ARGUMENT, 'the request names no target');
  return target;
}

function bound(query: ProtoBoundQuery | undefined): BoundQuery {
  if (!query) throw new VtError(Code.INVALID_ARGUMENT, 'the request has no query');
  return { sql: query.sql, bindVariables: query.bindVariables as BindVariables };
}
