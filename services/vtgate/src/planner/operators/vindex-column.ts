import { assert } from '@vitess-ts/base';
import type { Destination, KeyspaceId } from '@vitess-ts/key';
import { Type, isIntegral, isText, type TypedValue } from '@vitess-ts/sqltypes';
import {
  canRouteByValue,
  equalValuesMeet,
  isLookup,
  isSingleColumn,
  type ColumnTypeInfo,
  type StoredColumn,
  type Table,
  type Vindex,
  type VSchema,
} from '@vitess-ts/vindexes';
import type { RoutingVindex } from '../../engine/routing';
import { lookupColumnOf, type LookupColumn } from './lookup-column';
import { boundColumn, type TableSet } from '../semantics/bound';
import type { Expr, IndexHint } from '@vitess-ts/sqlparser';
import { vtError } from '@vitess-ts/vterrors';

/** A column whose value says where a row lies. */
export interface VindexColumn {
  tables: TableSet;
  /** Lower case. */
  name: string;
  vindex: Vindex;
  /** Set when a table has to be asked. */
  lookup?: LookupColumn;
  /** Undefined where the vschema does not say. */
  column: StoredColumn | undefined;
  /** The column may be NULL beside rows of this place, because an outer join made it so. */
  nullable: boolean;
}

/** The columns of a table that routing can use. */
export function vindexColumnsOf(table: Table, tables: TableSet, vschema: VSchema): VindexColumn[] {
  return table.columnVindexes.flatMap(({ vindex, columns }) => {
    if (columns.length !== 1) return [];
    const column = columnTypeOf(table, columns[0]);
    const common = { tables, name: columns[0].toLowerCase(), vindex, column, nullable: false };
    if (isLookup(vindex)) {
      const lookup = lookupColumnOf(vindex, table.keyspace.name, column, vschema);
      return lookup === undefined ? [] : [{ ...common, lookup }];
    }
    return isSingleColumn(vindex) && !vindex.needsVCursor && vindex.isUnique ? [common] : [];
  });
}

/** What USE VINDEX, FORCE VINDEX and IGNORE VINDEX leave of a table's columns. Throws VT09021 for an unknown vindex. */
export function hintedVindexes(
  columns: readonly VindexColumn[],
  table: Table,
  hints: readonly IndexHint[],
): VindexColumn[] {
  let left = [...columns];
  for (const { type, action, names } of hints) {
    if (type !== 'vindex') continue;
    for (const name of names) {
      if (!table.columnVindexes.some(({ vindex }) => vindex.name === name)) {
        throw vtError('VT09021', name, table.name);
      }
    }
    left = left.filter(({ vindex }) => names.includes(vindex.name) === (action !== 'ignore'));
  }
  return left;
}

export function columnTypeOf(table: Table, name: string): StoredColumn | undefined {
  const column = table.columns.find((c) => c.name.toLowerCase() === name.toLowerCase());
  if (column === undefined || column.type === Type.NULL_TYPE) return undefined;
  return { type: column.type, collation: column.collation, size: column.size };
}

export function isVindexColumn(expr: Expr, of: VindexColumn): boolean {
  const column = boundColumn(expr);
  return (
    column !== undefined &&
    column.item === undefined &&
    column.tables === of.tables &&
    column.name.toLowerCase() === of.name
  );
}

const sample = (type: number, text: string): TypedValue => ({ type, value: Buffer.from(text) });
const samples = [
  sample(Type.INT64, '1'),
  sample(Type.VARCHAR, 'a'),
  sample(Type.VARBINARY, 'a'),
  sample(Type.DATE, '2020-01-01'),
];

/** False when no value whatever routes: the column's collation calls values equal that the vindex separates. */
export function canRoute({ vindex, column, lookup }: VindexColumn): boolean {
  if (lookup !== undefined) return samples.some((value) => lookup.forms(value) !== undefined);
  return samples.some((value) => canRouteByValue(vindex, column, value) !== 'scatter');
}

/** True when all values that MySQL calls equal have one place: not so where a vindex over text separates letters. */
export function staysTogether({ vindex, column, lookup }: VindexColumn): boolean {
  return lookup === undefined && equalValuesMeet(vindex, column);
}

/** True when rows of two columns that MySQL calls equal lie in the same place. */
export function equalRowsMeet(a: VindexColumn, b: VindexColumn): boolean {
  if (a.lookup !== undefined || b.lookup !== undefined) {
    // One entry says where all rows with a value are.
    return (
      a.vindex === b.vindex &&
      a.vindex.isUnique &&
      a.lookup?.comparesAlike === true &&
      b.lookup?.comparesAlike === true
    );
  }
  if (!sameFunction(a.vindex, b.vindex)) return false;
  switch (a.vindex.sameness) {
    case 'constant':
      return true;
    case 'integer':
      return isIntegerLike(a.column) && isIntegerLike(b.column);
    case 'bytes':
    case 'looseText':
      return sameType(a.column, b.column) && staysTogether(a) && staysTogether(b);
    default:
      return false;
  }
}

function isIntegerLike(column: ColumnTypeInfo | undefined): boolean {
  return column === undefined || isIntegral(column.type);
}

function sameType(a: ColumnTypeInfo | undefined, b: ColumnTypeInfo | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  if (isIntegral(a.type) && isIntegral(b.type)) return a.type !== Type.YEAR && b.type !== Type.YEAR;
  if (isText(a.type) && isText(b.type)) return a.collation === b.collation && a.collation !== '';
  return a.type === b.type;
}

/** Two vindexes that give equal values the same keyspace id. */
export function sameFunction(a: Vindex, b: Vindex): boolean {
  return a === b || (a.type === b.type && JSON.stringify(a.params) === JSON.stringify(b.params));
}

/** The vindex as routes use it: a value is converted to what the column stores, or is not exact. */
export function routingVindex({ vindex, column, lookup }: VindexColumn): RoutingVindex {
  if (lookup !== undefined) return lookupRouting(vindex.name, lookup);
  assert(isSingleColumn(vindex), 'a column without a lookup has a function');
  const destination = (value: TypedValue): Destination | undefined => {
    const decision = canRouteByValue(vindex, column, value);
    if (decision === 'scatter') return undefined;
    return 'exact' in decision ? vindex.map([decision.exact])[0] : anyOf(vindex.map(decision.exactAny));
  };
  return { name: vindex.name, map: async (_ctx, rows) => rows.map(([value]) => destination(value)) };
}

/** One look-up for all values; each may stand for several that are looked for. */
function lookupRouting(name: string, { forms, operations }: LookupColumn): RoutingVindex {
  return {
    name,
    map: async (ctx, rows) => {
      const wanted = rows.map(([value]) => forms(value));
      const flat = wanted.flatMap((values) => values ?? []);
      const found = await operations.map(
        ctx.lookups,
        flat.map((value) => [value]),
      );
      let next = 0;
      return wanted.map((values) =>
        values === undefined ? undefined : anyOf(found.slice(next, (next += values.length))),
      );
    },
  };
}

/** Rows that equal the value may lie at any of some places. */
function anyOf(destinations: readonly Destination[]): Destination | undefined {
  const ids: KeyspaceId[] = [];
  for (const destination of destinations) {
    if (destination.kind === 'keyspaceId') ids.push(destination.id);
    else if (destination.kind === 'keyspaceIds') ids.push(...destination.ids);
    else if (destination.kind !== 'none') return undefined;
  }
  if (ids.length === 1) return { kind: 'keyspaceId', id: ids[0] };
  return ids.length === 0 ? { kind: 'none' } : { kind: 'keyspaceIds', ids };
}
