import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { charsetByName } from '@vitess-ts/mysql';
import { Code, SqlError } from '@vitess-ts/vterrors';
import { decodeWindows1252 } from './windows-1252';

/** A statement as text, and how its bytes became that. */
export interface ClientText {
  text: string;
  /** `latin1`: one character a byte, for statements whose bytes are no UTF-8 (blobs). */
  encoding: 'utf8' | 'latin1';
}

/** Reads what a client sends, in the character set that it says it uses. */
export class ClientTextReader {
  private charset = '';
  private decoder?: TextDecoder;

  /** `charset` is the session's `character_set_client`. Throws 1115 when its text cannot be read. */
  read(bytes: Buffer, charset: string): ClientText {
    if (isUtf8Charset(charset)) {
      return isUtf8(bytes)
        ? { text: bytes.toString('utf8'), encoding: 'utf8' }
        : { text: bytes.toString('latin1'), encoding: 'latin1' };
    }
    const text = charset === 'latin1' ? decodeWindows1252(bytes) : this.decoderOf(charset).decode(bytes);
    // Such a literal means bytes, which the text in UTF-8 no longer has.
    if (/_binary\s*['"]/i.test(text) && bytes.some((byte) => byte > 0x7f)) throw binaryLiteral(charset);
    return { text, encoding: 'utf8' };
  }

  private decoderOf(charset: string): TextDecoder {
    if (this.decoder !== undefined && this.charset === charset) return this.decoder;
    const label = charsetByName(charset)?.decoder ?? '';
    if (label === '') throw new SqlError(1115, '42000', `Unknown character set: '${charset}'`);
    this.charset = charset;
    this.decoder = new TextDecoder(label, { ignoreBOM: true });
    return this.decoder;
  }
}

function isUtf8Charset(charset: string): boolean {
  return charset === 'utf8mb4' || charset === 'utf8mb3' || charset === 'ascii' || charset === 'binary';
}

function binaryLiteral(charset: string): SqlError {
  return new SqlError(
    1235,
    '42000',
    `unsupported: bytes in a _binary literal while character_set_client is ${charset}; write them in hex (X'..'), or SET ` +
      `NAMES utf8mb4 first`,
    { code: Code.UNIMPLEMENTED },
  );
}
