import type { BindVariable } from '@vitess-ts/proto/query';
import type { QueryResult, ResultWithError } from '@vitess-ts/proto/query';
import type { CallerID } from '@vitess-ts/proto/vtrpc';
import {
  Session as ProtoSession,
  type CloseSessionRequest,
  type CloseSessionResponse,
  type ExecuteBatchRequest,
  type ExecuteBatchResponse,
  type ExecuteMultiRequest,
  type ExecuteMultiResponse,
  type ExecuteRequest,
  type ExecuteResponse,
  type PrepareRequest,
  type PrepareResponse,
  type StreamExecuteMultiRequest,
  type StreamExecuteMultiResponse,
  type StreamExecuteRequest,
  type StreamExecuteResponse,
} from '@vitess-ts/proto/vtgate';
import type { VitessService } from '@vitess-ts/proto/vtgateservice';
import type { CallContext } from '@vitess-ts/queryservice';
import type { CallContext as RpcContext, Handlers } from '@vitess-ts/servenv';
import { splitStatements } from '@vitess-ts/sqlparser';
import { resultToProto, type BindVariables, type Result } from '@vitess-ts/sqltypes';
import { Code, toRpcError, VtError } from '@vitess-ts/vterrors';
import type { ClientCall } from '../executor/client-call';
import type { StatementDescriber } from '../executor/statement-describer';
import { joinResults } from '../executor/statement-runner';
import type { StatementExecutor } from '../mysqlfront/front-session';
import type { LogicalNames } from '../mysqlfront/logical-names';
import { sessionFromProto, sessionToProto } from '../session/proto-session';
import type { Session, TransactionMode } from '../session/session';
import { lexOptionsOf } from '../variables/session-variables';

export interface VitessServiceOptions {
  executor: StatementExecutor;
  describer: Pick<StatementDescriber, 'describe'>;
  names: LogicalNames;
  flavor: 'mariadb' | 'mysql';
  /** Most rows of an answer that is no stream. */
  maxRows: number;
  /** Of sessions that name none. Default: MULTI. */
  transactionMode?: TransactionMode;
  /** Ends what a session holds on shards. */
  releaseAll: (session: Session, call: CallContext) => Promise<void>;
}

/** A client that does not prove who it is has this name for the tablets. */
const UNSECURE_CLIENT = 'unsecure_grpc_client';

/** One call: the session as it came and as it is now, and what travels on to the tablets. */
interface GateCall {
  before: ProtoSession;
  session: Session;
  call: ClientCall;
}

/**
 * The gate's gRPC side. The client holds the session: it comes with every call and goes back with every answer, also
 * with that of a statement that failed.
 */
export class VitessHandlers implements Handlers<VitessService> {
  constructor(private readonly options: VitessServiceOptions) {}

  async execute(request: ExecuteRequest, context: RpcContext): Promise<ExecuteResponse> {
    const gateCall = begin(request, context, this.options.transactionMode);
    const { result, error } = await this.run(
      gateCall,
      request.query?.sql ?? '',
      request.query?.bindVariables ?? {},
    );
    return { result, error, session: sessionAfter(gateCall) };
  }

  /** Each statement has its own outcome: one that fails does not keep the next from running. */
  async executeBatch(request: ExecuteBatchRequest, context: RpcContext): Promise<ExecuteBatchResponse> {
    const gateCall = begin(request, context, this.options.transactionMode, 'ExecuteBatch');
    const results: ResultWithError[] = [];
    for (const { sql, bindVariables } of request.queries)
      results.push(await this.run(gateCall, sql, bindVariables));
    return { results, error: undefined, session: sessionAfter(gateCall) };
  }

  async executeMulti(request: ExecuteMultiRequest, context: RpcContext): Promise<ExecuteMultiResponse> {
    const gateCall = begin(request, context, this.options.transactionMode);
    const results: QueryResult[] = [];
    let error: ExecuteMultiResponse['error'];
    try {
      for (const sql of this.split(request.sql, gateCall.session)) {
        const outcome = await this.run(gateCall, sql, {});
        error = outcome.error;
        if (outcome.result === undefined) break;
        results.push(outcome.result);
      }
    } catch (cause) {
      error = toRpcError(cause);
    }
    return { results, error, session: sessionAfter(gateCall) };
  }

  async *streamExecute(
    request: StreamExecuteRequest,
    context: RpcContext,
  ): AsyncGenerator<StreamExecuteResponse> {
    const gateCall = begin(request, context, this.options.transactionMode, 'StreamExecute');
    const { sql = '', bindVariables = {} } = request.query ?? {};
    let failure: { error: unknown } | undefined;
    try {
      for await (const result of this.results(gateCall, sql, bindVariables)) {
        yield { result: resultToProto(result), session: undefined };
      }
    } catch (error) {
      failure = { error };
    }
    yield { result: undefined, session: sessionAfter(gateCall) };
    if (failure !== undefined) throw failure.error;
  }

  async *streamExecuteMulti(
    request: StreamExecuteMultiRequest,
    context: RpcContext,
  ): AsyncGenerator<StreamExecuteMultiResponse> {
    const gateCall = begin(request, context, this.options.transactionMode, 'StreamExecute');
    try {
      const statements = this.split(request.sql, gateCall.session);
      for (const [i, sql] of statements.entries()) {
        const moreResults = i < statements.length - 1;
        let newResult = true;
        for await (const result of this.results(gateCall, sql, {})) {
          const answer = { error: undefined, result: resultToProto(result) };
          yield { result: answer, newResult, moreResults, session: undefined };
          newResult = false;
        }
      }
    } catch (error) {
      const answer = { error: toRpcError(error), result: undefined };
      yield { result: answer, newResult: true, moreResults: false, session: undefined };
    }
    yield { result: undefined, newResult: false, moreResults: false, session: sessionAfter(gateCall) };
  }

  /** What a statement will give; it is not kept: the client sends its text again to run it. */
  async prepare(request: PrepareRequest, context: RpcContext): Promise<PrepareResponse> {
    const gateCall = begin(request, context, this.options.transactionMode, 'Prepare');
    const { describer, names } = this.options;
    try {
      const sql = request.query?.sql ?? '';
      const { fields, parameters } = await describer.describe(gateCall.session, sql, gateCall.call);
      const session = sessionAfter(gateCall);
      return { error: undefined, session, fields: names.fields(fields), paramsCount: parameters };
    } catch (cause) {
      const error = toRpcError(names.error(cause));
      return { error, session: sessionAfter(gateCall), fields: [], paramsCount: 0 };
    }
  }

  async closeSession(request: CloseSessionRequest, context: RpcContext): Promise<CloseSessionResponse> {
    const { session, call } = begin(request, context, this.options.transactionMode);
    await this.options.releaseAll(session, call);
    return { error: undefined };
  }

  /** Runs one statement to its end; what it throws is in the outcome. */
  private async run(
    gateCall: GateCall,
    sql: string,
    bindVariables: Record<string, BindVariable>,
  ): Promise<ResultWithError> {
    const { maxRows } = this.options;
    try {
      const results: Result[] = [];
      let rows = 0;
      for await (const result of this.results(gateCall, sql, bindVariables)) {
        rows += result.rows.length;
        if (rows > maxRows) throw tooManyRows(maxRows);
        results.push(result);
      }
      if (results.length === 0) throw new VtError(Code.INTERNAL, 'the statement gave no result');
      return { result: resultToProto(joinResults(results)), error: undefined };
    } catch (error) {
      return { result: undefined, error: toRpcError(error) };
    }
  }

  private async *results(
    { session, call }: GateCall,
    sql: string,
    bindVariables: Record<string, BindVariable>,
  ): AsyncGenerator<Result> {
    const { executor, names } = this.options;
    try {
      for await (const result of executor.execute(session, sql, bindVariables as BindVariables, call)) {
        yield { ...result, fields: names.fields(result.fields) };
      }
    } catch (error) {
      throw names.error(error);
    }
  }

  private split(sql: string, session: Session): string[] {
    const pieces = splitStatements(sql, { ...lexOptionsOf(session), flavor: this.options.flavor });
    return pieces.length === 0 ? [sql] : pieces.map((piece) => piece.text);
  }
}

function begin(
  request: { session?: ProtoSession | undefined; callerId?: CallerID | undefined },
  context: RpcContext,
  transactionMode: TransactionMode | undefined,
  method = 'Execute',
): GateCall {
  const before = request.session ?? ProtoSession.create({ autocommit: true });
  const { callerId } = request;
  const user = callerId === undefined || callerId.principal === '' ? UNSECURE_CLIENT : callerId.principal;
  const call: ClientCall = {
    signal: context.signal,
    method,
    effectiveCallerId: callerId,
    immediateCallerId: { username: UNSECURE_CLIENT, groups: [] },
  };
  if (context.deadlineMs !== undefined)
    call.timeoutMs = Math.max(1, Math.round(context.deadlineMs - Date.now()));
  const traceparent = context.metadata('traceparent');
  if (typeof traceparent === 'string') call.traceparent = traceparent;
  return { before, session: sessionFromProto(before, user, transactionMode), call };
}

function sessionAfter({ before, session }: GateCall): ProtoSession {
  return sessionToProto(session, before);
}

function tooManyRows(maxRows: number): VtError {
  return new VtError(
    Code.RESOURCE_EXHAUSTED,
    `in-memory row count exceeded allowed limit of ${maxRows}: add a LIMIT, or use StreamExecute`,
  );
}
