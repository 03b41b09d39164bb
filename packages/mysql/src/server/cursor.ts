import { type BindVariable, emptyResult, type Field, type Result, RowBatch } from '@vitess-ts/sqltypes';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import { BinaryRowEncoder } from '../protocol/binary-rows';
import type { ResultEncoder } from './result-encoder';
import type { ReplyWriter } from './query-reply';
import type { QueryReply } from './session-handler';

/** Most bytes of rows that wait for a client to fetch them. */
const MAX_CURSOR_BYTES = 64 * 1024 * 1024;

/** What an EOF says. */
type EndStatus = { statusFlags: number; warnings: number };

/** The rows of a statement that its client fetches by and by. */
export class Cursor {
  private at = 0;

  constructor(
    private readonly fields: readonly Field[],
    private readonly rows: RowBatch,
  ) {}

  get remaining(): number {
    return this.rows.length - this.at;
  }

  /** The answer to the execution: the columns alone. */
  open(encoder: ResultEncoder, end: EndStatus): Buffer {
    const none = RowBatch.empty(this.fields.length);
    return Buffer.concat(encoder.resultSet(this.fields, none, { ...emptyResult(), ...end }, null));
  }

  /** The next rows, at most `count`. */
  fetch(count: number, encoder: ResultEncoder, end: EndStatus): Buffer {
    const rows = this.rows.slice(this.at, this.at + count);
    this.at += rows.length;
    const binary = new BinaryRowEncoder(this.fields).encode(rows);
    return Buffer.concat(encoder.resultSet(null, binary, { ...emptyResult(), ...end }, null));
  }
}

/** Keeps the rows of a result set for a cursor; results without rows, and the first of several, are sent as they are. */
export class CursorReply implements QueryReply {
  constructor(
    private readonly reply: ReplyWriter,
    private readonly opened: (cursor: Cursor) => void,
  ) {}

  get signal(): AbortSignal {
    return this.reply.signal;
  }

  get attributes(): ReadonlyMap<string, BindVariable> {
    return this.reply.attributes;
  }

  result(result: Result, more = false): void {
    if (result.fields.length === 0 || more) this.reply.result(result, more);
    else this.open(result.fields, [result.rows], result.rows.data.length);
  }

  async stream(chunks: AsyncIterable<Result>, more = false): Promise<void> {
    if (more) return this.reply.stream(chunks, more);
    let fields: Field[] = [];
    const batches: RowBatch[] = [];
    let bytes = 0;
    let last: Result | undefined;
    for await (const chunk of chunks) {
      if (fields.length === 0) fields = chunk.fields;
      batches.push(chunk.rows);
      bytes += chunk.rows.data.length;
      last = chunk;
      if (bytes > MAX_CURSOR_BYTES) throw tooLarge();
    }
    if (last === undefined) throw new VtError(Code.INTERNAL, 'the statement gave no result');
    if (fields.length === 0) this.reply.result(last, false);
    else this.open(fields, batches, bytes);
  }

  private open(fields: Field[], batches: readonly RowBatch[], bytes: number): void {
    if (bytes > MAX_CURSOR_BYTES) throw tooLarge();
    this.opened(new Cursor(fields, RowBatch.concat(fields.length, batches)));
    this.reply.answered();
  }
}

function tooLarge(): SqlError {
  const text = `the rows of this cursor take more than ${MAX_CURSOR_BYTES} bytes: execute the statement without a cursor`;
  return new SqlError(3170, 'HY000', text, { code: Code.RESOURCE_EXHAUSTED });
}
