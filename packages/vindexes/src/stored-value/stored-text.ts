import { isUtf8 } from 'node:buffer';
import { Type, isIntegral, isText, type TypedValue } from '@vitess-ts/sqltypes';
import { comparisonOf } from '../collation-classes/comparison';
import type { Vindex } from '../vindex';
import type { StoredColumn, StoredValue, Strictness } from './model';

/** The shortest of the types without a length of their own, in bytes: TINYTEXT and TINYBLOB. */
const tinyBytes = 255;

/** What a CHAR, VARCHAR or TEXT stores. */
export function storedText(
  vindex: Vindex,
  column: StoredColumn,
  value: TypedValue,
  strictness: Strictness,
): StoredValue {
  const given = textOf(value);
  if (given === undefined || !fitsCharset(column.collation, given)) return 'unknown';
  const cut = cutText(column, given, strictness);
  if (typeof cut !== 'string') return cut;
  const text = column.type === Type.CHAR ? cut.replace(/ +$/, '') : cut;
  const stored = { type: isText(value.type) ? value.type : Type.VARCHAR, value: Buffer.from(text) };
  if (vindex.sameness !== 'looseText') return { stored };
  const comparison = comparisonOf(column.collation);
  if (typeof comparison === 'string') return { stored };
  const part = comparison.hiddenPart(stored.value);
  return part === undefined ? { stored } : { invalid: 'hidden', part };
}

/** A text cut to the column's length: spaces at the end go without a word, all else is an error of a strict server. */
function cutText(column: StoredColumn, text: string, strictness: Strictness): string | StoredValue {
  const size = column.size;
  if (size === 0) return strictness === 'strict' || Buffer.byteLength(text) <= tinyBytes ? text : 'unknown';
  if (text.length <= size) return text;
  const characters = [...text];
  if (characters.length <= size) return text;
  const kept = characters.slice(0, size).join('');
  if (characters.slice(size).every((c) => c === ' ') || strictness === 'lenient') return kept;
  return { invalid: 'tooLong' };
}

/** The text that a string or a number becomes. Of numbers only those in the form in which text columns get them. */
function textOf({ type, value }: TypedValue): string | undefined {
  if (isText(type) || type === Type.VARBINARY || type === Type.BLOB) {
    return isUtf8(value) ? value.toString() : undefined;
  }
  const text = value.toString('latin1');
  if (isIntegral(type))
    return /^[+-]?\d{1,64}$/.test(text) ? BigInt(text.replace('+', '')).toString() : undefined;
  return type === Type.DECIMAL && /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(text) ? text : undefined;
}

/** Other characters become `?`, or an error. */
function fitsCharset(collation: string, text: string): boolean {
  const charset = /^[a-z0-9]+/i.exec(collation)?.[0].toLowerCase() ?? '';
  if (charset === 'utf8mb4' || charset === 'uca1400') return true;
  if (charset === 'utf8' || charset === 'utf8mb3') return !/[\u{10000}-\u{10ffff}]/u.test(text);
  return charset === 'latin1' ? !/[^ -~\u00a0-\u00ff\t\n\r]/.test(text) : !/[^ -~\t\n\r]/.test(text);
}

/** What a VARBINARY, BLOB or BINARY stores. */
export function storedBytes(column: StoredColumn, value: TypedValue, strictness: Strictness): StoredValue {
  const given = bytesOf(value);
  if (given === undefined) return 'unknown';
  const { size } = column;
  const store = (bytes: Buffer): StoredValue => ({ stored: { type: Type.VARBINARY, value: bytes } });
  if (size === 0) {
    const isCertain = column.type !== Type.BINARY && (strictness === 'strict' || given.length <= tinyBytes);
    return isCertain ? store(given) : 'unknown';
  }
  if (given.length > size) {
    return strictness === 'strict' ? { invalid: 'tooLong' } : store(given.subarray(0, size));
  }
  if (column.type !== Type.BINARY) return store(given);
  return store(Buffer.concat([given, Buffer.alloc(size - given.length)]));
}

function bytesOf(value: TypedValue): Buffer | undefined {
  if (isText(value.type) || value.type === Type.VARBINARY || value.type === Type.BLOB) return value.value;
  const text = textOf(value);
  return text === undefined ? undefined : Buffer.from(text);
}
