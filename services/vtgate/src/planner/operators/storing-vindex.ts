import type { TypedValue } from '@vitess-ts/sqltypes';
import {
  isSingleColumn,
  storedVindexValue,
  type SingleColumnVindex,
  type StoredColumn,
  type Strictness,
  type Table,
} from '@vitess-ts/vindexes';
import type { StoredPlace, StoringVindex } from '../../engine/insert';
import type { PlanContext } from '../plan-context';
import { columnTypeOf } from './vindex-column';

/** The primary vindex as inserts use it: the value is what the column will store. */
export function storingVindex(
  table: Table,
  ignore: boolean,
  { planning: { sqlMode } }: PlanContext,
): StoringVindex | undefined {
  const primary = table.columnVindexes.find((v) => v.isPrimary);
  if (primary === undefined || primary.columns.length !== 1 || !isSingleColumn(primary.vindex))
    return undefined;
  const { vindex } = primary;
  const column = columnTypeOf(table, primary.columns[0]);
  const strictness = strictnessOf(sqlMode, ignore);
  const emptyIsNull = /\bEMPTY_STRING_IS_NULL\b/i.test(sqlMode);
  return {
    name: vindex.name,
    columns: primary.columns,
    mapStored: async (_ctx, rows) =>
      rows.map(([value]) =>
        emptyIsNull && value.value.length === 0 ? undefined : placeOf(vindex, column, value, strictness),
      ),
  };
}

function placeOf(
  vindex: SingleColumnVindex,
  column: StoredColumn | undefined,
  value: TypedValue,
  strictness: Strictness,
): StoredPlace | undefined {
  const stored = storedVindexValue(vindex, column, value, strictness);
  if (stored === 'unknown') return undefined;
  return 'stored' in stored ? vindex.map([stored.stored])[0] : { kind: 'invalid', why: stored };
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
