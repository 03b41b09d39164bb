import type { RPCError } from '@vitess-ts/proto/vtrpc';
import type { QueryResult, Target } from '@vitess-ts/proto/query';
import type { TabletAlias } from '@vitess-ts/proto/topodata';
import { resultToProto } from '@vitess-ts/sqltypes';
import { toRpcError } from '@vitess-ts/vterrors';
import type { BoundQuery, CallContext, ExecuteOptions, OpenedResult, QueryService } from './query-service';

/** Opening needs a statement where the API has no call without one: this changes and returns nothing. */
const nothing: BoundQuery = { sql: 'select 1 from dual where false', bindVariables: {} };

interface OpenedMessage {
  error: RPCError | undefined;
  result: QueryResult | undefined;
  transactionId: bigint;
  reservedId: bigint;
  tabletAlias: TabletAlias | undefined;
  sessionStateChanges: string;
}

/**
 * Opens a transaction or reserved connection, tells its ids, then streams the statement's result on it. The ids come
 * first and without a result, so that the caller can end what was opened whatever becomes of the statement; a failing
 * statement ends the stream with a last message that carries the error.
 */
export async function* streamOpened(
  service: QueryService,
  ctx: CallContext,
  target: Target,
  query: BoundQuery,
  options: ExecuteOptions | undefined,
  open: (nothing: BoundQuery) => Promise<OpenedResult>,
): AsyncIterable<OpenedMessage> {
  const opened = await open(nothing);
  const message = (error: Error | undefined, result?: QueryResult): OpenedMessage => ({
    error: error && toRpcError(error),
    result,
    transactionId: opened.transactionId,
    reservedId: opened.reservedId,
    tabletAlias: opened.tabletAlias,
    sessionStateChanges: opened.sessionStateChanges,
  });
  yield message(opened.error);
  if (opened.error) return;
  try {
    for await (const result of service.streamExecute(ctx, target, query, opened, options)) {
      yield message(undefined, resultToProto(result));
    }
  } catch (error) {
    yield message(error instanceof Error ? error : new Error(String(error)));
  }
}
