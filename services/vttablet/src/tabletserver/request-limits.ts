import { ExecuteOptions_Workload as Workload } from '@vitess-ts/proto/query';
import type { CallContext, ExecuteOptions } from '@vitess-ts/queryservice';
import type { TabletServerOptions } from './options';
import type { QueryPlan } from './plan';

export interface RequestLimits {
  /** 0 is no limit. */
  timeoutMs: number;
  /** More rows are an error; Infinity is no limit. */
  maxRows: number;
  /** The session's sql_select_limit: more rows are left out; Infinity is no limit. */
  selectLimit: number;
}

/**
 * The limits of one statement: the tablet's, tightened or (by an authoritative timeout) replaced by the request's. DBA
 * work has no limits; DDL has no time limit, for it cannot be known how long it must take.
 */
export function requestLimits(
  tablet: TabletServerOptions,
  plan: Pick<QueryPlan, 'kind'>,
  ctx: CallContext,
  options: ExecuteOptions | undefined,
): RequestLimits {
  const isDba = options?.workload === Workload.DBA;
  let timeoutMs = isDba || plan.kind === 'ddl' ? 0 : tablet.queryTimeoutMs;
  if (options?.timeout) timeoutMs = Number(options.timeout.value);
  if (ctx.timeoutMs !== undefined && ctx.timeoutMs !== Infinity && plan.kind !== 'ddl') {
    const left = Math.max(1, Math.floor(ctx.timeoutMs));
    timeoutMs = timeoutMs === 0 ? left : Math.min(timeoutMs, left);
  }
  const asked = Number(options?.sqlSelectLimit ?? 0n);
  return {
    timeoutMs,
    maxRows: isDba ? Infinity : tablet.maxResultSize,
    selectLimit: asked > 0 ? asked : Infinity,
  };
}
