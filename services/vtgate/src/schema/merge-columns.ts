import { Table, type Column, type Keyspace } from '@vitess-ts/proto/vschema';
import type { AgreedTable } from './tracked-table';

/** Comment of the tables that hand out sequence values. */
const SEQUENCE_COMMENT = 'vitess_sequence';

/**
 * The keyspace's vschema with the tracked columns in its tables. An unsharded keyspace gets every table that it has;
 * a sharded one only those that the vschema routes.
 */
export function mergeColumns(vschema: Keyspace, tracked: ReadonlyMap<string, AgreedTable>): Keyspace {
  if (tracked.size === 0) return vschema;
  const tables: Record<string, Table> = { ...vschema.tables };
  for (const [name, table] of tracked) {
    const declared = Object.hasOwn(vschema.tables, name) ? vschema.tables[name] : undefined;
    if (declared === undefined && vschema.sharded) continue;
    tables[name] = mergeTable(declared ?? Table.create(), table, vschema.sharded);
  }
  return { ...vschema, tables };
}

function mergeTable(declared: Table, tracked: AgreedTable, sharded: boolean): Table {
  const isSequence = !sharded && declared.type === '' && tracked.schema.comment === SEQUENCE_COMMENT;
  return { ...declared, ...mergedList(declared, tracked), type: isSequence ? 'sequence' : declared.type };
}

/** A list that the vschema declares to be whole stays, with the real types; any other gives way to the real columns. */
function mergedList(
  declared: Table,
  tracked: AgreedTable,
): Pick<Table, 'columns' | 'columnListAuthoritative'> {
  const real = new Map(tracked.columns.map((c) => [c.name.toLowerCase(), c]));
  if (declared.columnListAuthoritative) {
    return {
      columns: declared.columns.map((c) => real.get(c.name.toLowerCase()) ?? unknownType(c, tracked)),
      columnListAuthoritative: true,
    };
  }
  if (tracked.columns.length === 0) return { columns: declared.columns, columnListAuthoritative: false };
  return { columns: [...tracked.columns], columnListAuthoritative: tracked.isComplete };
}

/** While shards differ in a column, its declared type is right on some of them only. */
function unknownType(column: Column, tracked: AgreedTable): Column {
  return tracked.isComplete || tracked.schema.columns.length === 0
    ? column
    : { ...column, type: 0, collationName: '', nullable: undefined };
}
