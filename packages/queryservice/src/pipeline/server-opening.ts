import {
  BeginExecuteRequest,
  BeginRequest,
  ReserveBeginExecuteRequest,
  ReserveExecuteRequest,
  type BoundQuery as ProtoBoundQuery,
  type Target,
} from '@vitess-ts/proto/query';
import type { BindVariables } from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';
import { noConnection, type BoundQuery, type ConnectionIds, type OpenedResult } from '../query-service';
import type { QueryService } from '../query-service';
import { Call } from './pipeline-definition';
import type { ServerCall } from './server-call';

/** What a call has opened, and for whom. */
export interface Opening {
  target: Target;
  /** What the caller had already. */
  ids: ConnectionIds;
  opened: OpenedResult;
}

/** Runs a call that opens a transaction or reserves a connection. */
export async function openOn(
  service: QueryService,
  call: ServerCall,
  kind: number,
  bytes: Buffer,
): Promise<Opening> {
  switch (kind) {
    case Call.BEGIN: {
      const r = identified(call, BeginRequest.decode(bytes));
      const target = need(r.target);
      const opened = await service.begin(call, target, r.options);
      if (opened.error) throw opened.error;
      return { target, ids: noConnection, opened };
    }
    case Call.BEGIN_EXECUTE: {
      const r = identified(call, BeginExecuteRequest.decode(bytes));
      const target = need(r.target);
      const { preQueries, reservedId, options } = r;
      const opened = await service.beginExecute(
        call,
        target,
        preQueries,
        bound(r.query),
        reservedId,
        options,
      );
      return { target, ids: { transactionId: 0n, reservedId }, opened };
    }
    case Call.RESERVE_EXECUTE: {
      const r = identified(call, ReserveExecuteRequest.decode(bytes));
      const target = need(r.target);
      const { preQueries, transactionId, options } = r;
      const opened = await service.reserveExecute(
        call,
        target,
        preQueries,
        bound(r.query),
        transactionId,
        options,
      );
      return { target, ids: { transactionId, reservedId: 0n }, opened };
    }
    case Call.RESERVE_BEGIN_EXECUTE: {
      const r = identified(call, ReserveBeginExecuteRequest.decode(bytes));
      const target = need(r.target);
      const opened = await service.reserveBeginExecute(
        call,
        target,
        r.preQueries,
        r.postBeginQueries,
        bound(r.query),
        r.options,
      );
      return { target, ids: noConnection, opened };
    }
    default:
      throw new VtError(Code.UNIMPLEMENTED, `a call of kind ${kind} is not known to this tablet`);
  }
}

export function identified<R extends Pick<ServerCall, 'effectiveCallerId' | 'immediateCallerId'>>(
  call: ServerCall,
  request: R,
): R {
  call.effectiveCallerId = request.effectiveCallerId;
  call.immediateCallerId = request.immediateCallerId;
  return request;
}

export function need(target: Target | undefined): Target {
  if (!target) throw new VtError(Code.INVALID_ARGUMENT, 'the request names no target');
  return target;
}

function bound(query: ProtoBoundQuery | undefined): BoundQuery {
  if (!query) throw new VtError(Code.INVALID_ARGUMENT, 'the request has no query');
  return { sql: query.sql, bindVariables: query.bindVariables as BindVariables };
}
