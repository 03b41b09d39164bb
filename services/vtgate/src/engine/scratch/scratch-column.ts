import { SqlError } from '@vitess-ts/vterrors';
import type { Value } from '@vitess-ts/sqltypes';

/**
 * How the values of a column reach a scratch table without a change:
 * - `number`: as they are read.
 * - `member`: the number of an ENUM or SET value, or the number of a BIT.
 * - `text`: in quotes; ASCII, or the bytes of UTF-8 text.
 * - `bytes`: in hex, with the character set that the bytes are in, if any.
 * - `timestamp`: read as Unix seconds, written as UTC.
 */
export type ValueForm =
  { kind: 'number' | 'member' | 'text' | 'timestamp' } | { kind: 'bytes'; charset?: string };

/** One column of a scratch table. */
export interface ScratchColumn {
  name: string;
  /** What stands behind the name in CREATE TABLE. */
  definition: string;
  form: ValueForm;
  /** How an index names it: the column, or a part of its start; undefined where it cannot be indexed. */
  key?: string;
}

/** The value of a column as SQL text for a connection that speaks UTF-8, with backslash escapes, in UTC. */
export function literalOf(form: ValueForm, value: Value): string {
  if (value === null) return 'null';
  switch (form.kind) {
    case 'number':
    case 'member':
      return value.toString('latin1');
    case 'text':
      return quoted(value);
    case 'bytes':
      return `${form.charset === undefined ? '' : `_${form.charset} `}x'${value.toString('hex')}'`;
    case 'timestamp':
      return timestampText(value.toString('latin1'));
  }
}

function quoted(value: Buffer): string {
  const text = value.toString('utf8');
  // Bytes that are no UTF-8 go as they are: the server says what it thinks of them.
  if (text.includes('\ufffd')) return `x'${value.toString('hex')}'`;
  if (!/['\\]/.test(text)) return `'${text}'`;
  return `'${text.replace(/['\\]/g, (c) => c + c)}'`;
}

/** `1700000000.5` as `'2023-11-14 22:13:20.5'`; the zero date is 0. */
function timestampText(seconds: string): string {
  const match = /^(\d+)(\.\d+)?$/.exec(seconds);
  if (match === null) throw new SqlError(1105, 'HY000', `'${seconds}' is no Unix time`);
  const [, whole, fraction = ''] = match;
  if (Number(whole) === 0 && !/[1-9]/.test(fraction)) return "'0000-00-00 00:00:00'";
  const date = new Date(Number(whole) * 1000).toISOString();
  return `'${date.slice(0, 10)} ${date.slice(11, 19)}${fraction}'`;
}
