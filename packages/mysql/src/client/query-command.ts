import { type Field, type Result, RowBatch } from '@vitess-ts/sqltypes';
import { SqlError, type VtError } from '@vitess-ts/vterrors';
import { Header, MAX_PACKET_PAYLOAD, ServerStatus } from '../protocol/constants';
import { decodeErr } from '../protocol/err-packet';
import { decodeEof, decodeOk, type OkPacket } from '../protocol/ok-packet';
import { PayloadReader } from '../protocol/payload-reader';
import { malformedPacket } from '../protocol/protocol-error';
import type { CommandHost, RunningCommand } from './command';
import type { FieldCache } from './field-cache';

/** More columns than any server sends (MySQL's limit is 4096). */
const MAX_COLUMNS = 4096 * 2;

const enum Phase {
  FIRST,
  COLUMNS,
  COLUMNS_EOF,
  ROWS,
}

/** Scratch memory for column definitions; one connection reads one response at a time. */
export class ColumnScratch {
  buf = Buffer.allocUnsafe(2048);
}

/** Reads the response to a COM_QUERY: results one after another, each an OK or columns and rows. */
export abstract class QueryCommand implements RunningCommand {
  private phase: Phase = Phase.FIRST;
  private columns = 0;
  private columnsLeft = 0;
  private scratchLength = 0;

  constructor(
    protected readonly host: CommandHost,
    private readonly fieldCache: FieldCache,
    private readonly scratch: ColumnScratch,
  ) {}

  protected abstract onFields(fields: Field[]): void;
  /** One row's bytes, valid only during the call. */
  protected abstract onRow(buf: Buffer, start: number, end: number): void;
  /** A result is whole; `more` says another follows. */
  protected abstract onResultEnd(ok: OkPacket, more: boolean): void;
  /** The server ended the response with an error. */
  protected abstract onServerError(error: SqlError): void;
  abstract afterRead(): void;
  abstract fail(error: SqlError | VtError): void;

  payload(buf: Buffer, start: number, end: number): boolean {
    if (this.phase === Phase.ROWS) return this.rowPayload(buf, start, end);
    if (end === start) throw malformedPacket('empty payload');
    switch (this.phase) {
      case Phase.FIRST:
        return this.firstPayload(buf, start, end);
      case Phase.COLUMNS:
        this.columnPayload(buf, start, end);
        return false;
      case Phase.COLUMNS_EOF:
        if (buf[start] !== Header.EOF) throw malformedPacket('expected EOF after the columns');
        this.phase = Phase.ROWS;
        return false;
      default:
        throw malformedPacket('unexpected payload');
    }
  }

  private rowPayload(buf: Buffer, start: number, end: number): boolean {
    const first = end > start ? buf[start] : 0;
    if (first < Header.EOF) {
      if (end === start) throw malformedPacket('empty row');
      this.onRow(buf, start, end);
      return false;
    }
    if (first === Header.ERR) return this.serverError(buf, start, end);
    // 0xfe also starts a row whose first value is 16 MB or longer.
    if (this.host.deprecateEof) {
      if (end - start < MAX_PACKET_PAYLOAD) return this.resultEnd(decodeOk(buf, start, end));
    } else if (end - start < 9) {
      const { warnings, statusFlags } = decodeEof(buf, start, end);
      return this.resultEnd({ rowsAffected: 0n, insertId: 0n, info: '', warnings, statusFlags });
    }
    this.onRow(buf, start, end);
    return false;
  }

  private firstPayload(buf: Buffer, start: number, end: number): boolean {
    switch (buf[start]) {
      case Header.OK:
        return this.resultEnd(decodeOk(buf, start, end));
      case Header.ERR:
        return this.serverError(buf, start, end);
      case Header.LOCAL_INFILE:
        throw new SqlError(4166, 'HY000', 'LOAD DATA LOCAL INFILE is refused: local files are not read');
    }
    this.columns = new PayloadReader(buf, start, end).lenenc();
    if (this.columns === 0 || this.columns > MAX_COLUMNS) throw malformedPacket('column count');
    this.columnsLeft = this.columns;
    this.scratchLength = 0;
    this.phase = Phase.COLUMNS;
    return false;
  }

  private columnPayload(buf: Buffer, start: number, end: number): void {
    const length = this.scratchLength + end - start;
    if (length > this.scratch.buf.length) {
      const larger = Buffer.allocUnsafe(length * 2);
      this.scratch.buf.copy(larger, 0, 0, this.scratchLength);
      this.scratch.buf = larger;
    }
    this.scratch.buf.set(buf.subarray(start, end), this.scratchLength);
    this.scratchLength = length;
    if (--this.columnsLeft > 0) return;
    this.onFields(this.fieldCache.get(this.scratch.buf, length, this.columns));
    this.phase = this.host.deprecateEof ? Phase.ROWS : Phase.COLUMNS_EOF;
  }

  private resultEnd(ok: OkPacket): boolean {
    const more = (ok.statusFlags & ServerStatus.MORE_RESULTS_EXISTS) !== 0;
    this.host.statusFlags = ok.statusFlags;
    this.phase = Phase.FIRST;
    this.onResultEnd(ok, more);
    return !more;
  }

  private serverError(buf: Buffer, start: number, end: number): boolean {
    this.onServerError(decodeErr(buf, start, end));
    return true;
  }
}

/** A result from the fields and rows that were read and the packet that ended it. */
export function makeResult(fields: Field[], rows: RowBatch | null, ok: OkPacket): Result {
  return {
    fields,
    rows: rows ?? RowBatch.empty(fields.length),
    rowsAffected: ok.rowsAffected,
    insertId: ok.insertId,
    info: ok.info,
    warnings: ok.warnings,
    statusFlags: ok.statusFlags,
  };
}
