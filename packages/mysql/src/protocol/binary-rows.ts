import { type Field, LenencReader, NULL_BYTE, RowBatch } from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';
import { writeDateTime, writeTime } from './binary-time';
import { ByteSink } from './byte-sink';
import { columnOfType } from './column-type';
import { ColumnType } from './constants';

/** Writes the text of one value as the binary protocol has it; false when the text is not what the column says. */
type ValueWriter = (sink: ByteSink, text: Buffer) => boolean;

/**
 * Makes rows of the binary protocol of rows of the text protocol. A FLOAT has as many digits as its text, which on
 * MariaDB is six; all else is exact.
 */
export class BinaryRowEncoder {
  private readonly writers: (ValueWriter | null)[];

  constructor(private readonly fields: readonly Field[]) {
    this.writers = fields.map((field) => writers.get(columnOfType(field.type).columnType) ?? null);
  }

  /** Each row of the batch that comes back is the whole payload of one packet. */
  encode(rows: RowBatch): RowBatch {
    const sink = new ByteSink(rows.data.length + rows.length * (this.fields.length + 8));
    const ends = new Array<number>(rows.length);
    for (let i = 0; i < rows.length; i++) {
      this.row(sink, rows, i);
      ends[i] = sink.length;
    }
    return new RowBatch(this.fields.length, sink.finish(), ends);
  }

  private row(sink: ByteSink, rows: RowBatch, i: number): void {
    const { writers } = this;
    const start = i === 0 ? 0 : rows.ends[i - 1];
    const end = rows.ends[i];
    const reader = new LenencReader(rows.data, start, end);
    sink.byte(0);
    // Two bits are kept free in front (MySQL manual, NULL-Bitmap of a binary result set row).
    const bitmap = sink.zeros((writers.length + 9) >> 3);
    for (let c = 0; c < writers.length; c++) {
      const write = writers[c];
      if (write === null) {
        const from = reader.at;
        if (rows.data[from] === NULL_BYTE) sink.orBit(bitmap, c + 2);
        reader.skip();
        if (rows.data[from] !== NULL_BYTE) sink.copy(rows.data, from, reader.at);
        continue;
      }
      const text = reader.next();
      if (text === null) sink.orBit(bitmap, c + 2);
      else if (!write(sink, text)) throw notOfItsType(this.fields[c], text);
    }
  }
}

function notOfItsType(field: Field, text: Buffer): VtError {
  const shown = JSON.stringify(text.toString('latin1', 0, 40));
  return new VtError(
    Code.INTERNAL,
    `the value ${shown} of column ${field.name} has no binary form of its type`,
  );
}

const MINUS = 45;
const ZERO = 48;

/** Up to 15 digits are exact in a number. */
function smallInteger(text: Buffer): number | undefined {
  const negative = text[0] === MINUS;
  const start = negative ? 1 : 0;
  if (text.length === start || text.length - start > 15) return undefined;
  let value = 0;
  for (let i = start; i < text.length; i++) {
    const digit = text[i] - ZERO;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  return negative ? -value : value;
}

const integer =
  (bytes: 1 | 2 | 4): ValueWriter =>
  (sink, text) => {
    const value = smallInteger(text);
    if (value === undefined) return false;
    sink.integer(value, bytes);
    return true;
  };

const bigInteger: ValueWriter = (sink, text) => {
  const small = smallInteger(text);
  if (small !== undefined) {
    sink.integer64(small);
    return true;
  }
  const digits = text.toString('latin1');
  if (!/^-?\d{1,20}$/.test(digits)) return false;
  sink.bigint64(BigInt(digits));
  return true;
};

function numberOf(text: Buffer): number | undefined {
  const value = text.length === 0 ? NaN : Number(text.toString('latin1'));
  return Number.isNaN(value) ? undefined : value;
}

const float: ValueWriter = (sink, text) => {
  const value = numberOf(text);
  if (value !== undefined) sink.float(value);
  return value !== undefined;
};

const double: ValueWriter = (sink, text) => {
  const value = numberOf(text);
  if (value !== undefined) sink.double(value);
  return value !== undefined;
};

/** Column types that are more than the length-encoded bytes of their text. */
const writers = new Map<number, ValueWriter>([
  [ColumnType.TINY, integer(1)],
  [ColumnType.SHORT, integer(2)],
  [ColumnType.YEAR, integer(2)],
  [ColumnType.LONG, integer(4)],
  [ColumnType.INT24, integer(4)],
  [ColumnType.LONGLONG, bigInteger],
  [ColumnType.FLOAT, float],
  [ColumnType.DOUBLE, double],
  [ColumnType.DATE, writeDateTime],
  [ColumnType.DATETIME, writeDateTime],
  [ColumnType.TIMESTAMP, writeDateTime],
  [ColumnType.TIME, writeTime],
]);
