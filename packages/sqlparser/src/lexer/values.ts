import { isUtf8 } from 'node:buffer';
import type { LexOptions } from './options';

const highByte = /[\x80-\xff]/;

/** A name as text: in a `latin1` statement its bytes are taken for UTF-8. */
function decodeName(name: string, options: LexOptions): string {
  return options.encoding === 'latin1' && highByte.test(name)
    ? Buffer.from(name, 'latin1').toString('utf8')
    : name;
}

/** The identifier of a WORD token. */
export function wordValue(sql: string, start: number, end: number, options: LexOptions): string {
  return decodeName(sql.slice(start, end), options);
}

/** The identifier of a QUOTED token. */
export function quotedValue(sql: string, start: number, end: number, options: LexOptions): string {
  const quote = sql[start];
  const inner = sql.slice(start + 1, end - 1);
  return decodeName(inner.includes(quote) ? inner.replaceAll(quote + quote, quote) : inner, options);
}

/**
 * The value of a STRING token, or of the quoted part of an NSTRING one, in the encoding of the statement: one
 * character per byte when that is `latin1`.
 */
export function stringValue(sql: string, start: number, end: number, options: LexOptions): string {
  const quote = sql[start];
  const inner = sql.slice(start + 1, end - 1);
  const doubled = inner.includes(quote);
  const escapes = !options.noBackslashEscapes && inner.includes('\\');
  if (!escapes && !doubled) return inner;
  if (inner.length > LONG) return unescapeLong(inner, quote.charCodeAt(0), escapes);
  return escapes ? unescape(inner, quote) : inner.replaceAll(quote + quote, quote);
}

/** Above this, the value is built in a buffer: joining millions of pieces takes a second. */
const LONG = 4096;

function unescapeLong(inner: string, quote: number, escapes: boolean): string {
  const backslash = escapes ? BACKSLASH : -1;
  const ascii = Buffer.byteLength(inner, 'utf8') === inner.length;
  const bytes = Buffer.from(inner, ascii ? 'latin1' : 'utf16le');
  if (ascii) return bytes.toString('latin1', 0, unescapeInPlace(bytes, quote, backslash));
  const units = new Uint16Array(bytes.buffer, bytes.byteOffset, inner.length);
  return bytes.toString('utf16le', 0, unescapeInPlace(units, quote, backslash) * 2);
}

/** Returns the length of the value. */
function unescapeInPlace(units: Uint8Array | Uint16Array, quote: number, backslash: number): number {
  const { length } = units;
  let n = 0;
  for (let i = 0; i < length; i++) {
    let c = units[i];
    if (c === backslash) {
      c = units[++i];
      if (c < escapedUnits.length) c = escapedUnits[c];
      if (c === KEEPS_BACKSLASH) {
        c = units[i];
        units[n++] = BACKSLASH;
      }
    } else if (c === quote) i++;
    units[n++] = c;
  }
  return n;
}

function unescape(inner: string, quote: string): string {
  let out = '';
  let from = 0;
  for (let i = 0; i < inner.length; i++) {
    const c = inner[i];
    if (c === quote) {
      out += inner.slice(from, i);
      from = ++i; // the second quote of the pair stays
    } else if (c === '\\') {
      out += inner.slice(from, i) + escaped(inner[++i]);
      from = i + 1;
    }
  }
  return out + inner.slice(from);
}

function escaped(c: string): string {
  switch (c) {
    case '0':
      return '\0';
    case 'b':
      return '\b';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'Z':
      return '\x1a';
    case '%':
    case '_':
      return '\\' + c; // LIKE sees the backslash
    default:
      return c;
  }
}

const BACKSLASH = 92;
const KEEPS_BACKSLASH = -1;

/** By unit: what it stands for behind a backslash. */
const escapedUnits = Int32Array.from({ length: 128 }, (_, c) => {
  const value = escaped(String.fromCharCode(c));
  return value.length === 1 ? value.charCodeAt(0) : KEEPS_BACKSLASH;
});

/** A string value as an AST literal holds it: text where the bytes are valid UTF-8, else one character per byte. */
export function literalText(value: string, options: LexOptions): { value: string; encoding?: 'latin1' } {
  if (options.encoding !== 'latin1' || !highByte.test(value)) return { value };
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? { value: bytes.toString('utf8') } : { value, encoding: 'latin1' };
}

/** The exact bytes of a string literal of the AST. */
export function literalBytes(literal: { value: string; encoding?: 'latin1' }): Buffer {
  return Buffer.from(literal.value, literal.encoding ?? 'utf8');
}
