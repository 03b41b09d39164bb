import type { Destination } from '@vitess-ts/key';
import { Type, isIntegral, isText, type TypedValue } from '@vitess-ts/sqltypes';
import {
  canRouteByValue,
  isSingleColumn,
  type ColumnTypeInfo,
  type SingleColumnVindex,
  type Table,
  type Vindex,
} from '@vitess-ts/vindexes';
import type { StoringVindex } from '../../engine/insert';
import type { RoutingVindex } from '../../engine/routing';
import { boundColumn, type TableSet } from '../semantics/bound';
import type { Expr } from '@vitess-ts/sqlparser';

/** A column whose value says where a row lies. */
export interface VindexColumn {
  tables: TableSet;
  /** Lower case. */
  name: string;
  vindex: SingleColumnVindex;
  /** Undefined where the vschema does not say. */
  column: ColumnTypeInfo | undefined;
  /** The column may be NULL beside rows of this place, because an outer join made it so. */
  nullable: boolean;
}

/** The columns of a table that routing can use. */
export function vindexColumnsOf(table: Table, tables: TableSet): VindexColumn[] {
  return table.columnVindexes.flatMap(({ vindex, columns }) => {
    if (columns.length !== 1 || !isSingleColumn(vindex) || vindex.needsVCursor || !vindex.isUnique) return [];
    return [
      {
        tables,
        name: columns[0].toLowerCase(),
        vindex,
        column: columnTypeOf(table, columns[0]),
        nullable: false,
      },
    ];
  });
}

export function columnTypeOf(table: Table, name: string): ColumnTypeInfo | undefined {
  const column = table.columns.find((c) => c.name.toLowerCase() === name.toLowerCase());
  if (column === undefined || column.type === Type.NULL_TYPE) return undefined;
  return { type: column.type, collation: column.collation };
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
export function canRoute({ vindex, column }: VindexColumn): boolean {
  return samples.some((value) => canRouteByValue(vindex, column, value) !== 'scatter');
}

/** True when rows of two columns that MySQL calls equal lie in the same place. */
export function equalRowsMeet(a: VindexColumn, b: VindexColumn): boolean {
  if (!sameFunction(a.vindex, b.vindex)) return false;
  switch (a.vindex.sameness) {
    case 'constant':
      return true;
    case 'integer':
      return isIntegerLike(a.column) && isIntegerLike(b.column);
    case 'bytes':
    case 'looseText':
      return sameType(a.column, b.column) && canRoute(a) && canRoute(b);
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
export function routingVindex({ vindex, column }: Pick<VindexColumn, 'vindex' | 'column'>): RoutingVindex {
  const destination = (value: TypedValue): Destination | undefined => {
    const decision = canRouteByValue(vindex, column, value);
    return decision === 'scatter' ? undefined : vindex.map([decision.exact])[0];
  };
  return { name: vindex.name, map: async (_ctx, rows) => rows.map(([value]) => destination(value)) };
}

/** The vindex as inserts use it: the value is what the column will store. */
export function storingVindex(table: Table): StoringVindex | undefined {
  const primary = table.columnVindexes.find((v) => v.isPrimary);
  if (primary === undefined || primary.columns.length !== 1 || !isSingleColumn(primary.vindex))
    return undefined;
  const { vindex } = primary;
  const column = columnTypeOf(table, primary.columns[0]);
  return {
    name: vindex.name,
    columns: primary.columns,
    mapStored: async (_ctx, rows) =>
      rows.map(([value]) => {
        const stored = storedValue(vindex, column, value);
        return stored && vindex.map([stored])[0];
      }),
  };
}

/** What a column stores for a value; undefined when that is not certain. */
function storedValue(
  vindex: SingleColumnVindex,
  column: ColumnTypeInfo | undefined,
  value: TypedValue,
): TypedValue | undefined {
  const decision = canRouteByValue(vindex, column, value);
  if (decision !== 'scatter') return decision.exact;
  const isString = isText(value.type) || value.type === Type.VARBINARY || value.type === Type.BLOB;
  const storesText =
    column === undefined ||
    isText(column.type) ||
    column.type === Type.VARBINARY ||
    column.type === Type.BLOB;
  if (vindex.sameness === 'integer' || !storesText) return undefined;
  if (column?.type === Type.CHAR && isString) {
    return {
      type: value.type,
      value: Buffer.from(value.value.toString('latin1').replace(/ +$/, ''), 'latin1'),
    };
  }
  return isString || isIntegral(value.type) ? value : undefined;
}
