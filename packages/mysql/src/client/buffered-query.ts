import type { Field, Result } from '@vitess-ts/sqltypes';
import { Code, type SqlError, VtError } from '@vitess-ts/vterrors';
import type { OkPacket } from '../protocol/ok-packet';
import type { CommandHost } from './command';
import type { FieldCache } from './field-cache';
import { type ColumnScratch, makeResult, QueryCommand } from './query-command';
import { RowCollector } from './row-collector';

export interface ResultLimits {
  /** Most rows of one result. */
  maxRows: number;
  /** Most bytes of rows of one result. */
  maxBytes: number;
}

/** Collects whole results in memory, within limits. */
export class BufferedQuery extends QueryCommand {
  private readonly results: Result[] = [];
  private fields: Field[] = [];
  private rows: RowCollector | null = null;
  private settled = false;

  constructor(
    host: CommandHost,
    cache: FieldCache,
    scratch: ColumnScratch,
    private readonly limits: ResultLimits,
    private readonly resolve: (results: Result[]) => void,
    private readonly reject: (error: Error) => void,
  ) {
    super(host, cache, scratch);
  }

  protected onFields(fields: Field[]): void {
    this.fields = fields;
    this.rows = new RowCollector(fields.length);
  }

  protected onRow(buf: Buffer, start: number, end: number): void {
    const rows = this.rows;
    if (rows === null || this.settled) return;
    if (rows.length >= this.limits.maxRows) {
      this.exceeded(`Row count exceeded ${this.limits.maxRows}`);
    } else if (rows.byteLength + end - start > this.limits.maxBytes) {
      this.exceeded(`Result is larger than ${this.limits.maxBytes} bytes: stream it`);
    } else {
      rows.add(buf, start, end);
    }
  }

  private exceeded(message: string): void {
    this.host.abandon(new VtError(Code.RESOURCE_EXHAUSTED, message));
  }

  protected onResultEnd(ok: OkPacket, more: boolean): void {
    this.results.push(makeResult(this.fields, this.rows === null ? null : this.rows.take(), ok));
    this.fields = [];
    this.rows = null;
    if (!more && !this.settled) {
      this.settled = true;
      this.resolve(this.results);
    }
  }

  protected onServerError(error: SqlError): void {
    this.fail(error);
  }

  afterRead(): void {
    // Results are handed over whole.
  }

  fail(error: SqlError | VtError): void {
    if (this.settled) return;
    this.settled = true;
    this.rows = null;
    this.reject(error);
  }
}
