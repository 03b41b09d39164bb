import { Header, ServerStatus } from './constants';
import { PayloadReader } from './payload-reader';
import { PayloadWriter } from './payload-writer';

export interface OkPacket {
  rowsAffected: bigint;
  insertId: bigint;
  statusFlags: number;
  warnings: number;
  info: string;
  /** What `encodeStateChanges` gives, for clients with SESSION_TRACK; the status says that it is there. */
  stateChanges?: Buffer;
}

/** Decodes an OK payload (or, with DEPRECATE_EOF, the OK that ends rows) without session tracking. */
export function decodeOk(buf: Buffer, start: number, end: number): OkPacket {
  const reader = new PayloadReader(buf, start + 1, end);
  const rowsAffected = reader.lenencBigint();
  const insertId = reader.lenencBigint();
  const statusFlags = reader.remaining >= 2 ? reader.uint16() : 0;
  const warnings = reader.remaining >= 2 ? reader.uint16() : 0;
  const info = reader.remaining > 0 ? reader.lenencString() : '';
  return { rowsAffected, insertId, statusFlags, warnings, info };
}

/** `header` is EOF for the OK that ends rows under DEPRECATE_EOF. */
export function encodeOk(ok: OkPacket, header: number = Header.OK): Buffer {
  const writer = new PayloadWriter(64)
    .uint8(header)
    .lenencBigint(ok.rowsAffected)
    .lenencBigint(ok.insertId)
    .uint16(
      ok.stateChanges === undefined ? ok.statusFlags : ok.statusFlags | ServerStatus.SESSION_STATE_CHANGED,
    )
    .uint16(Math.min(ok.warnings, 0xffff));
  if (ok.stateChanges !== undefined) writer.lenencString(ok.info).lenencBytes(ok.stateChanges);
  else if (ok.info !== '') writer.lenencString(ok.info);
  return writer.finish();
}

/** Size of an EOF payload. */
export const EOF_SIZE = 5;

export function decodeEof(
  buf: Buffer,
  start: number,
  end: number,
): { warnings: number; statusFlags: number } {
  if (end - start < EOF_SIZE) return { warnings: 0, statusFlags: 0 };
  return { warnings: buf.readUInt16LE(start + 1), statusFlags: buf.readUInt16LE(start + 3) };
}

export function encodeEof(warnings: number, statusFlags: number): Buffer {
  return new PayloadWriter(EOF_SIZE)
    .uint8(Header.EOF)
    .uint16(Math.min(warnings, 0xffff))
    .uint16(statusFlags)
    .finish();
}
