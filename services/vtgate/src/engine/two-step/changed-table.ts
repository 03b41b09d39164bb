import type { Destination, KeyspaceId } from '@vitess-ts/key';
import type { BindVariables, Field, Row, TypedValue } from '@vitess-ts/sqltypes';
import { Type } from '@vitess-ts/sqltypes';
import type { LookupOperations, LookupRow } from '@vitess-ts/vindexes';
import { Code, VtError } from '@vitess-ts/vterrors';
import { carriedValue } from '../carried-value';
import type { ExecContext, ResolvedShard } from '../primitive';

/** Columns of the first step's rows, by index. */
export type Columns = readonly number[];

/** How the second step finds the rows that the first has read and locked. */
export interface RowKey {
  names: readonly string[];
  columns: Columns;
  /** The columns are all there are: rows may be equal, and NULL. */
  isWholeRow: boolean;
}

/** Where the rows of a table are. */
export type RowPlace =
  | { kind: 'destination'; destination: Destination }
  /** By the values of the primary vindex's columns. */
  | {
      kind: 'vindex';
      columns: Columns;
      map(ctx: ExecContext, rows: readonly TypedValue[][]): Destination[] | Promise<Destination[]>;
    };

/** A lookup whose entries go with the rows. */
export interface ChangedLookup {
  operations: LookupOperations;
  columns: Columns;
}

/** A table whose rows a statement changes in two steps: it reads and locks them, then writes them by their keys. */
export interface ChangedTable {
  keyspace: { name: string; sharded: boolean };
  name: string;
  key: RowKey;
  place: RowPlace;
  lookups: readonly ChangedLookup[];
  /** All shards have the same rows: the counts are those of one. */
  sameOnEveryShard: boolean;
}

/** A row of the first step, as one of the tables sees it. */
export interface LocatedRow {
  row: Row;
  /** How often the whole row occurs; more than 1 only where rows have no key. */
  count: number;
  /** Undefined where the table is not spread over shards. */
  id?: KeyspaceId;
  shards: readonly ResolvedShard[];
}

export function typedValues(fields: readonly Field[], row: Row, columns: Columns): TypedValue[] {
  return columns.map((c) => {
    const value = row[c];
    return value === null
      ? { type: Type.NULL_TYPE, value: Buffer.alloc(0) }
      : { type: fields[c].type, value };
  });
}

/** A row as a lookup on these columns sees it; undefined where rows have no keyspace id, and so no entries. */
export function lookupRow(
  { place }: ChangedTable,
  fields: readonly Field[],
  { row, id }: LocatedRow,
  columns: Columns,
): LookupRow | undefined {
  if (id === undefined || place.kind !== 'vindex') return undefined;
  return {
    values: typedValues(fields, row, columns),
    id,
    place: typedValues(fields, row, place.columns),
  };
}

/** The rows of one table among those that a join gave, each once, and where they are. */
export async function locate(
  ctx: ExecContext,
  table: ChangedTable,
  fields: readonly Field[],
  rows: readonly Row[],
): Promise<LocatedRow[]> {
  const { key, place, keyspace } = table;
  const distinct = new Map<string, { row: Row; count: number }>();
  for (const row of rows) {
    // An outer join has rows without a row of this table: its key is not NULL otherwise.
    if (!key.isWholeRow && key.columns.some((c) => row[c] === null)) continue;
    const text = key.columns.map((c) => (row[c] === null ? '-' : row[c].toString('hex'))).join('.');
    const known = distinct.get(text);
    if (known === undefined) distinct.set(text, { row, count: 1 });
    else if (key.isWholeRow) known.count++;
  }
  const found = [...distinct.values()];
  const destinations =
    place.kind === 'destination'
      ? found.map(() => place.destination)
      : await place.map(
          ctx,
          found.map(({ row }) => typedValues(fields, row, place.columns)),
        );
  const resolved = await ctx.resolve(keyspace.name, destinations);
  return found.map(({ row, count }, i) => {
    const destination = destinations[i];
    if (resolved[i].length === 0) throw noPlace(table);
    return {
      row,
      count,
      shards: resolved[i],
      ...(destination.kind === 'keyspaceId' ? { id: destination.id } : {}),
    };
  });
}

function noPlace({ keyspace, name }: ChangedTable): VtError {
  return new VtError(
    Code.FAILED_PRECONDITION,
    `a row of ${keyspace.name}.${name} has a value that its primary vindex maps to no shard; ` +
      'delete or correct it on its shard by an explicit target (USE `keyspace:shard`)',
  );
}

/** The condition that picks rows by their keys, with `column(i)` giving the text of key column i. */
export function keyCondition(
  { names, columns, isWholeRow }: RowKey,
  fields: readonly Field[],
  rows: readonly LocatedRow[],
  quote: (name: string) => string,
): { sql: string; binds: BindVariables } {
  const binds: BindVariables = {};
  const bind = (row: Row, r: number, i: number): string => {
    const name = `__k${r}_${i}`;
    binds[name] = carriedValue(fields[columns[i]], row[columns[i]], 'comparison');
    return `:${name}`;
  };
  if (isWholeRow) {
    const [{ row }] = rows;
    const equal = names.map((name, i) => `${quote(name)} <=> ${bind(row, 0, i)}`);
    return { sql: equal.join(' and '), binds };
  }
  if (rows.length === 1) {
    const equal = names.map((name, i) => `${quote(name)} = ${bind(rows[0].row, 0, i)}`);
    return { sql: equal.join(' and '), binds };
  }
  const list = rows.map(({ row }, r) => {
    const values = names.map((_, i) => bind(row, r, i)).join(', ');
    return names.length === 1 ? values : `(${values})`;
  });
  const columnsText = names.map(quote).join(', ');
  return {
    sql: `${names.length === 1 ? columnsText : `(${columnsText})`} in (${list.join(', ')})`,
    binds,
  };
}
