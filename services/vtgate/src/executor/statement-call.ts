import type { BindVariables, Result } from '@vitess-ts/sqltypes';
import type { CallContext } from '@vitess-ts/queryservice';
import type { Statement } from '@vitess-ts/sqlparser';
import type { Session } from '../session/session';
import type { StatementStats } from './statement-stats';

/** How a statement came: what travels on to the tablets, and which call of the API it was. */
export interface ClientCall extends CallContext {
  signal: AbortSignal;
  /** `Execute` when absent; else `ExecuteBatch`, `StreamExecute`. */
  method?: string;
}

/** One statement of one session, on its way through the executor. */
export interface StatementCall {
  session: Session;
  /** As the client sent it. */
  sql: string;
  bindVariables: BindVariables;
  call: CallContext & { signal: AbortSignal };
  /** Filled in as the statement goes. */
  stats: StatementStats;
}

/** Handles one kind of statement. */
export type StatementHandler<S extends Statement> = (
  statement: S,
  call: StatementCall,
) => Promise<Result> | AsyncIterable<Result>;
