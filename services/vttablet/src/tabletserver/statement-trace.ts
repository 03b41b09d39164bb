import type { CallContext } from '@vitess-ts/queryservice';
import type { PlanKind, QueryPlan } from './plan';

/** The trace that a statement belongs to. */
export interface StatementTrace {
  traceparent: string;
  /** First word of the statement. */
  operation: string;
  /** The statement may have a comment behind it. */
  canComment: boolean;
}

/** mysqld keeps the text of other statements (a view, a trigger), and a trace has no place there. */
const commentedKinds: ReadonlySet<PlanKind> = new Set<PlanKind>(['select', 'show', 'dml']);

export function traceOf({ traceparent }: CallContext, plan: QueryPlan): StatementTrace | undefined {
  if (traceparent === undefined) return undefined;
  return { traceparent, operation: plan.name, canComment: commentedKinds.has(plan.kind) };
}

/** The trace of a statement that the tablet makes itself: BEGIN, SET, SAVEPOINT. */
export function internalTraceOf({ traceparent }: CallContext, sql: string): StatementTrace | undefined {
  if (traceparent === undefined) return undefined;
  return { traceparent, operation: /^\w*/.exec(sql)![0].toUpperCase(), canComment: false };
}
