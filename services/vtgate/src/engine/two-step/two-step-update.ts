import { assert } from '@vitess-ts/base';
import { Type, emptyResult, type BindVariables, type Field, type Result } from '@vitess-ts/sqltypes';
import type { KeyspaceId } from '@vitess-ts/key';
import { SqlError } from '@vitess-ts/vterrors';
import { collect } from '../collect';
import { storedValue } from '../stored-value';
import type { RowEntries, StoringVindex } from '../insert';
import { invalidValueError } from '../invalid-value-error';
import type { ExecContext, Primitive, PrimitiveDescription } from '../primitive';
import { unsupported } from '../unsupported';
import type { LookupOperations, LookupRow } from '@vitess-ts/vindexes';
import {
  locate,
  lookupRow,
  typedValues,
  type ChangedTable,
  type Columns,
  type LocatedRow,
} from './changed-table';
import { joined, KeyedWriter, type KeyedStatement } from './keyed-writer';
import { moveRow, type MovedRows } from './move-row';

export interface UpdatedTable extends ChangedTable {
  statement: KeyedStatement;
  /** Bind variables of the statement that have a value of their own in each row. */
  values: readonly { name: string; column: number }[];
  /** Of each lookup, the new values of its columns; they may be the old ones. */
  newEntries: readonly Columns[];
  /** Vindexes that the row must go on to agree with. */
  checks: readonly { entries: RowEntries; columns: Columns }[];
  /** Set when the statement may change where rows are. */
  move?: MovedRows & { vindex: StoringVindex; newColumns: Columns };
}

export interface TwoStepUpdateOptions {
  /** Reads and locks the rows, and computes what the statement itself cannot. */
  select: Primitive;
  tables: readonly UpdatedTable[];
}

/**
 * Updates rows in two steps, in one transaction: the first reads and locks them wherever they are, the second writes
 * them by their keys. Entries of lookups follow, and rows whose primary vindex changes move to their new shard.
 */
export class TwoStepUpdate implements Primitive {
  constructor(readonly options: TwoStepUpdateOptions) {}

  async *execute(ctx: ExecContext, bindVariables: BindVariables): AsyncGenerator<Result> {
    // Before the first read opens a transaction: it is begun for such a commit.
    if (this.options.tables.some((t) => t.move !== undefined)) ctx.requireAtomicCommit();
    const { fields, rows } = await collect(this.options.select, ctx, bindVariables);
    const all = rows.rows();
    const results: Result[] = [];
    for (const table of this.options.tables) {
      const located = await locate(ctx, table, fields, all);
      results.push(await updateRows(ctx, table, fields, located, bindVariables));
    }
    const { rowsAffected, warnings, info } = joined(results);
    yield emptyResult({
      rowsAffected,
      warnings,
      info: info === '' ? 'Rows matched: 0  Changed: 0  Warnings: 0' : info,
    });
  }

  async fields(): Promise<Field[]> {
    return [];
  }

  describe(): PrimitiveDescription {
    const { select, tables } = this.options;
    return {
      operatorType: 'DMLWithInput',
      variant: 'Update',
      keyspace: tables[0].keyspace,
      other: {
        Tables: tables.map((t) => `${t.keyspace.name}.${t.name}`),
        Query: tables.map((t) => `${t.statement.prefix}:key${t.statement.suffix}`),
        Keys: tables.map((t) => t.key.names.join(', ')),
        ...(tables.some((t) => t.move !== undefined) ? { MovesRows: true } : {}),
      },
      inputs: [select.describe()],
    };
  }
}

/** Updates rows of one table that the first step has read. */
export async function updateRows(
  ctx: ExecContext,
  table: UpdatedTable,
  fields: readonly Field[],
  rows: readonly LocatedRow[],
  binds: BindVariables,
): Promise<Result> {
  // Before the first write: what an atomic commit needs of it is kept from then on.
  if (table.move !== undefined && rows.length > 0) ctx.requireAtomicCommit();
  const writer = new KeyedWriter(ctx, table, fields);
  const isRowByRow =
    table.values.length > 0 ||
    table.newEntries.length > 0 ||
    table.checks.length > 0 ||
    table.move !== undefined;
  if (!isRowByRow) return writer.writeAll(table.statement, rows, binds);
  const results: Result[] = [];
  for (const row of rows) results.push(await new RowUpdate(ctx, table, fields, writer, binds).run(row));
  return joined(results);
}

class RowUpdate {
  constructor(
    private readonly ctx: ExecContext,
    private readonly table: UpdatedTable,
    private readonly fields: readonly Field[],
    private readonly writer: KeyedWriter,
    private readonly binds: BindVariables,
  ) {}

  async run(located: LocatedRow): Promise<Result> {
    const { table, ctx, fields } = this;
    const { row } = located;
    const binds = { ...this.binds };
    for (const { name, column } of table.values) binds[name] = storedValue(fields[column], row[column]);
    const newId = await this.newIdOf(located);
    const goes = await this.changeEntries(located, newId);
    const updated = await this.writer.writeOne(table.statement, located, binds);
    if (newId !== undefined && table.move !== undefined) await this.move(located, newId, table.move);
    for (const { operations, row: old } of goes) await operations.remove(ctx.lookups, [old]);
    return updated;
  }

  private async move({ row, shards }: LocatedRow, newId: KeyspaceId, rows: MovedRows): Promise<void> {
    const { ctx, table, fields } = this;
    const [[shard]] = await ctx.resolve(table.keyspace.name, [{ kind: 'keyspaceId', id: newId }]);
    const [before] = shards;
    if (shard.shard === before.shard) return;
    await moveRow(ctx, table, rows, { fields, row, from: before, to: shard }, this.binds);
  }

  /** The keyspace id that the row will have; undefined when it stays what it is. */
  private async newIdOf({ row }: LocatedRow): Promise<KeyspaceId | undefined> {
    const { move, keyspace, name } = this.table;
    if (move === undefined) return undefined;
    const values = typedValues(this.fields, row, move.newColumns);
    const missing = values.findIndex((v) => v.type === Type.NULL_TYPE);
    if (missing >= 0) {
      throw new SqlError(1048, '23000', `Column '${move.vindex.columns[missing]}' cannot be null`);
    }
    const [place] = await move.vindex.mapStored(this.ctx, [values]);
    if (place?.kind === 'keyspaceId') return place.id;
    if (place?.kind === 'invalid') {
      const column = move.vindex.columns[place.column];
      const at = { keyspace: keyspace.name, table: name, column, row: 1, value: values[place.column] };
      throw invalidValueError(place.why, at);
    }
    throw unsupported(
      `a new value of ${move.vindex.columns.join(', ')} in table '${name}' that vindex '${move.vindex.name}' maps to no shard`,
      "write the value in the column's type",
    );
  }

  /** Entries of lookups and rules of other vindexes, before the row itself; returns the entries to remove after it. */
  private async changeEntries(
    located: LocatedRow,
    newId: KeyspaceId | undefined,
  ): Promise<{ operations: LookupOperations; row: LookupRow }[]> {
    const { table, fields, ctx } = this;
    const { row, id } = located;
    const now = newId ?? id;
    for (const { entries, columns } of table.checks) {
      assert(now !== undefined, 'only rows with a keyspace id have vindexes');
      await entries.insert(ctx, [typedValues(fields, row, columns)], [now]);
    }
    const goes: { operations: LookupOperations; row: LookupRow }[] = [];
    for (const [i, { operations, columns }] of table.lookups.entries()) {
      const before = lookupRow(table, fields, located, columns);
      assert(before !== undefined && now !== undefined, 'only rows with a keyspace id have lookups');
      const after = { ...before, values: typedValues(fields, row, table.newEntries[i]), id: now };
      if (await operations.change(ctx.lookups, before, after)) goes.push({ operations, row: before });
    }
    return goes;
  }
}
