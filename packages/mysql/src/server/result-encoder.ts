import type { Field, RowBatch } from '@vitess-ts/sqltypes';
import { Header, MAX_PACKET_PAYLOAD } from '../protocol/constants';
import { encodeEof, encodeOk, EOF_SIZE, type OkPacket } from '../protocol/ok-packet';
import { copyBytes, framedSize, framePayload, packetCount, writeHeader } from '../protocol/packets';
import { type ColumnHeaderCache, renumber } from './column-header';

/** Bytes after which rows are cut into another buffer, so that no buffer gets huge. */
const BUFFER_BYTES = 4 * 1024 * 1024;

/**
 * Encodes the packets of results, numbering them. One per connection: `sequence` is the number of the next packet of
 * the response, set to 1 when a command comes in.
 */
export class ResultEncoder {
  sequence = 1;
  /** Collation that stands in for text columns of unknown collation. */
  collation = 45;
  deprecateEof = false;
  /** The client wants to know of changes of its session. */
  sessionTrack = false;

  constructor(private readonly headers: ColumnHeaderCache) {}

  /** One payload. */
  packet(payload: Uint8Array): Buffer {
    const out = Buffer.allocUnsafe(framedSize(payload.length));
    framePayload(out, 0, payload, 0, payload.length, this.sequence);
    this.sequence += packetCount(payload.length);
    return out;
  }

  /**
   * Column header (when `fields` is given), rows, and the end (when `end` is given) of a result; all in one buffer
   * unless the rows are large.
   */
  resultSet(
    fields: readonly Field[] | null,
    rows: RowBatch,
    end: OkPacket | null,
    /** What the EOF behind the columns says; null: there is none. */
    status: OkPacket | null,
  ): Buffer[] {
    const header = fields === null ? null : this.headers.get(fields, this.collation);
    const tail = end === null ? null : this.endPayload(end);
    const eof = header !== null && status !== null && !this.deprecateEof ? EOF_SIZE + 4 : 0;
    const buffers: Buffer[] = [];
    let row = 0;
    do {
      const first = row === 0;
      const until = lastRowOfBuffer(rows, row);
      const last = until === rows.length;
      const size =
        (first && header !== null ? header.bytes.length + eof : 0) +
        framedRowsSize(rows, row, until) +
        (last && tail !== null ? 4 + tail.length : 0);
      const out = Buffer.allocUnsafe(size);
      let at = first && header !== null ? this.writeHeader(out, header, eof > 0 ? status : null) : 0;
      at = this.writeRows(out, at, rows, row, until);
      if (last && tail !== null) framePayload(out, at, tail, 0, tail.length, this.sequence++);
      buffers.push(out);
      row = until;
    } while (row < rows.length);
    return buffers;
  }

  private writeHeader(out: Buffer, header: { bytes: Buffer; packets: number }, eof: OkPacket | null): number {
    const { bytes } = header;
    out.set(bytes, 0);
    if (this.sequence !== 1) renumber(out, 0, bytes.length, this.sequence);
    this.sequence += header.packets;
    if (eof === null) return bytes.length;
    return framePayload(
      out,
      bytes.length,
      encodeEof(eof.warnings, eof.statusFlags),
      0,
      EOF_SIZE,
      this.sequence++,
    );
  }

  private writeRows(out: Buffer, at: number, rows: RowBatch, from: number, to: number): number {
    const { data, ends } = rows;
    let sequence = this.sequence;
    let start = from === 0 ? 0 : ends[from - 1];
    for (let i = from; i < to; i++) {
      const end = ends[i];
      const length = end - start;
      if (length < MAX_PACKET_PAYLOAD) {
        at = copyBytes(out, writeHeader(out, at, length, sequence++), data, start, end);
      } else {
        at = framePayload(out, at, data, start, end, sequence);
        sequence += packetCount(length);
      }
      start = end;
    }
    this.sequence = sequence & 0xff;
    return at;
  }

  /** What ends the rows: an EOF, or under DEPRECATE_EOF an OK with the header of one. */
  private endPayload(end: OkPacket): Buffer {
    return this.deprecateEof ? encodeOk(end, Header.EOF) : encodeEof(end.warnings, end.statusFlags);
  }
}

/** The row (exclusive) up to which rows from `from` on fill one buffer; at least one row, if there is one. */
function lastRowOfBuffer(rows: RowBatch, from: number): number {
  const { ends, length } = rows;
  const start = from === 0 ? 0 : ends[from - 1];
  if (length === 0 || ends[length - 1] - start <= BUFFER_BYTES) return length;
  let to = from + 1;
  while (to < length && ends[to] - start <= BUFFER_BYTES) to++;
  return to;
}

function framedRowsSize(rows: RowBatch, from: number, to: number): number {
  if (to === from) return 0;
  const { ends } = rows;
  const start = from === 0 ? 0 : ends[from - 1];
  const bytes = ends[to - 1] - start;
  if (bytes < MAX_PACKET_PAYLOAD) return bytes + 4 * (to - from);
  let size = 0;
  for (let i = from; i < to; i++) size += framedSize(ends[i] - (i === 0 ? 0 : ends[i - 1]));
  return size;
}
