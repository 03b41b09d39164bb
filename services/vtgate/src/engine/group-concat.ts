import { isBinary, type Row, type Value, type Field, Type } from '@vitess-ts/sqltypes';
import type { Accumulator, GroupFunction } from './accumulator';
import { RowOrder, type OrderKey, type RowKeys } from './order-key';

/** GROUP_CONCAT over rows: the shard made the text of each row, the gate orders and joins them. */
export interface GroupConcat {
  function: 'group_concat';
  /** Column with the text of a row's arguments. */
  text: number;
  /** Column with `@@group_concat_max_len`, in bytes. */
  maxLength: number;
  separator: string;
  orderBy: OrderKey[];
  distinct?: OrderKey[];
}

/** From this many characters on MySQL gives TEXT. */
const textCharacters = 512;
const bytesPerCharacter = 4;

export function groupConcat(aggregate: GroupConcat, fields: readonly Field[]): GroupFunction {
  const order = aggregate.orderBy.length === 0 ? undefined : new RowOrder(fields, aggregate.orderBy);
  const source = fields[aggregate.text];
  const type = isBinary(source.type) ? Type.BLOB : Type.TEXT;
  const columnLength = textCharacters * bytesPerCharacter * bytesPerCharacter;
  return {
    field: { ...source, type, columnLength, flags: 0, table: '', orgTable: '', orgName: '', database: '' },
    create: () => new Texts(aggregate, order),
  };
}

class Texts implements Accumulator {
  private readonly rows: { text: Buffer; keys: RowKeys | undefined }[] = [];
  private maxLength = Infinity;

  constructor(
    private readonly aggregate: GroupConcat,
    private readonly order: RowOrder | undefined,
  ) {}

  add(row: Row): void {
    const text = row[this.aggregate.text];
    if (text === null) return;
    this.maxLength = Number(row[this.aggregate.maxLength]?.toString('latin1') ?? Infinity);
    this.rows.push({ text, keys: this.order?.keysOf(row) });
  }

  result(): Value {
    if (this.rows.length === 0) return null;
    const { order } = this;
    if (order !== undefined) {
      this.rows.sort((a, b) => (a.keys && b.keys ? order.compare(a.keys, b.keys) : 0));
    }
    const separator = Buffer.from(this.aggregate.separator);
    const parts = this.rows.flatMap(({ text }, i) => (i === 0 ? [text] : [separator, text]));
    return cut(Buffer.concat(parts), this.maxLength);
  }
}

/** At most so many bytes, and no character (of UTF-8) in part. */
function cut(text: Buffer, maxLength: number): Buffer {
  if (text.length <= maxLength) return text;
  let end = maxLength;
  while (end > 0 && (text[end] & 0xc0) === 0x80) end--;
  return text.subarray(0, end);
}
