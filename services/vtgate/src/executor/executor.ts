import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import { emptyResult, hasResultSet, type BindVariables, type Result } from '@vitess-ts/sqltypes';
import { normalize, parse, type Execute, type LexOptions, type NormalizedQuery } from '@vitess-ts/sqlparser';
import type { CallContext } from '@vitess-ts/queryservice';
import type { Session } from '../session/session';
import type { ClientCall } from './client-call';
import { directivesOf, type Directives } from './directives';
import type { StatementCall } from './statement-call';
import type { PlannedStatements } from './planned-statements';
import type { SessionStatements } from './session-statements';
import { StatementStats, type StatementObserver } from './statement-stats';
import { planTypeOfType, typeOfStatement, typeOfVerb } from './statement-type';
import { notPreparable } from './statement-describer';
import { prepareStatement, preparedCall } from '../statements/prepared';
import { statementTimeMs } from '../variables/kept';
import { lexOptionsOf } from '../variables/session-variables';

export interface ExecutorOptions {
  /** Longest that a statement may run when neither session nor caller says otherwise; 0 = no limit. */
  queryTimeoutMs: number;
  /** Flavor of the servers behind: which executable comments count. */
  flavor: 'mariadb' | 'mysql';
  /** Version that clients see. */
  serverVersion: string;
}

/**
 * Runs statements for sessions. One statement of a session at a time: the fronts see to that.
 */
export class Executor {
  constructor(
    private readonly options: ExecutorOptions,
    private readonly planned: PlannedStatements,
    private readonly sessionStatements: SessionStatements,
    private readonly observer: StatementObserver,
  ) {}

  /**
   * Runs one statement. The first result has the fields; the last has the counts. Rejects with `VtError` or
   * `SqlError`. `encoding` says how the client's bytes became `sql`.
   */
  async *execute(
    session: Session,
    sql: string,
    bindVariables: BindVariables,
    call: ClientCall,
    encoding: 'utf8' | 'latin1' = 'utf8',
  ): AsyncGenerator<Result> {
    const lexOptions: LexOptions = { ...lexOptionsOf(session), flavor: this.options.flavor, encoding };
    const stats = new StatementStats(session, sql, bindVariables, call);
    const traceparent = this.observer.started(stats);
    const { query, directives } = this.read(stats, lexOptions);
    const timeoutMs = this.timeoutOf(session, call, directives);
    const deadline = new StatementDeadline(call.signal, timeoutMs, this.options.flavor);
    const statementCall: StatementCall = {
      session,
      sql,
      bindVariables,
      stats,
      directives,
      call: { ...call, traceparent, signal: deadline.signal, timeoutMs: deadline.timeoutMs || undefined },
    };
    session.activity = { sql, sinceMs: performance.now() };
    let rows = 0;
    let isResultSet: boolean | undefined;
    let last: Result | undefined;
    try {
      for await (const result of this.run(query, statementCall, lexOptions)) {
        rows += result.rows.length;
        // Only the first chunk of a result set has its header.
        isResultSet ??= hasResultSet(result);
        last = result;
        yield result;
      }
    } catch (error) {
      const reported = deadline.translate(error);
      recordFailure(session, reported);
      stats.error = reported;
      throw reported;
    } finally {
      deadline.clear();
      session.activity = { sinceMs: performance.now() };
      stats.rowsReturned = rows;
      stats.rowsAffected = last?.rowsAffected ?? 0n;
      this.ended(stats);
    }
    recordSuccess(session, last, isResultSet === true, statementCall.foundRows ?? BigInt(rows));
  }

  private read(
    stats: StatementStats,
    lexOptions: LexOptions,
  ): { query: NormalizedQuery; directives: Readonly<Directives> } {
    try {
      const query = normalize(stats.sql, { ...lexOptions, bindVars: stats.bindVariables });
      this.refuseInFailedTransaction(stats.session, query.verb);
      return { query, directives: directivesOf(stats.sql, lexOptions) };
    } catch (error) {
      stats.error = error;
      this.ended(stats);
      throw error;
    }
  }

  private ended(stats: StatementStats): void {
    stats.endMs = performance.now();
    this.observer.ended(stats);
  }

  private run(query: NormalizedQuery, call: StatementCall, lexOptions: LexOptions): AsyncIterable<Result> {
    // SHOW WARNINGS is about the statement before it.
    if (query.verb !== 'SHOW') forgetWarnings(call.session);
    const { stats } = call;
    if (!query.normalized) return this.runParsed(query, call, lexOptions);
    stats.type = typeOfVerb(query.verb);
    return this.planned.execute(query, call, lexOptions);
  }

  private async *runParsed(
    query: NormalizedQuery,
    call: StatementCall,
    lexOptions: LexOptions,
  ): AsyncGenerator<Result> {
    const { stats } = call;
    const statement = parse(query.text, lexOptions);
    stats.type = typeOfStatement(statement);
    switch (statement.kind) {
      case 'ddl':
        yield* this.planned.executeDdl(statement, call);
        return;
      case 'execute':
        yield* this.executePrepared(statement, call, lexOptions);
        return;
      case 'prepare':
        stats.withoutPlan(planTypeOfType(stats.type));
        prepareStatement(statement, call.session, lexOptions);
        yield emptyResult({ info: 'Statement prepared' });
        return;
      default:
        stats.withoutPlan(planTypeOfType(stats.type));
        yield* this.sessionStatements.execute(statement, call);
    }
  }

  private async *executePrepared(
    statement: Execute,
    call: StatementCall,
    lexOptions: LexOptions,
  ): AsyncGenerator<Result> {
    const { sql, bindVariables } = preparedCall(statement, call.session, lexOptions);
    const query = normalize(sql, { ...lexOptions, bindVars: bindVariables });
    if (query.verb === 'EXECUTE' || query.verb === 'PREPARE' || query.verb === 'DEALLOCATE') {
      throw notPreparable();
    }
    const inner: StatementCall = {
      ...call,
      sql,
      bindVariables,
      // those of EXECUTE itself hold for all of it, its time limit among them
      directives: { ...directivesOf(sql, lexOptions), queryTimeoutMs: call.directives.queryTimeoutMs },
    };
    yield* this.run(query, inner, lexOptions);
    call.foundRows = inner.foundRows;
  }

  private timeoutOf(session: Session, call: CallContext, { queryTimeoutMs }: Directives): number {
    const own = [session.queryTimeoutMs, statementTimeMs(session), this.options.queryTimeoutMs];
    const given = [...(queryTimeoutMs === undefined ? own : [queryTimeoutMs]), call.timeoutMs];
    const limits = given.filter((t) => t !== undefined && t > 0) as number[];
    return limits.length === 0 ? 0 : Math.min(...limits);
  }

  private refuseInFailedTransaction(session: Session, verb: string): void {
    if (session.failedTransaction === undefined || verb === 'ROLLBACK' || verb === 'COMMIT') return;
    throw new VtError(
      Code.FAILED_PRECONDITION,
      `previous transaction failed (${session.failedTransaction}): issue a ROLLBACK first`,
      { id: 'VT09032' },
    );
  }
}

/** The time limit of one statement, joined with the client's own signal. */
class StatementDeadline {
  readonly signal: AbortSignal;
  private readonly timer?: NodeJS.Timeout;
  private expired = false;

  constructor(
    client: AbortSignal,
    readonly timeoutMs: number,
    private readonly flavor: 'mariadb' | 'mysql',
  ) {
    if (timeoutMs === 0) {
      this.signal = client;
      return;
    }
    const own = new AbortController();
    this.timer = setTimeout(() => {
      this.expired = true;
      own.abort();
    }, timeoutMs);
    this.signal = AbortSignal.any([client, own.signal]);
  }

  clear(): void {
    clearTimeout(this.timer);
  }

  /** An error that our own deadline caused is a timeout, whatever the aborted call said. */
  translate(error: unknown): unknown {
    if (!this.expired) return error;
    const options = { cause: error, code: Code.DEADLINE_EXCEEDED };
    if (this.flavor === 'mariadb') {
      const text = 'Query execution was interrupted (max_statement_time exceeded)';
      return new SqlError(1969, '70100', text, options);
    }
    const text = 'Query execution was interrupted, maximum statement execution time exceeded';
    return new SqlError(3024, 'HY000', text, options);
  }
}

function forgetWarnings(session: Session): void {
  const errors = session.warnings.filter((w) => w.level === 'Error').length;
  session.lastCounts = { warnings: session.warnings.length, errors };
  session.warnings = [];
}

function recordFailure(session: Session, error: unknown): void {
  session.rowCount = -1n;
  if (error instanceof SqlError) {
    session.warnings.push({ level: 'Error', code: error.errno, message: error.message });
  }
}

function recordSuccess(session: Session, last: Result | undefined, isResultSet: boolean, rows: bigint): void {
  if (last === undefined) return;
  if (isResultSet) {
    session.rowCount = -1n;
    session.foundRows = rows;
    return;
  }
  session.rowCount = last.rowsAffected;
}
