import type { Field as ProtoField, QueryResult, Row as ProtoRow } from '@vitess-ts/proto/query';
import type { Field } from './field';
import type { Result } from './result';
import { RowBatch, RowBatchBuilder } from './row-batch';
import { LenencReader } from './lenenc';

/**
 * `query.QueryResult` and back. A proto row is the concatenated bytes of its values and one length a column, -1 for
 * NULL: the same text-protocol bytes as in a `RowBatch`, so nothing is decoded.
 */
export function resultToProto(result: Result): QueryResult {
  return {
    fields: result.fields as ProtoField[],
    rowsAffected: result.rowsAffected,
    insertId: result.insertId,
    rows: rowsToProto(result.rows),
    info: result.info,
    sessionStateChanges: result.sessionStateChanges ?? '',
    insertIdChanged: result.insertIdChanged ?? false,
    warnings: result.warningList ?? [],
    serverStatus: result.statusFlags,
  };
}

/** `fields` are those of the stream's first message when this one carries none. */
export function resultFromProto(proto: QueryResult, fields: Field[] = proto.fields as Field[]): Result {
  return {
    fields: proto.fields.length > 0 ? (proto.fields as Field[]) : fields,
    rows: rowsFromProto(proto.rows, (proto.fields.length > 0 ? proto.fields : fields).length),
    rowsAffected: proto.rowsAffected,
    insertId: proto.insertId,
    info: proto.info,
    warnings: proto.warnings.length,
    warningList: proto.warnings.length > 0 ? proto.warnings : undefined,
    statusFlags: proto.serverStatus,
    insertIdChanged: proto.insertIdChanged,
    sessionStateChanges: proto.sessionStateChanges,
  };
}

export function rowsToProto(batch: RowBatch): ProtoRow[] {
  const rows: ProtoRow[] = new Array<ProtoRow>(batch.length);
  for (let i = 0; i < rows.length; i++) {
    const bytes = batch.rowBytes(i);
    const reader = new LenencReader(bytes, 0, bytes.length);
    const lengths: bigint[] = new Array<bigint>(batch.columns);
    const values = Buffer.allocUnsafe(bytes.length);
    let at = 0;
    for (let c = 0; c < batch.columns; c++) {
      const n = reader.length();
      lengths[c] = BigInt(n);
      if (n <= 0) continue;
      bytes.copy(values, at, reader.at, reader.at + n);
      reader.at += n;
      at += n;
    }
    rows[i] = { lengths, values: values.subarray(0, at) };
  }
  return rows;
}

export function rowsFromProto(rows: readonly ProtoRow[], columns: number): RowBatch {
  const builder = new RowBatchBuilder(columns);
  for (const row of rows) {
    let at = 0;
    for (const length of row.lengths) {
      const n = Number(length);
      builder.addValue(n < 0 ? null : row.values.subarray(at, at + n));
      if (n > 0) at += n;
    }
    builder.endRow();
  }
  return builder.finish();
}
