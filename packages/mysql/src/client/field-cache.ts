import type { Field } from '@vitess-ts/sqltypes';
import { decodeColumnDefinition } from '../protocol/column-definition';
import { PayloadReader } from '../protocol/payload-reader';

/** Definitions longer than this are decoded each time: a key as long costs more than it saves. */
const MAX_KEY_BYTES = 16 * 1024;

/**
 * Decoded column definitions by the bytes they came as, so that a statement that runs again gets the very same
 * frozen `Field[]`: no decoding, and whoever caches by identity (the server's column headers) hits too. Keyed by
 * content, never by SQL. May be shared by all connections of a pool.
 */
export class FieldCache {
  private readonly entries = new Map<string, Field[]>();

  constructor(private readonly maxEntries = 1000) {}

  /** The fields whose `count` definitions lie back to back in buf[0, length). */
  get(buf: Buffer, length: number, count: number): Field[] {
    if (length > MAX_KEY_BYTES) return decodeFields(buf, length, count);
    const key = buf.toString('latin1', 0, length);
    const known = this.entries.get(key);
    // One key can mean only one count: a definition says itself where it ends.
    if (known !== undefined) return known;
    const fields = decodeFields(buf, length, count);
    if (this.entries.size >= this.maxEntries) this.evictOldest();
    this.entries.set(key, fields);
    return fields;
  }

  private evictOldest(): void {
    for (const key of this.entries.keys()) {
      this.entries.delete(key);
      return;
    }
  }
}

function decodeFields(buf: Buffer, length: number, count: number): Field[] {
  const reader = new PayloadReader(buf, 0, length);
  const fields: Field[] = [];
  for (let i = 0; i < count; i++) fields.push(Object.freeze(decodeColumnDefinition(reader)));
  return Object.freeze(fields) as Field[];
}
