import { Type, isFloat, isIntegral, isQuoted, typeName } from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';
import { isDigit, isHexDigit } from '../lexer/token';

/** A typed value; structurally `query.Value`. */
export interface TemplateValue {
  type: number;
  value: Uint8Array;
}

const QUOTE = 39;
const BACKSLASH = 92;
const MINUS = 45;
const PLUS = 43;
const DOT = 46;

const binaryTypes: ReadonlySet<number> = new Set([
  Type.BLOB,
  Type.VARBINARY,
  Type.BINARY,
  Type.GEOMETRY,
  Type.VECTOR,
]);

/** Bytes being put together. */
export class ByteWriter {
  private bytes: Buffer;
  length = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafe(capacity);
  }

  result(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + more));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  ascii(text: string): void {
    this.reserve(text.length);
    this.length += this.bytes.write(text, this.length, 'latin1');
  }

  raw(value: Uint8Array): void {
    this.reserve(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
  }

  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  /**
   * The bytes in quotes. Quotes are doubled and never escaped by a backslash, so that the literal ends here under every
   * sql_mode. Right for character sets in which every byte below 128 is an ASCII character: utf8mb4, latin1, binary.
   */
  quoted(value: Uint8Array, noBackslashEscapes: boolean): void {
    this.reserve(value.length * 2 + 2);
    const { bytes } = this;
    let at = this.length;
    bytes[at++] = QUOTE;
    for (let i = 0; i < value.length; i++) {
      const c = value[i];
      if (c === QUOTE || (c === BACKSLASH && !noBackslashEscapes)) bytes[at++] = c;
      bytes[at++] = c;
    }
    bytes[at++] = QUOTE;
    this.length = at;
  }
}

/**
 * Writes a value as a SQL literal. Everything that is not quoted is checked to be what its type says.
 * @throws VtError INVALID_ARGUMENT for a number that is none, or a type that has no literal.
 */
export function encodeValue(
  out: ByteWriter,
  { type, value }: TemplateValue,
  noBackslashEscapes: boolean,
): void {
  if (isIntegral(type)) return encodeInteger(out, type, value);
  if (isFloat(type)) return encodeFloat(out, type, value);
  switch (type) {
    case Type.NULL_TYPE:
      return out.ascii('null');
    case Type.DECIMAL:
      if (decimalEnd(value, sign(value)) !== value.length) throw notA(type, value);
      return out.raw(value);
    case Type.BIT:
      return out.ascii(`x'${Buffer.from(value).toString('hex')}'`);
    case Type.HEXNUM:
    case Type.HEXVAL:
    case Type.BITNUM:
      return encodeBits(out, type, value);
    default:
  }
  if (binaryTypes.has(type)) {
    out.ascii('_binary');
    return out.quoted(value, noBackslashEscapes);
  }
  if (!isQuoted(type) || type === Type.RAW || type === Type.ROW_TUPLE) {
    throw new VtError(Code.INVALID_ARGUMENT, `a bind variable of type ${typeName(type)} has no SQL literal`);
  }
  out.quoted(value, noBackslashEscapes);
}

function notA(type: number, value: Uint8Array): VtError {
  const text = JSON.stringify(Buffer.from(value.subarray(0, 40)).toString('utf8'));
  return new VtError(Code.INVALID_ARGUMENT, `the bind variable's value ${text} is no ${typeName(type)}`);
}

function sign(value: Uint8Array): number {
  return value[0] === MINUS || value[0] === PLUS ? 1 : 0;
}

function digitsEnd(value: Uint8Array, from: number): number {
  let i = from;
  while (i < value.length && isDigit(value[i])) i++;
  return i;
}

function encodeInteger(out: ByteWriter, type: number, value: Uint8Array): void {
  const from = sign(value);
  if (value.length === from || digitsEnd(value, from) !== value.length) throw notA(type, value);
  out.raw(value);
}

/** End of `1`, `1.5`, `.5`, `1.`; -1 when there is no digit. */
function decimalEnd(value: Uint8Array, from: number): number {
  let i = digitsEnd(value, from);
  let digits = i - from;
  if (value[i] === DOT) {
    const end = digitsEnd(value, i + 1);
    digits += end - i - 1;
    i = end;
  }
  return digits > 0 ? i : -1;
}

/** A double needs an exponent to be one: MySQL reads 1.5 as a decimal. */
function encodeFloat(out: ByteWriter, type: number, value: Uint8Array): void {
  const mantissa = decimalEnd(value, sign(value));
  if (mantissa < 0) throw notA(type, value);
  out.raw(value);
  if (mantissa === value.length) return out.ascii('e0');
  const exponent = mantissa + 1 + sign(value.subarray(mantissa + 1));
  const e = value[mantissa] | 32;
  if (e !== 101 || exponent >= value.length || digitsEnd(value, exponent) !== value.length)
    throw notA(type, value);
}

/** The literal itself: 0x1F, x'1F', 0b1, b'1'. */
function encodeBits(out: ByteWriter, type: number, value: Uint8Array): void {
  const quoted = value[1] === QUOTE;
  const letter = quoted ? value[0] | 32 : value[1];
  const end = quoted ? value.length - 1 : value.length;
  const closed = quoted ? value.length >= 3 && value[end] === QUOTE : value[0] === 48 && value.length > 2;
  const hex = letter === 120;
  if (!closed || (!hex && letter !== 98)) throw notA(type, value);
  if (hex && quoted && end % 2 !== 0) throw notA(type, value);
  for (let i = 2; i < end; i++) {
    const valid = hex ? isHexDigit(value[i]) : value[i] === 48 || value[i] === 49;
    if (!valid) throw notA(type, value);
  }
  out.raw(value);
}
