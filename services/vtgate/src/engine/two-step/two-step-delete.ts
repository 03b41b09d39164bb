import { emptyResult, type BindVariables, type Field, type Result, type Row } from '@vitess-ts/sqltypes';
import { collect } from '../collect';
import type { ExecContext, Primitive, PrimitiveDescription } from '../primitive';
import { locate, lookupRow, type ChangedTable } from './changed-table';
import { joined, KeyedWriter, type KeyedStatement } from './keyed-writer';

export interface DeletedTable extends ChangedTable {
  statement: KeyedStatement;
}

export interface TwoStepDeleteOptions {
  /** Reads and locks the rows. */
  select: Primitive;
  tables: readonly DeletedTable[];
}

/**
 * Deletes rows in two steps, in one transaction: the first reads and locks them wherever they are, the second deletes
 * them by their keys, and their entries in lookups.
 */
export class TwoStepDelete implements Primitive {
  constructor(readonly options: TwoStepDeleteOptions) {}

  async *execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    const { fields, rows } = await collect(this.options.select, ctx, bindVariables);
    const all = rows.rows();
    const results: Result[] = [];
    for (const table of this.options.tables) {
      results.push(await deleteRows(ctx, table, fields, all, bindVariables));
    }
    const { rowsAffected, warnings, fields: returned, rows: returnedRows } = joined(results);
    yield emptyResult({ rowsAffected, warnings, fields: returned, rows: returnedRows });
  }

  async fields(): Promise<Field[]> {
    return [];
  }

  describe(): PrimitiveDescription {
    const { select, tables } = this.options;
    return {
      operatorType: 'DMLWithInput',
      variant: 'Delete',
      keyspace: tables[0].keyspace,
      other: {
        Tables: tables.map((t) => `${t.keyspace.name}.${t.name}`),
        Query: tables.map((t) => `${t.statement.prefix}:key${t.statement.suffix}`),
        Keys: tables.map((t) => t.key.names.join(', ')),
      },
      inputs: [select.describe()],
    };
  }
}

/** Deletes rows of one table that the first step has read, then their entries in lookups. */
export async function deleteRows(
  ctx: ExecContext,
  table: DeletedTable,
  fields: readonly Field[],
  rows: readonly Row[],
  binds: BindVariables,
): Promise<Result> {
  const located = await locate(ctx, table, fields, rows);
  const writer = new KeyedWriter(ctx, table, fields);
  const result = await writer.writeAll(table.statement, located, binds);
  for (const { operations, columns } of table.lookups) {
    await operations.remove(
      ctx.lookups,
      located.flatMap((row) => lookupRow(table, fields, row, columns) ?? []),
    );
  }
  return result;
}
