import { SqlError } from '@vitess-ts/vterrors';
import { Header } from './constants';
import { PayloadReader } from './payload-reader';
import { PayloadWriter } from './payload-writer';

/** Decodes an ERR payload. One without a sqlstate (sent before the capabilities are known) reads as HY000. */
export function decodeErr(buf: Buffer, start: number, end: number): SqlError {
  const reader = new PayloadReader(buf, start + 1, end);
  const errno = reader.uint16();
  let sqlstate = 'HY000';
  if (reader.remaining >= 6 && buf[reader.at] === 0x23) {
    reader.skip(1);
    sqlstate = reader.bytes(5).toString('latin1');
  }
  return new SqlError(errno, sqlstate, reader.rest().toString('utf8'));
}

/** Longest message that servers send (MYSQL_ERRMSG_SIZE). */
const MAX_MESSAGE_BYTES = 512 * 16;

export function encodeErr(error: { errno: number; sqlstate: string; message: string }): Buffer {
  const state = /^[0-9A-Z]{5}$/.test(error.sqlstate) ? error.sqlstate : 'HY000';
  let message = Buffer.from(error.message, 'utf8');
  if (message.length > MAX_MESSAGE_BYTES) {
    let cut = MAX_MESSAGE_BYTES;
    while (cut > 0 && (message[cut] & 0xc0) === 0x80) cut--;
    message = message.subarray(0, cut);
  }
  return new PayloadWriter(message.length + 16)
    .uint8(Header.ERR)
    .uint16(error.errno)
    .string(`#${state}`)
    .bytes(message)
    .finish();
}
