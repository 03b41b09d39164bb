import { Type, isFloat, isIntegral, isText, typeName, type Field, type Value } from '@vitess-ts/sqltypes';
import { unsupported } from './unsupported';

/** A decoded value whose natural order is MySQL's: numbers mix freely, byte strings compare with byte strings. */
export type Comparable = number | bigint | Buffer | null;

export type Decode = (value: Value) => Comparable;

/**
 * How values of a column are decoded so that comparing them is what MySQL does. Text is not ordered by its bytes:
 * it needs the weights that the shard computed (see `OrderKey`), and types whose order the text protocol does not
 * carry are refused.
 */
export function decoderFor(field: Field): Decode {
  const { type } = field;
  if (isIntegral(type)) return nullable(decodeInteger);
  if (type === Type.FLOAT64) return nullable((v) => Number(v.toString('latin1')));
  if (type === Type.DECIMAL) return nullable(decodeDecimal);
  if (type === Type.DATE || type === Type.DATETIME || type === Type.TIMESTAMP) return nullable(decodeDate);
  if (type === Type.TIME) return nullable(decodeTime);
  if (type === Type.BIT) return nullable(decodeBit);
  if (type === Type.VARBINARY || type === Type.BINARY || type === Type.BLOB) return (v) => v;
  if (type === Type.NULL_TYPE) return () => null;
  throw unsupported(
    `ordering, grouping or comparing ${typeName(type)} column '${field.name}' across shards`,
    isText(type) || isFloat(type) || type === Type.ENUM || type === Type.SET
      ? 'list the column with its type in the VSchema or let the schema be tracked'
      : 'convert the column to a type with an order, or restrict the statement to one shard',
  );
}

/** Bytes in their own order: weight strings and values that are only tested for being identical. */
export const decodeBytes: Decode = (v) => v;

function nullable(decode: (value: Buffer) => Comparable): Decode {
  return (value) => (value === null ? null : decode(value));
}

function decodeInteger(value: Buffer): number | bigint {
  const text = value.toString('latin1');
  return text.length < 16 ? Number(text) : BigInt(text);
}

/** MariaDB's largest scale; MySQL's is 30. */
const maxScale = 38;

function decodeDecimal(value: Buffer): bigint {
  const text = value.toString('latin1');
  const point = text.indexOf('.');
  if (point < 0) return BigInt(text) * 10n ** BigInt(maxScale);
  return BigInt(text.slice(0, point) + text.slice(point + 1).padEnd(maxScale, '0'));
}

/** ISO text orders as time does once fractions are comparable: '…00.500' equals '…00.5'. */
function decodeDate(value: Buffer): Buffer {
  if (!value.includes(0x2e)) return value;
  let end = value.length;
  while (value[end - 1] === 0x30) end--;
  if (value[end - 1] === 0x2e) end--;
  return value.subarray(0, end);
}

/** Microseconds of `[-]HHH:MM:SS[.ffffff]`. */
function decodeTime(value: Buffer): number {
  const text = value.toString('latin1');
  const negative = text.startsWith('-');
  const [hours, minutes, seconds] = (negative ? text.slice(1) : text).split(':');
  const [whole, fraction = ''] = seconds.split('.');
  const micros =
    ((Number(hours) * 60 + Number(minutes)) * 60 + Number(whole)) * 1_000_000 +
    Number(fraction.padEnd(6, '0'));
  return negative ? -micros : micros;
}

function decodeBit(value: Buffer): bigint {
  return value.length === 0 ? 0n : BigInt(`0x${value.toString('hex')}`);
}

/**
 * Compares two decoded values of one column, NULL first. With `pad`, the weights of one space, the shorter byte
 * string counts as followed by spaces, as PAD SPACE collations want.
 */
export function compareComparables(a: Comparable, b: Comparable, pad?: Buffer): number {
  if (a === null) return b === null ? 0 : -1;
  if (b === null) return 1;
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    return pad !== undefined && pad.length > 0 ? comparePadded(a, b, pad) : Buffer.compare(a, b);
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

function comparePadded(a: Buffer, b: Buffer, pad: Buffer): number {
  const shared = Math.min(a.length, b.length);
  const order = a.compare(b, 0, shared, 0, shared);
  if (order !== 0 || a.length === b.length) return order;
  const [rest, sign] = a.length > b.length ? [a, 1] : [b, -1];
  for (let i = shared; i < rest.length; i++) {
    const space = pad[(i - shared) % pad.length];
    if (rest[i] !== space) return rest[i] > space ? sign : -sign;
  }
  return 0;
}
