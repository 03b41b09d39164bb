import { RowBatch, Type, emptyResult, makeField, type Field, type Result } from '@vitess-ts/sqltypes';

/** Collation id of utf8mb3_general_ci, in which MySQL sends the text of SHOW. */
const UTF8_GENERAL_CI = 33;

/** A text column of a result that the gate makes itself. */
export function textField(name: string, characters = 192): Field {
  return makeField(name, Type.VARCHAR, { charset: UTF8_GENERAL_CI, columnLength: characters * 3 });
}

export function integerField(name: string): Field {
  return makeField(name, Type.INT64, { columnLength: 21, flags: 1 });
}

/** A result of text rows; null is NULL. */
export function textResult(fields: Field[], rows: readonly (readonly (string | null)[])[]): Result {
  const encoded = rows.map((row) => row.map((v) => (v === null ? null : Buffer.from(v))));
  return emptyResult({ fields, rows: RowBatch.from(fields.length, encoded) });
}
