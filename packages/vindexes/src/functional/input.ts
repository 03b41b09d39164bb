import { Type, isSigned } from '@vitess-ts/sqltypes';
import type { TypedValue } from '@vitess-ts/sqltypes';

export const maxUint64 = (1n << 64n) - 1n;
const minInt64 = -(1n << 63n);
const maxInt64 = (1n << 63n) - 1n;

/**
 * The unsigned 64-bit number of a value: integers, and text that is one, with spaces and tabs around it. Null for
 * anything else, a negative number included. 0x.. literals count as numbers.
 */
export function uint64Of(value: TypedValue): bigint | null {
  if (value.type === Type.HEXNUM || value.type === Type.HEXVAL || value.type === Type.BITNUM) {
    const bytes = bytesOf(value);
    if (!bytes || bytes.length > 8) return null;
    return bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString('hex')}`);
  }
  if (value.value.length > 64) return null;
  const match = /^[ \t]*(\d+)[ \t]*$/.exec(value.value.toString('latin1'));
  if (!match) return null;
  const n = BigInt(match[1]);
  return n <= maxUint64 ? n : null;
}

/** As `uint64Of`, but a negative number of a signed type is taken by its two's complement. */
export function uint64BitsOf(value: TypedValue): bigint | null {
  if (!isSigned(value.type)) return uint64Of(value);
  if (value.value.length > 64) return null;
  const text = value.value.toString('latin1');
  if (!/^[+-]?\d+$/.test(text)) return null;
  const n = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return n >= minInt64 && n <= maxInt64 ? BigInt.asUintN(64, n) : null;
}

/** The bytes that a value stands for: hex and bit literals decoded, all else as it is. Null when malformed. */
export function bytesOf(value: TypedValue): Buffer | null {
  switch (value.type) {
    case Type.HEXNUM:
    case Type.HEXVAL: {
      const digits = /^(?:0x([0-9a-f]+)|x'([0-9a-f]*)')$/i.exec(value.value.toString('latin1'));
      if (!digits) return null;
      const hex = digits[1] ?? digits[2];
      return Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex');
    }
    case Type.BITNUM: {
      const digits = /^(?:0b([01]+)|b'([01]*)')$/i.exec(value.value.toString('latin1'));
      if (!digits) return null;
      const bits = digits[1] ?? digits[2];
      const hex = bits === '' ? '' : BigInt(`0b${bits}`).toString(16);
      return Buffer.from(hex.padStart(Math.ceil(bits.length / 8) * 2, '0'), 'hex');
    }
    default:
      return value.value;
  }
}

export function uint64Value(n: bigint): TypedValue {
  return { type: Type.UINT64, value: Buffer.from(n.toString()) };
}

export function bigEndian(n: bigint): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeBigUInt64BE(n);
  return bytes;
}
