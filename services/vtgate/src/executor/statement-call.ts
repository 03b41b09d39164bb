import type { BindVariables, Result } from '@vitess-ts/sqltypes';
import type { CallContext } from '@vitess-ts/queryservice';
import type { Statement } from '@vitess-ts/sqlparser';
import type { Session } from '../session/session';
import type { Directives } from './directives';
import type { StatementStats } from './statement-stats';

/** One statement of one session, on its way through the executor. */
export interface StatementCall {
  session: Session;
  /** As the client sent it. */
  sql: string;
  bindVariables: BindVariables;
  call: CallContext & { signal: AbortSignal };
  directives: Readonly<Directives>;
  /** What FOUND_ROWS() gives afterwards, where that is not the number of rows shown. */
  foundRows?: bigint;
  /** Filled in as the statement goes. */
  stats: StatementStats;
}

/** Handles one kind of statement. */
export type StatementHandler<S extends Statement> = (
  statement: S,
  call: StatementCall,
) => Promise<Result> | AsyncIterable<Result>;
