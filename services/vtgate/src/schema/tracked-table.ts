import { Column } from '@vitess-ts/proto/vschema';
import type { Column as TrackedColumn, TableSchema } from '@vitess-ts/proto/vttsquery';
import { columnTypeDetails } from './column-type';

/** A table as one shard has it. */
export interface TrackedTable {
  schema: TableSchema;
  columns: readonly KnownColumn[];
  /** Equal exactly when two shards have the same columns in the same order. */
  fingerprint: string;
}

interface KnownColumn {
  column: Column;
  fingerprint: string;
}

/** A table as all shards of its keyspace have it. */
export interface AgreedTable {
  schema: TableSchema;
  columns: readonly Column[];
  /** False while shards differ; then `columns` are those that are the same on all of them. */
  isComplete: boolean;
}

export function trackedTable(schema: TableSchema): TrackedTable {
  const columns = schema.columns.map((c) => ({
    column: vschemaColumn(c),
    fingerprint: columnFingerprint(c),
  }));
  return { schema, columns, fingerprint: columns.map((c) => c.fingerprint).join('\n') };
}

/**
 * What shards have in common. While an ALTER rolls over the shards they differ, and then nothing may be said of the
 * columns that do: a route chosen by the type on one shard would be wrong on another.
 */
export function agree(tables: readonly TrackedTable[]): AgreedTable {
  const [first] = tables;
  const { schema } = first;
  const same = tables.every((t) => t.fingerprint === first.fingerprint);
  if (same) {
    return { schema, columns: first.columns.map((c) => c.column), isComplete: first.columns.length > 0 };
  }
  const others = tables.slice(1).map((t) => new Set(t.columns.map((c) => c.fingerprint)));
  const common = first.columns.filter((c) => others.every((fingerprints) => fingerprints.has(c.fingerprint)));
  return { schema, columns: common.map((c) => c.column), isComplete: false };
}

function vschemaColumn(column: TrackedColumn): Column {
  return Column.fromPartial({
    name: column.name,
    type: column.type,
    invisible: column.invisible,
    default: column.defaultValue ?? '',
    collationName: column.collationName,
    nullable: column.nullable,
    ...columnTypeDetails(column.columnType),
  });
}

function columnFingerprint(c: TrackedColumn): string {
  const { name, type, columnType, collationName, nullable, invisible, generated, defaultValue } = c;
  return JSON.stringify([
    name,
    type,
    columnType,
    collationName,
    nullable,
    invisible,
    generated,
    defaultValue ?? null,
  ]);
}
