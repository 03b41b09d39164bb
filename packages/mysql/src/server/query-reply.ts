import { type BindVariable, type Field, type Result, RowBatch } from '@vitess-ts/sqltypes';
import { Code, toSqlError, VtError } from '@vitess-ts/vterrors';
import { BinaryRowEncoder } from '../protocol/binary-rows';
import { ServerStatus } from '../protocol/constants';
import { encodeErr } from '../protocol/err-packet';
import { encodeOk, type OkPacket } from '../protocol/ok-packet';
import { encodeStateChanges } from '../protocol/session-track';
import type { Outbox } from './outbox';
import type { ResultEncoder } from './result-encoder';
import type { QueryReply, SessionHandler } from './session-handler';

/** How an answer is written, and what came with its query. */
export interface ReplyForm {
  /** Rows in the binary protocol. */
  binary: boolean;
  attributes: ReadonlyMap<string, BindVariable>;
}

/** Writes the answer to one query; see `QueryReply` for what its methods mean. */
export class ReplyWriter implements QueryReply {
  private controller: AbortController | null = null;
  private abortReason: Error | null = null;
  /** A result was sent that said that no other follows, or an error was. */
  private complete = false;
  private streaming = false;
  private binaryRows: BinaryRowEncoder | null = null;

  constructor(
    private readonly encoder: ResultEncoder,
    private readonly outbox: Outbox,
    private readonly session: SessionHandler,
    private readonly form: ReplyForm,
  ) {}

  get attributes(): ReadonlyMap<string, BindVariable> {
    return this.form.attributes;
  }

  /** Made when asked for: most queries end without it. */
  get signal(): AbortSignal {
    if (this.controller === null) {
      this.controller = new AbortController();
      if (this.abortReason !== null) this.controller.abort(this.abortReason);
    }
    return this.controller.signal;
  }

  abort(reason: Error): void {
    this.abortReason ??= reason;
    this.controller?.abort(this.abortReason);
  }

  result(result: Result, more = false): void {
    this.begin();
    this.end(result, result.fields.length > 0 ? 'whole' : 'ok', more);
    this.outbox.flush();
  }

  async stream(chunks: AsyncIterable<Result>, more = false): Promise<void> {
    this.begin();
    this.streaming = true;
    let last: Result | null = null;
    let headerSent = false;
    for await (const chunk of chunks) {
      if (this.gone) return;
      last = chunk;
      if (!headerSent && chunk.fields.length === 0) continue;
      this.addRows(headerSent ? null : chunk.fields, chunk);
      headerSent = true;
      if (!this.outbox.needsDrain) continue;
      await this.outbox.drained();
      if (this.gone) return;
    }
    this.streaming = false;
    if (last === null) throw new VtError(Code.INTERNAL, 'the statement gave no result');
    this.end(last, headerSent ? 'end' : 'ok', more);
    this.outbox.flush();
  }

  /** Ends the answer with an error, whatever was sent of it. */
  error(error: unknown): void {
    if (this.complete) return;
    this.complete = true;
    this.outbox.add(this.encoder.packet(encodeErr(toSqlError(error))));
    this.outbox.flush();
  }

  /** The answer was written by other means. */
  answered(): void {
    this.complete = true;
  }

  /** Ends the answer of a handler that has returned; an answer that is not whole is an error of ours. */
  finish(): void {
    if (!this.complete && !this.gone)
      this.error(new VtError(Code.INTERNAL, 'the statement was not answered'));
  }

  private get gone(): boolean {
    return this.outbox.isClosed;
  }

  private begin(): void {
    if (this.complete || this.streaming) {
      throw new VtError(Code.INTERNAL, 'a result was sent after the last one, or into another');
    }
  }

  private addRows(fields: Result['fields'] | null, chunk: Result): void {
    if (fields === null && chunk.rows.length === 0) return;
    const status = fields === null ? NO_STATUS : this.okPacket(chunk, false);
    const rows = this.rowsToSend(fields, chunk.rows);
    for (const buffer of this.encoder.resultSet(fields, rows, null, status)) this.outbox.add(buffer);
    this.outbox.flushSoon();
  }

  private end(result: Result, part: 'ok' | 'end' | 'whole', more: boolean): void {
    const ok = this.okPacket(result, more);
    if (part === 'ok' || this.encoder.deprecateEof)
      ok.stateChanges = stateChangesOf(this.session, this.encoder);
    this.complete = !more;
    if (part === 'ok') {
      this.outbox.add(this.encoder.packet(encodeOk(ok)));
      return;
    }
    const [fields, rows] = part === 'whole' ? [result.fields, result.rows] : [null, RowBatch.empty(0)];
    const toSend = this.rowsToSend(fields, rows);
    for (const buffer of this.encoder.resultSet(fields, toSend, ok, ok)) this.outbox.add(buffer);
  }

  /** `fields` comes with the first rows of each result. */
  private rowsToSend(fields: readonly Field[] | null, rows: RowBatch): RowBatch {
    if (!this.form.binary) return rows;
    if (fields !== null) this.binaryRows = new BinaryRowEncoder(fields);
    return this.binaryRows === null || rows.length === 0 ? rows : this.binaryRows.encode(rows);
  }

  private okPacket(result: Result, more: boolean): OkPacket {
    const status = this.session.statusFlags();
    return {
      rowsAffected: result.rowsAffected,
      insertId: result.insertId,
      info: result.info,
      warnings: this.session.warnings(),
      statusFlags: more
        ? status | ServerStatus.MORE_RESULTS_EXISTS
        : status & ~ServerStatus.MORE_RESULTS_EXISTS,
    };
  }
}

/** Changes of the session for the OK packet that is sent next; undefined without any, or for who did not ask. */
export function stateChangesOf(session: SessionHandler, encoder: ResultEncoder): Buffer | undefined {
  if (!encoder.sessionTrack) return undefined;
  const changes = session.takeStateChanges?.() ?? [];
  return changes.length === 0 ? undefined : encodeStateChanges(changes);
}

const NO_STATUS: OkPacket = { rowsAffected: 0n, insertId: 0n, info: '', warnings: 0, statusFlags: 0 };
