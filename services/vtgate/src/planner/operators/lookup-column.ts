import { Type, isIntegral, isText, type TypedValue } from '@vitess-ts/sqltypes';
import {
  canRouteByValue,
  columnOf,
  lookupOperations,
  lookupTable,
  type ColumnTypeInfo,
  type LookupOperations,
  type LookupVindex,
  type VSchema,
} from '@vitess-ts/vindexes';
import { VtError } from '@vitess-ts/vterrors';

/** How a lookup vindex routes values of a column. */
export interface LookupColumn {
  operations: LookupOperations;
  /** Values of the column are compared as those of the lookup's table are: equal ones have one entry there. */
  comparesAlike: boolean;
  /** The values to look for, where they find all rows whose column equals the value; undefined: any shard may have some. */
  forms(value: TypedValue): TypedValue[] | undefined;
}

/** Undefined when nothing is routed by the vindex: it is not filled yet, or its table is not known. */
export function lookupColumnOf(
  vindex: LookupVindex,
  keyspace: string,
  column: ColumnTypeInfo | undefined,
  vschema: VSchema,
): LookupColumn | undefined {
  const { lookup } = vindex;
  if (lookup.writeOnly || lookup.fromColumns.length !== 1) return undefined;
  try {
    const from = columnOf(lookupTable(vschema, keyspace, vindex), lookup.fromColumns[0]);
    const operations = lookupOperations(vschema, keyspace, vindex.name);
    const known = from === undefined || from.type === Type.NULL_TYPE ? undefined : from;
    const isAlike =
      vindex.sameness === undefined &&
      column !== undefined &&
      known !== undefined &&
      comparesAlike(column, known);
    return { operations, comparesAlike: isAlike, forms: (value) => formsOf(vindex, column, known, value) };
  } catch (error) {
    // Whoever writes to it is told; reads do without.
    if (error instanceof VtError) return undefined;
    throw error;
  }
}

/**
 * The lookup's table compares the value as the column's own would when both columns are of one type and collation. Else
 * only integers are certain, which all columns hold in the same digits.
 */
function formsOf(
  vindex: LookupVindex,
  column: ColumnTypeInfo | undefined,
  from: ColumnTypeInfo | undefined,
  value: TypedValue,
): TypedValue[] | undefined {
  if (value.type === Type.NULL_TYPE) return [value];
  if (vindex.sameness !== undefined) {
    const decision = canRouteByValue(vindex, column, value);
    if (decision === 'scatter') return undefined;
    return 'exact' in decision ? [decision.exact] : decision.exactAny;
  }
  if (column !== undefined && from !== undefined && comparesAlike(column, from)) return [value];
  if (!isIntegral(value.type)) return undefined;
  const holdsIntegers = (type: ColumnTypeInfo | undefined): boolean =>
    type === undefined || (isIntegral(type.type) && type.type !== Type.YEAR);
  return holdsIntegers(column) && holdsIntegers(from) ? [value] : undefined;
}

function comparesAlike(a: ColumnTypeInfo, b: ColumnTypeInfo): boolean {
  if (isIntegral(a.type) && isIntegral(b.type)) return a.type !== Type.YEAR && b.type !== Type.YEAR;
  if (isText(a.type) && isText(b.type)) {
    return a.collation === b.collation && a.collation !== '' && holdsAlike(a.type) && holdsAlike(b.type);
  }
  return a.type === b.type && ![Type.FLOAT32, Type.JSON, Type.ENUM, Type.SET].some((t) => t === a.type);
}

const holdsAlike = (type: number): boolean => type !== Type.ENUM && type !== Type.SET;
