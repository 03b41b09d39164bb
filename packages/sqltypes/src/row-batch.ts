import { assert } from '@vitess-ts/base';
import { LenencReader, NULL_BYTE, lenencSize, writeLenenc } from './lenenc';

/** One decoded value: the bytes of MySQL's text protocol, or NULL. */
export type Value = Buffer | null;

/** A decoded row, one value a column. Only primitives that look at columns make these. */
export type Row = Value[];

/**
 * Rows as mysqld sent them: each row is a run of `columns` length-encoded strings (0xfb = NULL), the rows lie back
 * to back in `data`, and `ends[i]` is the offset after row i. Immutable by agreement: a batch may be shared, and
 * its bytes are forwarded to clients as they are.
 */
export class RowBatch {
  constructor(
    readonly columns: number,
    readonly data: Buffer,
    readonly ends: readonly number[],
  ) {}

  static empty(columns: number): RowBatch {
    return new RowBatch(columns, Buffer.alloc(0), []);
  }

  static from(columns: number, rows: readonly Row[]): RowBatch {
    const builder = new RowBatchBuilder(columns);
    for (const row of rows) builder.add(row);
    return builder.finish();
  }

  /** One batch with the rows of all, in order; the batch itself when there is only one. */
  static concat(columns: number, batches: readonly RowBatch[]): RowBatch {
    const full = batches.filter((b) => b.length > 0);
    if (full.length === 0) return RowBatch.empty(columns);
    if (full.length === 1) return full[0];
    const ends: number[] = [];
    let base = 0;
    for (const batch of full) {
      assert(batch.columns === columns, 'batches of one result have the same columns');
      for (const end of batch.ends) ends.push(base + end);
      base += batch.data.length;
    }
    return new RowBatch(
      columns,
      Buffer.concat(
        full.map((b) => b.data),
        base,
      ),
      ends,
    );
  }

  get length(): number {
    return this.ends.length;
  }

  /** Bytes of all rows, encoded. */
  get byteLength(): number {
    return this.data.length;
  }

  /** The encoded bytes of row i. */
  rowBytes(i: number): Buffer {
    return this.data.subarray(i === 0 ? 0 : this.ends[i - 1], this.ends[i]);
  }

  /** All values of row i; they share the batch's memory. */
  row(i: number): Row {
    const reader = this.reader(i);
    const row: Row = new Array<Value>(this.columns);
    for (let c = 0; c < this.columns; c++) row[c] = reader.next();
    return row;
  }

  /** One value of row i. */
  value(i: number, column: number): Value {
    assert(column >= 0 && column < this.columns, 'column index is within the row');
    const reader = this.reader(i);
    for (let c = 0; c < column; c++) reader.skip();
    return reader.next();
  }

  rows(): Row[] {
    const rows = new Array<Row>(this.length);
    for (let i = 0; i < rows.length; i++) rows[i] = this.row(i);
    return rows;
  }

  /** Rows from (inclusive) to (exclusive) without copying bytes. */
  slice(from: number, to: number): RowBatch {
    const last = Math.min(to, this.length);
    if (from <= 0 && last === this.length) return this;
    if (from >= last) return RowBatch.empty(this.columns);
    const start = from === 0 ? 0 : this.ends[from - 1];
    const ends = this.ends.slice(from, last).map((end) => end - start);
    return new RowBatch(this.columns, this.data.subarray(start, this.ends[last - 1]), ends);
  }

  private reader(i: number): LenencReader {
    assert(i >= 0 && i < this.ends.length, 'row index is within the batch');
    return new LenencReader(this.data, i === 0 ? 0 : this.ends[i - 1], this.ends[i]);
  }
}

/** Collects rows into one `RowBatch`; grows by doubling. */
export class RowBatchBuilder {
  private data = Buffer.allocUnsafe(1024);
  private at = 0;
  private ends: number[] = [];

  constructor(readonly columns: number) {}

  get length(): number {
    return this.ends.length;
  }

  get byteLength(): number {
    return this.at;
  }

  add(row: readonly Value[]): void {
    assert(row.length === this.columns, 'row has one value a column');
    for (const value of row) this.addValue(value);
    this.endRow();
  }

  /** Adds a row that is encoded already. */
  addEncoded(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.data.set(bytes, this.at);
    this.at += bytes.length;
    this.endRow();
  }

  /** Adds one value of the row in hand; the caller adds exactly `columns` of them, then calls `endRow`. */
  addValue(value: Uint8Array | null): void {
    if (value === null) {
      this.reserve(1);
      this.data[this.at++] = NULL_BYTE;
      return;
    }
    this.reserve(lenencSize(value.length) + value.length);
    this.at = writeLenenc(this.data, this.at, value.length);
    this.data.set(value, this.at);
    this.at += value.length;
  }

  endRow(): void {
    this.ends.push(this.at);
  }

  /** The batch so far; the builder is empty after it and may be used on. */
  finish(): RowBatch {
    const batch = new RowBatch(this.columns, this.data.subarray(0, this.at), this.ends);
    this.data = Buffer.allocUnsafe(1024);
    this.at = 0;
    this.ends = [];
    return batch;
  }

  private reserve(bytes: number): void {
    if (this.at + bytes <= this.data.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.data.length * 2, this.at + bytes));
    this.data.copy(larger, 0, 0, this.at);
    this.data = larger;
  }
}
