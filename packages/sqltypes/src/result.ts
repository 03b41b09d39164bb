import type { Field } from './field';
import { RowBatch } from './row-batch';

/** One row of SHOW WARNINGS; `level` is Note, Warning or Error. */
export interface Warning {
  level: string;
  code: number;
  message: string;
}

/**
 * What a statement gave. A statement without a result set (DML, DDL, SET) has no fields and an empty batch.
 * In a stream of results the first has the fields, all have rows, and the last carries the counts.
 */
export interface Result {
  fields: Field[];
  rows: RowBatch;
  rowsAffected: bigint;
  insertId: bigint;
  /** MySQL's info string of an OK packet ("Rows matched: 1  Changed: 1  Warnings: 0"). */
  info: string;
  /** Number of warnings that the statement left on its connection. */
  warnings: number;
  /** The warnings themselves, where they were read on that connection; a bounded list. */
  warningList?: Warning[];
  /** Server status bits of the last OK / EOF packet; 0 when unknown. */
  statusFlags: number;
  /** True when the statement set LAST_INSERT_ID itself (`LAST_INSERT_ID(expr)`). */
  insertIdChanged?: boolean;
  /** GTIDs from session tracking, empty when not asked for. */
  sessionStateChanges?: string;
}

export function emptyResult(rest: Partial<Result> = {}): Result {
  return {
    fields: [],
    rows: RowBatch.empty(0),
    rowsAffected: 0n,
    insertId: 0n,
    info: '',
    warnings: 0,
    statusFlags: 0,
    ...rest,
  };
}

/** True for a statement that gave a result set, possibly without rows. */
export function hasResultSet(result: Result): boolean {
  return result.fields.length > 0;
}
