import { Type, type TypedValue } from '@vitess-ts/sqltypes';
import {
  isLookup,
  isMultiColumn,
  isSingleColumn,
  lookupOperations,
  type ColumnVindex,
  type LookupOperations,
  type Table,
} from '@vitess-ts/vindexes';
import type { KeyspaceId } from '@vitess-ts/key';
import { SqlError, VtError, Code } from '@vitess-ts/vterrors';
import type { RowEntries } from '../engine/insert';
import type { PlanContext } from './plan-context';

/** The lookup vindex whose entries change with the rows of a table. */
export interface OwnedLookup {
  columnVindex: ColumnVindex;
  operations: LookupOperations;
}

/** The lookups that a table owns. Throws NOT_FOUND when the vschema has not their tables. */
export function ownedLookups(table: Table, context: PlanContext): OwnedLookup[] {
  return table.columnVindexes
    .filter((v) => v.owned && isLookup(v.vindex))
    .map((columnVindex) => {
      const { columns, vindex } = columnVindex;
      const keyName = keyOn(table, columns, context);
      return {
        columnVindex,
        operations: lookupOperations(context.vschema, table.keyspace.name, vindex.name, keyName),
      };
    });
}

/** The name of the unique key on these columns, if the table has one. */
function keyOn(table: Table, columns: readonly string[], { planning }: PlanContext): string | undefined {
  const schema = planning.tableSchema?.(table.keyspace.name, table.name);
  const wanted = columns.map((c) => c.toLowerCase()).join('\0');
  return schema?.uniqueKeys.find((key) => key.columns.map((c) => c.toLowerCase()).join('\0') === wanted)
    ?.name;
}

/** All vindexes of a table but the primary one, as inserts use them. */
export function rowEntries(table: Table, context: PlanContext): RowEntries[] {
  const owned = ownedLookups(table, context).map(({ columnVindex, operations }): RowEntries => ({
    name: columnVindex.vindex.name,
    columns: columnVindex.columns,
    insert: (ctx, rows, ids) => operations.create(ctx.lookups, rows, ids),
  }));
  return [...checkedVindexes(table, context).map((c) => c.entries), ...owned];
}

/** The vindexes of a table whose entries other rows make. */
export function checkedVindexes(
  table: Table,
  context: PlanContext,
): { columnVindex: ColumnVindex; entries: RowEntries }[] {
  const others = table.columnVindexes.filter((v) => !v.isPrimary && !(v.owned && isLookup(v.vindex)));
  return others.flatMap((columnVindex) =>
    checkedEntries(table, columnVindex, context).map((entries) => ({ columnVindex, entries })),
  );
}

/** A vindex that other rows decide: a row may be there only where the vindex maps its values. */
function checkedEntries(table: Table, columnVindex: ColumnVindex, context: PlanContext): RowEntries[] {
  const { vindex, columns } = columnVindex;
  const verify = verifier(table, columnVindex, context);
  if (verify === undefined) return [];
  return [
    {
      name: vindex.name,
      columns,
      insert: async (ctx, rows, ids) => {
        const full = rows.map((_, i) => i).filter((i) => rows[i].every((v) => v.type !== Type.NULL_TYPE));
        const fits = await verify(
          ctx,
          full.map((i) => rows[i]),
          full.map((i) => ids[i]),
        );
        const wrong = full.find((_, i) => !fits[i]);
        if (wrong !== undefined) throw notMapped(vindex.name, columns, rows[wrong], ids[wrong]);
      },
    },
  ];
}

type Verify = (
  ctx: Parameters<RowEntries['insert']>[0],
  rows: readonly TypedValue[][],
  ids: readonly KeyspaceId[],
) => boolean[] | Promise<boolean[]>;

function verifier(
  table: Table,
  { vindex, columns }: ColumnVindex,
  { vschema }: PlanContext,
): Verify | undefined {
  if (isLookup(vindex)) {
    const operations = lookupOperations(vschema, table.keyspace.name, vindex.name);
    return (ctx, rows, ids) => operations.verify(ctx.lookups, rows, ids);
  }
  if (isMultiColumn(vindex)) return (_ctx, rows, ids) => vindex.verifyRows(rows, ids);
  if (!isSingleColumn(vindex) || columns.length !== 1) return undefined;
  return (_ctx, rows, ids) =>
    vindex.verify(
      rows.map(([value]) => value),
      ids,
    );
}

function notMapped(
  vindex: string,
  columns: readonly string[],
  row: readonly TypedValue[],
  id: KeyspaceId,
): VtError {
  const values = row.map((v) => v.value.toString().slice(0, 40)).join(', ');
  return new VtError(
    Code.INVALID_ARGUMENT,
    `values (${values}) of column ${columns.join(', ')} do not map to keyspace id ${id.toString('hex').slice(0, 64)} ` +
      `by vindex ${vindex}: a row can be there only with a value that its owner has`,
  );
}

/** A column that must have a value in an INSERT and has none. */
export function withoutDefault(column: string): SqlError {
  return new SqlError(1364, 'HY000', `Field '${column}' doesn't have a default value`);
}
