import type { Field } from '@vitess-ts/sqltypes';
import { encodeColumnDefinition } from '../protocol/column-definition';
import { frame } from '../protocol/packets';
import { PayloadWriter } from '../protocol/payload-writer';

export interface ColumnHeader {
  /** The column count and the column definitions as packets, numbered from 1. */
  bytes: Buffer;
  packets: number;
  /** Collation that stood in for unknown ones. */
  collation: number;
}

/**
 * Column headers by the identity of their `Field[]`: a plan or a connection that gives the same array again pays for
 * encoding it once. Fields must not be changed after they were sent.
 */
export class ColumnHeaderCache {
  private readonly headers = new WeakMap<readonly Field[], ColumnHeader>();

  get(fields: readonly Field[], collation: number): ColumnHeader {
    const known = this.headers.get(fields);
    if (known !== undefined && known.collation === collation) return known;
    const header = encodeHeader(fields, collation);
    this.headers.set(fields, header);
    return header;
  }
}

function encodeHeader(fields: readonly Field[], collation: number): ColumnHeader {
  const packets = [frame(new PayloadWriter(9).lenenc(fields.length).finish(), 1)];
  for (const field of fields)
    packets.push(frame(encodeColumnDefinition(field, collation), packets.length + 1));
  return { bytes: Buffer.concat(packets), packets: packets.length, collation };
}

/** Gives the packets in buf[at, end) numbers from `sequence` on. */
export function renumber(buf: Buffer, at: number, end: number, sequence: number): void {
  while (at < end) {
    buf[at + 3] = sequence++ & 0xff;
    at += 4 + (buf[at] | (buf[at + 1] << 8) | (buf[at + 2] << 16));
  }
}
