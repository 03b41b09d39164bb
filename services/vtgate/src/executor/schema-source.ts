import type { TableSchema } from '@vitess-ts/proto/vttsquery';
import type { VSchema } from '@vitess-ts/vindexes';

/** The vschema with the tracked tables and columns in it, as one immutable value at a time. */
export interface SchemaSource {
  /** `version` grows with every change; plans of an older version are not used again. */
  current(): { vschema: VSchema; version: number };
  /** Columns and keys of a table in full; undefined while they are not known. */
  tableSchema?(keyspace: string, table: string): TableSchema | undefined;
  /** Resolves when the version has grown beyond `version`, or after so long without. */
  changed?(version: number, withinMs: number, signal: AbortSignal): Promise<void>;
  /** Reads the tables of these keyspaces again, now: after DDL the next statement of the same client sees it. */
  refresh(keyspaces: readonly string[], signal: AbortSignal): Promise<void>;
}
