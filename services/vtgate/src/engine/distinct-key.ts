import type { Row } from '@vitess-ts/sqltypes';
import type { Comparable } from './comparable';
import { RowOrder, type RowKeys } from './order-key';

/** A text that two rows share exactly when their keys are equal; for sets and maps. */
export function keyText(keys: RowKeys): string {
  return keys.values.map((value, i) => partText(value, keys.pads?.[i])).join('');
}

/** The same over rows. */
export const rowKeyText = (order: RowOrder, row: Row): string => keyText(order.keysOf(row));

function partText(value: Comparable, pad: Buffer | undefined): string {
  if (value === null) return 'n;';
  if (typeof value === 'bigint') return `i${value};`;
  if (typeof value === 'number') return Number.isInteger(value) ? `i${BigInt(value)};` : `f${value};`;
  const text = (pad === undefined || pad.length === 0 ? value : withoutPads(value, pad)).toString('latin1');
  return `${text.length}:${text}`;
}

/** Weights without the spaces at their end, which PAD SPACE collations do not compare. */
function withoutPads(weights: Buffer, pad: Buffer): Buffer {
  let end = weights.length;
  while (end >= pad.length && weights.compare(pad, 0, pad.length, end - pad.length, end) === 0)
    end -= pad.length;
  return weights.subarray(0, end);
}
