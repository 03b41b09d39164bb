import { childSignal, throwIfAborted } from '@vitess-ts/base';
import type { MysqlConnection } from '@vitess-ts/mysql';
import { abortedError } from '@vitess-ts/queryservice';
import { RowBatch, hasResultSet, type Field, type Result, type Warning } from '@vitess-ts/sqltypes';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import type { Killer } from './killer';
import { isMariaDB, limitStatement, type SessionLimits } from './session-limits';
import type { StatementTrace } from './statement-trace';
import { tabletErrors } from './tablet-errors';

/** mysqld is given this much longer than its own limit before it counts as hung. */
const hungAfterMs = 10_000;
/** A value that LAST_INSERT_ID() never has by itself: tells whether a statement set it. */
const insertIdMark = '18446744073709547416';
const interrupted = 1317;

export interface StatementOptions {
  signal?: AbortSignal;
  /** Limits of the connection's session. */
  session: SessionLimits;
  /** 0 is no limit. */
  timeoutMs: number;
  /** Most rows, more is an error; Infinity is no limit. */
  maxRows: number;
  /** Rows after which a SELECT without LIMIT ends, as sql_select_limit; Infinity is no limit. */
  selectLimit: number;
  /** False for a statement that cannot stand behind SET STATEMENT: it has its connection's limits. */
  limitable: boolean;
  /** Whether the row limit is to be given to mysqld too, which only looks at SELECTs without LIMIT. */
  isSelect: boolean;
  /** The connection carries state (a transaction): it must survive a result that is too large. */
  stateful: boolean;
  /** CALL: a result set may stand before the procedure's own result. */
  call?: boolean;
  /** A SELECT that may set LAST_INSERT_ID: find out. */
  fetchLastInsertId?: boolean;
  /** The statement's clock, in seconds; absent: mysqld's own. */
  timestamp?: string;
  /** Longest wait for a row lock; absent or 0: mysqld's own. */
  lockWaitSeconds?: number;
  /** The trace that it belongs to. */
  trace?: StatementTrace;
}

export interface StreamOptions {
  signal?: AbortSignal;
  session: SessionLimits;
  limitable: boolean;
  timeoutMs: number;
  chunkBytes: number;
  trace?: StatementTrace;
  /** Called when the iteration has ended; the connection is then closed, or fit for the next statement. */
  ended?: () => void;
}

/** Runs statements on connections, with a time limit, cancellation, a row limit, and the warnings read afterwards. */
export class StatementRunner {
  constructor(
    private readonly killer: Killer,
    private readonly maxWarnings: number,
  ) {}

  /**
   * One statement with its whole result. When it returns or throws, the connection is either closed or fit for the
   * next statement: no KILL is outstanding and no row unread.
   */
  async execute(connection: MysqlConnection, sql: Buffer, options: StatementOptions): Promise<Result> {
    return this.cancellable(connection, options, async () => {
      if (options.fetchLastInsertId) await connection.query(`SELECT LAST_INSERT_ID(${insertIdMark})`);
      const result = await this.run(connection, sql, options);
      if (options.fetchLastInsertId) await readLastInsertId(connection, result);
      else if (result.warnings > 0) result.warningList = await this.warnings(connection, result.warnings);
      return result;
    });
  }

  /** One statement's result in chunks. Leaving the loop early ends the statement and reads what is left of it. */
  async *stream(connection: MysqlConnection, sql: Buffer, options: StreamOptions): AsyncGenerator<Result> {
    const { signal } = options;
    const { session, timeoutMs } = options;
    const text = options.limitable
      ? limitStatement(connection, sql, session, { timeoutMs, selectLimit: Infinity })
      : sql;
    const chunks = connection.queryStream(text, { chunkBytes: options.chunkBytes });
    let killing: Promise<void> | undefined;
    const kill = (): void => {
      killing ??= this.killer.killQuery(connection);
    };
    signal?.addEventListener('abort', kill, { once: true });
    let ended = false;
    try {
      // The catch below says so.
      if (signal?.aborted) throw abortedError(signal);
      for (let step = await chunks.next(); !step.done; step = await chunks.next()) yield step.value;
      ended = true;
    } catch (error) {
      ended = true;
      throw signal?.aborted ? abortedError(signal) : error;
    } finally {
      signal?.removeEventListener('abort', kill);
      if (!ended) {
        kill();
        await drain(chunks);
      }
      try {
        await killing;
        if (killing) await this.killer.settle(connection);
      } finally {
        options.ended?.();
      }
    }
  }

  private async run(connection: MysqlConnection, sql: Buffer, options: StatementOptions): Promise<Result> {
    const { maxRows, session } = options;
    const bounded = options.isSelect && maxRows !== Infinity;
    const text = options.limitable
      ? limitStatement(connection, sql, session, {
          timeoutMs: options.timeoutMs,
          selectLimit: options.isSelect ? Math.min(maxRows + 1, options.selectLimit) : Infinity,
          timestamp: options.timestamp,
          lockWaitSeconds: options.lockWaitSeconds,
        })
      : sql;
    if (bounded && options.stateful) return this.collect(connection, text, options);
    const timeoutMs = options.timeoutMs > 0 ? options.timeoutMs + hungAfterMs : undefined;
    try {
      if (options.call) return callResult(await connection.queryMulti(text, { maxRows, timeoutMs }));
      const result = await connection.query(text, { maxRows: bounded ? maxRows + 1 : undefined, timeoutMs });
      if (bounded && result.rows.length > maxRows) throw tabletErrors.rowCountExceeded(maxRows);
      return result;
    } catch (error) {
      // The connection is closed after these; the statement must not go on behind it.
      if (error instanceof VtError && error.code === Code.RESOURCE_EXHAUSTED) {
        await this.killer.killConnection(connection);
        throw bounded ? tabletErrors.rowCountExceeded(maxRows) : error;
      }
      if (error instanceof SqlError && error.errno === 3024 && !connection.isAlive) {
        await this.killer.killConnection(connection);
      }
      throw error;
    }
  }

  /** Reads rows up to the limit; a result with more is ended without losing the connection. */
  private async collect(
    connection: MysqlConnection,
    sql: Buffer,
    options: StatementOptions,
  ): Promise<Result> {
    const batches: RowBatch[] = [];
    let fields: Field[] = [];
    let rows = 0;
    let last: Result | undefined;
    const chunks = connection.queryStream(sql);
    for (let step = await chunks.next(); !step.done; step = await chunks.next()) {
      last = step.value;
      if (last.fields.length > 0) fields = last.fields;
      rows += last.rows.length;
      if (rows > options.maxRows) {
        await this.killer.killQuery(connection);
        await drain(chunks);
        await this.killer.settle(connection);
        throw tabletErrors.rowCountExceeded(options.maxRows);
      }
      if (last.rows.length > 0) batches.push(last.rows);
    }
    if (!last) throw new VtError(Code.INTERNAL, 'mysqld answered a statement with nothing');
    return { ...last, fields, rows: RowBatch.concat(fields.length, batches) };
  }

  /** Runs while `signal` lets it: an abort kills the statement and waits until the connection is clean. */
  private async cancellable(
    connection: MysqlConnection,
    options: StatementOptions,
    run: () => Promise<Result>,
  ): Promise<Result> {
    // MySQL has no limit for all statements: there the tablet keeps the time itself.
    const ownTimer = options.timeoutMs > 0 && !isMariaDB(connection);
    if (!ownTimer && !options.signal) return run();
    const child = ownTimer ? childSignal(options.signal, options.timeoutMs) : undefined;
    const signal = child?.signal ?? (options.signal as AbortSignal);
    let killing: Promise<void> | undefined;
    const kill = (): void => {
      killing ??= this.killer.killQuery(connection);
    };
    try {
      throwIfAborted(signal);
      signal.addEventListener('abort', kill, { once: true });
      return await run();
    } catch (error) {
      const ours = error instanceof SqlError && (error.errno === interrupted || error.errno === 2013);
      throw signal.aborted && (ours || !(error instanceof SqlError)) ? abortedError(signal) : error;
    } finally {
      signal.removeEventListener('abort', kill);
      child?.dispose();
      if (killing) {
        await killing;
        await this.killer.settle(connection);
      }
    }
  }

  private async warnings(connection: MysqlConnection, count: number): Promise<Warning[]> {
    const limit = Math.min(count, this.maxWarnings);
    if (limit === 0) return [];
    const { rows } = await connection.query(`SHOW WARNINGS LIMIT ${limit}`);
    return rows.rows().map(([level, code, message]) => ({
      level: String(level),
      code: Number(String(code)),
      message: String(message),
    }));
  }
}

/** What a CALL gives: its one result set, or its counts. */
function callResult(results: Result[]): Result {
  const sets = results.filter(hasResultSet);
  if (sets.length > 1) {
    throw new SqlError(1235, '42000', 'Multi-Resultset not supported in stored procedure');
  }
  return sets[0] ?? results[results.length - 1];
}

async function readLastInsertId(connection: MysqlConnection, result: Result): Promise<void> {
  const { rows } = await connection.query('SELECT LAST_INSERT_ID()');
  const id = String(rows.value(0, 0));
  result.insertIdChanged = id !== insertIdMark;
  if (result.insertIdChanged) result.insertId = BigInt(id);
}

/** Reads the rest of a killed statement's answer, rows or error, so that the connection is free. */
async function drain(chunks: AsyncIterator<Result>): Promise<void> {
  try {
    for (let step = await chunks.next(); !step.done; step = await chunks.next()) continue;
  } catch (error) {
    if (error instanceof SqlError || error instanceof VtError) return;
    throw error;
  }
}
