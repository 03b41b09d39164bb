import { LenencReader, RowBatch, RowBatchBuilder } from '@vitess-ts/sqltypes';

/** Rows without the columns from `columns` on (those that only the gate needed), copied as encoded bytes. */
export function cutColumns(batch: RowBatch, columns: number): RowBatch {
  if (batch.columns <= columns) return batch;
  const builder = new RowBatchBuilder(columns);
  for (let i = 0; i < batch.length; i++) {
    const bytes = batch.rowBytes(i);
    const reader = new LenencReader(bytes, 0, bytes.length);
    for (let c = 0; c < columns; c++) reader.skip();
    builder.addEncoded(bytes.subarray(0, reader.at));
  }
  return builder.finish();
}

/** Rows with the given columns in the given order; a column may stand more than once. */
export function pickColumns(batch: RowBatch, columns: readonly number[]): RowBatch {
  const builder = new RowBatchBuilder(columns.length);
  for (let i = 0; i < batch.length; i++) {
    const row = batch.row(i);
    for (const c of columns) builder.addValue(row[c]);
    builder.endRow();
  }
  return builder.finish();
}
