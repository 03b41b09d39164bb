import { Field as ProtoField, QueryWarning } from '@vitess-ts/proto/query';
import { RowBatch, type Field, type Result } from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';
import { WireReader } from './wire-reader';
import { BYTES, type WireWriter } from './wire-writer';

const MAX_HEADERS = 1024;

/** Of the sender: which headers the receiver knows, by the identity of their columns. */
export class SentHeaders {
  private readonly numbers = new Map<readonly Field[], number>();

  /**
   * The number of a header; `define` tells the receiver of a new one. 0 when there is no room: numbers are given new
   * meanings only while no result with old ones waits to be sent (`mayForget`).
   */
  numberOf(
    fields: readonly Field[],
    mayForget: () => boolean,
    define: (number: number, fields: readonly Field[]) => void,
  ): number {
    if (fields.length === 0) return 0;
    const known = this.numbers.get(fields);
    if (known !== undefined) return known;
    if (this.numbers.size >= MAX_HEADERS) {
      if (!mayForget()) return 0;
      this.numbers.clear();
    }
    const number = this.numbers.size + 1;
    this.numbers.set(fields, number);
    define(number, fields);
    return number;
  }
}

/** Of the receiver: columns by header number; results of the same header share one array of columns. */
export class KnownHeaders {
  private readonly headers: Field[][] = [];

  /** Takes in a `vtpipeline.Header`. */
  define(reader: WireReader): void {
    let number = 0;
    const fields: Field[] = [];
    while (reader.next()) {
      if (reader.field === 1) number = reader.varint();
      else if (reader.field === 2) fields.push(ProtoField.decode(reader.bytes()) as Field);
      else reader.skip();
    }
    if (number < 1 || number > MAX_HEADERS) {
      throw new VtError(Code.INTERNAL, `a result header has the number ${number}`);
    }
    this.headers[number] = fields;
  }

  get(number: number): Field[] {
    const fields = this.headers[number];
    if (fields === undefined) throw new VtError(Code.INTERNAL, `there is no result header ${number}`);
    return fields;
  }
}

export function writeFields(out: WireWriter, field: number, fields: readonly Field[]): void {
  for (const column of fields) out.bytes(field, ProtoField.encode(column as ProtoField).finish());
}

/** Writes the fields of a `vtpipeline.Result`. `header`: see `SentHeaders`. */
export function writeResult(out: WireWriter, result: Result, header: number): void {
  if (header === 0) writeFields(out, 2, result.fields);
  else out.number(1, header);
  const { data, ends } = result.rows;
  if (ends.length > 0) {
    // A batch may lie in a larger buffer.
    out.bytes(3, data.length === ends[ends.length - 1] ? data : data.subarray(0, ends[ends.length - 1]));
    const lengths = out.open(4);
    let start = 0;
    for (const end of ends) {
      out.varint(end - start);
      start = end;
    }
    out.close(lengths);
  }
  out.bigint(5, result.rowsAffected);
  out.bigint(6, result.insertId);
  out.string(7, result.info);
  out.flag(8, result.insertIdChanged ?? false);
  if (result.sessionStateChanges !== undefined) out.string(9, result.sessionStateChanges);
  out.number(10, result.warnings);
  for (const warning of result.warningList ?? []) out.bytes(11, QueryWarning.encode(warning).finish());
  out.number(12, result.statusFlags);
}

/** Reads a `vtpipeline.Result`. `columns`: of the result's earlier parts, for one that has no header. */
export function readResult(reader: WireReader, headers: KnownHeaders, columns: number): Result {
  let fields: Field[] = [];
  let data: Buffer = NO_BYTES;
  const ends: number[] = [];
  const result: Result = {
    fields,
    rows: NO_ROWS,
    rowsAffected: 0n,
    insertId: 0n,
    info: '',
    warnings: 0,
    statusFlags: 0,
  };
  while (reader.next()) {
    switch (reader.field) {
      case 1:
        fields = headers.get(reader.varint());
        break;
      case 2:
        fields.push(ProtoField.decode(reader.bytes()) as Field);
        break;
      case 3:
        data = reader.bytes();
        break;
      case 4:
        readLengths(reader, ends);
        break;
      case 5:
        result.rowsAffected = reader.uint64();
        break;
      case 6:
        result.insertId = reader.uint64();
        break;
      default:
        readRare(reader, result);
    }
  }
  const total = ends.length === 0 ? 0 : ends[ends.length - 1];
  if (total !== data.length)
    throw new VtError(Code.INTERNAL, `a result has ${data.length} bytes, not ${total}`);
  result.fields = fields;
  result.rows = new RowBatch(fields.length > 0 ? fields.length : columns, data, ends);
  return result;
}

const NO_BYTES: Buffer = Buffer.alloc(0);
const NO_ROWS = RowBatch.empty(0);

/** Packed or one by one. */
function readLengths(reader: WireReader, ends: number[]): void {
  let at = ends.length === 0 ? 0 : ends[ends.length - 1];
  if (reader.wireType !== BYTES) {
    ends.push(at + reader.varint());
    return;
  }
  const stop = reader.bytesEnd();
  while (reader.at < stop) ends.push((at += reader.varint()));
}

function readRare(reader: WireReader, result: Result): void {
  switch (reader.field) {
    case 7:
      result.info = reader.string();
      return;
    case 8:
      result.insertIdChanged = reader.varint() !== 0;
      return;
    case 9:
      result.sessionStateChanges = reader.string();
      return;
    case 10:
      result.warnings = reader.varint();
      return;
    case 11:
      (result.warningList ??= []).push(QueryWarning.decode(reader.bytes()));
      return;
    case 12:
      result.statusFlags = reader.varint();
      return;
    default:
      reader.skip();
  }
}
