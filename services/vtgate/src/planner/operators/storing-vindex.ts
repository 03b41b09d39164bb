import { noShard, type Destination } from '@vitess-ts/key';
import { Type, type TypedValue } from '@vitess-ts/sqltypes';
import {
  isLookup,
  isMultiColumn,
  isSingleColumn,
  lookupOperations,
  storedVindexValue,
  type ColumnVindex,
  type Sameness,
  type StoredColumn,
  type Strictness,
  type Table,
} from '@vitess-ts/vindexes';
import type { StoredPlace, StoringVindex } from '../../engine/insert';
import type { ExecContext } from '../../engine/primitive';
import type { PlanContext } from '../plan-context';
import { columnTypeOf } from './vindex-column';

/** Where rows of these values of the vindex's columns lie, NULL among them. */
export type MapRows = (
  ctx: ExecContext,
  rows: readonly TypedValue[][],
) => Destination[] | Promise<Destination[]>;

/** The primary vindex as inserts use it: the values are what the columns will store. */
export function storingVindex(
  table: Table,
  ignore: boolean,
  context: PlanContext,
): StoringVindex | undefined {
  const primary = table.columnVindexes.find((v) => v.isPrimary);
  return primary && storingColumnVindex(table, primary, ignore, context);
}

/** As `storingVindex`, of any vindex of the table. Undefined for a kind of vindex that is not known. */
export function storingColumnVindex(
  table: Table,
  columnVindex: ColumnVindex,
  ignore: boolean,
  context: PlanContext,
): StoringVindex | undefined {
  const { vindex, columns } = columnVindex;
  const mapRows = mapRowsOf(table, columnVindex, context);
  if (mapRows === undefined) return undefined;
  const { sqlMode } = context.planning;
  const strictness = strictnessOf(sqlMode, ignore);
  const emptyIsNull = /\bEMPTY_STRING_IS_NULL\b/i.test(sqlMode);
  const stores = columns.map((name, i) => storeOf(columnVindex, i, columnTypeOf(table, name)));
  return {
    name: vindex.name,
    columns,
    mapStored: async (ctx, rows) => {
      const stored = rows.map((row) =>
        emptyIsNull && row.some((v) => v.value.length === 0 && v.type !== Type.NULL_TYPE)
          ? undefined
          : storedRow(row, stores, strictness),
      );
      const usable = stored.flatMap((s) => (s !== undefined && 'values' in s ? [s.values] : []));
      const places = await mapRows(ctx, usable);
      let next = 0;
      return stored.map((s) => (s !== undefined && 'values' in s ? places[next++] : s));
    },
  };
}

/** Where rows lie whose values were read from the table. */
export function mapRowsOf(
  table: Table,
  { vindex, columns }: ColumnVindex,
  { vschema }: PlanContext,
): MapRows | undefined {
  if (isLookup(vindex)) {
    const operations = lookupOperations(vschema, table.keyspace.name, vindex.name);
    return (ctx, rows) => operations.map(ctx.lookups, rows);
  }
  if (isMultiColumn(vindex)) {
    if (vindex.samenesses.length !== columns.length) return undefined;
    return (_ctx, rows) =>
      rows.flatMap((row) => (row.some((v) => v.type === Type.NULL_TYPE) ? [noShard] : vindex.mapRows([row])));
  }
  if (!isSingleColumn(vindex) || columns.length !== 1) return undefined;
  return (_ctx, rows) => vindex.map(rows.map(([value]) => value));
}

type Store = (value: TypedValue, strictness: Strictness) => ReturnType<typeof storedVindexValue>;

function storeOf({ vindex }: ColumnVindex, index: number, column: StoredColumn | undefined): Store {
  // A lookup's table converts the value as the column does.
  if (isLookup(vindex) && vindex.sameness === undefined) return (value) => ({ stored: value });
  const sameness: Sameness | undefined = isMultiColumn(vindex) ? vindex.samenesses[index] : vindex.sameness;
  const asOne = { ...vindex, sameness };
  return (value, strictness) => storedVindexValue(asOne, column, value, strictness);
}

function storedRow(
  row: readonly TypedValue[],
  stores: readonly Store[],
  strictness: Strictness,
): { values: TypedValue[] } | Extract<StoredPlace, { kind: 'invalid' }> | undefined {
  const values: TypedValue[] = [];
  for (const [column, value] of row.entries()) {
    const stored = value.type === Type.NULL_TYPE ? { stored: value } : stores[column](value, strictness);
    if (stored === 'unknown') return undefined;
    if (!('stored' in stored)) return { kind: 'invalid', why: stored, column };
    values.push(stored.stored);
  }
  return { values };
}

/** Without a mode of its own a session has that of the server, which refuses what it would have to change. */
function strictnessOf(sqlMode: string, ignore: boolean): Strictness {
  if (ignore) return 'lenient';
  return sqlMode === '' || /\b(?:STRICT_TRANS_TABLES|STRICT_ALL_TABLES|TRADITIONAL)\b/i.test(sqlMode)
    ? 'strict'
    : 'lenient';
}

/** Whether every value of one column is stored in another as it is. */
export function storesUnchanged(from: StoredColumn | undefined, into: StoredColumn | undefined): boolean {
  return (
    from !== undefined &&
    into !== undefined &&
    from.type === into.type &&
    charsetOf(from) === charsetOf(into) &&
    (from.size === into.size || (from.size > 0 && from.size < into.size))
  );
}

const charsetOf = (column: StoredColumn): string => column.collation.split('_')[0];
