import type { MysqlConnection } from '@vitess-ts/mysql';
import type { Result } from '@vitess-ts/sqltypes';
import { formatTraceparent, parseTraceparent, type Span, type Tracer } from '@vitess-ts/telemetry';
import type { Killer } from './killer';
import { isMariaDB } from './session-limits';
import { StatementRunner, type StatementOptions, type StreamOptions } from './statement-runner';
import type { StatementTrace } from './statement-trace';
import type { TabletMetrics } from './tablet-metrics';

/**
 * Times what goes to mysqld, with a span for each statement of a trace. One that is sampled tells mysqld its trace in a
 * comment, so that the slow log and the processlist can be matched with it.
 */
export class ObservedStatementRunner extends StatementRunner {
  constructor(
    killer: Killer,
    maxWarnings: number,
    private readonly metrics: TabletMetrics,
    private readonly tracer: Tracer,
  ) {
    super(killer, maxWarnings);
  }

  override async execute(
    connection: MysqlConnection,
    sql: Buffer,
    options: StatementOptions,
  ): Promise<Result> {
    const span = this.start(connection, options.trace);
    const startMs = performance.now();
    try {
      const text = span === undefined ? sql : commented(sql, span, options.trace);
      const result = await super.execute(connection, text, options);
      span?.setAttribute('vitess.rows', result.rows.length);
      return result;
    } catch (error) {
      span?.recordError(error);
      throw error;
    } finally {
      this.metrics.mysqlExec.record(performance.now() - startMs);
      span?.end();
    }
  }

  override stream(connection: MysqlConnection, sql: Buffer, options: StreamOptions): AsyncGenerator<Result> {
    const span = this.start(connection, options.trace);
    const startMs = performance.now();
    const timed: StreamOptions = {
      ...options,
      ended: () => {
        this.metrics.mysqlExecStream.record(performance.now() - startMs);
        options.ended?.();
      },
    };
    if (span === undefined) return super.stream(connection, sql, timed);
    const text = commented(sql, span, options.trace);
    return this.inSpan(span, super.stream(connection, text, timed));
  }

  private async *inSpan(span: Span, results: AsyncIterable<Result>): AsyncGenerator<Result> {
    let rows = 0;
    try {
      for await (const result of results) {
        rows += result.rows.length;
        yield result;
      }
    } catch (error) {
      span.recordError(error);
      throw error;
    } finally {
      span.setAttribute('vitess.rows', rows);
      span.end();
    }
  }

  private start(connection: MysqlConnection, trace: StatementTrace | undefined): Span | undefined {
    if (trace === undefined || !this.tracer.enabled) return undefined;
    return this.tracer.startSpan('mysql.query', {
      kind: 'client',
      parent: parseTraceparent(trace.traceparent),
      attributes: {
        'db.system': isMariaDB(connection) ? 'mariadb' : 'mysql',
        'db.operation': trace.operation,
        'mysql.connection_id': connection.connectionId,
      },
    });
  }
}

const SEMICOLON = 0x3b;

function commented(sql: Buffer, { context }: Span, trace: StatementTrace | undefined): Buffer {
  if (!trace?.canComment || !context?.sampled) return sql;
  // Behind a semicolon it would be a statement of its own.
  if (sql[sql.length - 1] === SEMICOLON) return sql;
  return Buffer.concat([sql, Buffer.from(` /*traceparent='${formatTraceparent(context)}'*/`)]);
}
