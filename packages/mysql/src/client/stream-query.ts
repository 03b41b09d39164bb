import { emptyResult, type Field, type Result } from '@vitess-ts/sqltypes';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import type { OkPacket } from '../protocol/ok-packet';
import type { CommandHost } from './command';
import type { FieldCache } from './field-cache';
import { type ColumnScratch, makeResult, QueryCommand } from './query-command';
import { RowCollector } from './row-collector';

/** Chunks that may wait for the consumer before reading stops. */
const MAX_WAITING_CHUNKS = 4;

/**
 * Hands one result on in chunks. The first chunk has the fields, the last the counts. When the consumer is slow the
 * socket is paused, so that at most a few chunks are in memory. Ending the iteration early closes the connection:
 * the rest of the response was not read.
 */
export class StreamQuery extends QueryCommand implements AsyncIterableIterator<Result> {
  private readonly chunks: Result[] = [];
  private fields: Field[] = [];
  private fieldsSent = true;
  private rows: RowCollector | null = null;
  private ended = false;
  private error: Error | null = null;
  private paused = false;
  private waiting: {
    resolve: (step: IteratorResult<Result>) => void;
    reject: (error: Error) => void;
  } | null = null;

  constructor(
    host: CommandHost,
    cache: FieldCache,
    scratch: ColumnScratch,
    private readonly chunkBytes: number,
  ) {
    super(host, cache, scratch);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Result>> {
    if (this.chunks.length === 0 && !this.ended && this.error === null) this.flush();
    const chunk = this.chunks.shift();
    if (this.chunks.length < MAX_WAITING_CHUNKS / 2) this.resume();
    if (chunk !== undefined) return Promise.resolve({ value: chunk, done: false });
    if (this.error !== null) {
      const error = this.error;
      this.error = null;
      this.ended = true;
      return Promise.reject(error);
    }
    if (this.ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => {
      this.waiting = { resolve, reject };
    });
  }

  return(): Promise<IteratorResult<Result>> {
    if (!this.ended && this.error === null) {
      this.host.abandon(new VtError(Code.CANCELED, 'the result stream was ended early'));
    }
    this.chunks.length = 0;
    this.error = null;
    this.ended = true;
    return Promise.resolve({ value: undefined, done: true });
  }

  protected onFields(fields: Field[]): void {
    this.fields = fields;
    this.fieldsSent = false;
    this.rows = new RowCollector(fields.length);
  }

  protected onRow(buf: Buffer, start: number, end: number): void {
    if (this.rows === null || this.ended) return;
    this.rows.add(buf, start, end);
    if (this.rows.byteLength >= this.chunkBytes) this.flush();
  }

  protected onResultEnd(ok: OkPacket, more: boolean): void {
    if (this.ended) return;
    if (more) {
      const error = new VtError(
        Code.FAILED_PRECONDITION,
        'a statement that gives several results cannot be streamed: run it buffered',
      );
      this.host.abandon(error);
      return;
    }
    const last = makeResult(this.fields, this.rows === null ? null : this.rows.take(), ok);
    if (this.fieldsSent) last.fields = [];
    this.fieldsSent = true;
    this.rows = null;
    this.deliver(last);
    this.end();
  }

  protected onServerError(error: SqlError): void {
    this.fail(error);
  }

  afterRead(): void {
    if (this.waiting !== null) this.flush();
  }

  fail(error: SqlError | VtError): void {
    if (this.ended) return;
    this.rows = null;
    this.resume();
    const waiting = this.waiting;
    if (waiting === null) {
      this.error = error;
      return;
    }
    this.waiting = null;
    this.ended = true;
    waiting.reject(error);
  }

  /** Makes a chunk of the rows (or of the bare fields) at hand. */
  private flush(): void {
    if (this.rows === null || (this.rows.length === 0 && this.fieldsSent)) return;
    const fields = this.fieldsSent ? [] : this.fields;
    this.fieldsSent = true;
    this.deliver(emptyResult({ fields, rows: this.rows.take(), statusFlags: this.host.statusFlags }));
  }

  private deliver(chunk: Result): void {
    const waiting = this.waiting;
    if (waiting !== null) {
      this.waiting = null;
      waiting.resolve({ value: chunk, done: false });
      return;
    }
    this.chunks.push(chunk);
    if (this.chunks.length >= MAX_WAITING_CHUNKS && !this.paused && this.rows !== null) {
      this.paused = true;
      this.host.pause();
    }
  }

  private resume(): void {
    if (!this.paused) return;
    this.paused = false;
    this.host.resume();
  }

  private end(): void {
    this.ended = true;
    this.resume();
    const waiting = this.waiting;
    this.waiting = null;
    if (waiting !== null) waiting.resolve({ value: undefined, done: true });
  }
}
