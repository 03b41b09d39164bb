import { quoteName } from '@vitess-ts/sqlparser';
import type { BindVariables, Field, Row } from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';
import { storedValue } from '../stored-value';
import type { ExecContext, ResolvedShard } from '../primitive';
import { keyCondition, type ChangedTable, type Columns } from './changed-table';

/** What moving rows needs of their table. */
export interface MovedRows {
  /** The columns of the first step that have the row's key after the update. */
  newKey: Columns;
  /** The columns that are written, each with the text that reads it exactly. */
  columns: readonly { name: string; read: string }[];
}

interface Move {
  fields: readonly Field[];
  row: Row;
  from: ResolvedShard;
  to: ResolvedShard;
}

/**
 * Takes a row that has been updated where it was to the shard where it belongs now, within the transaction: no one else
 * sees it in both places or in none once that has committed.
 */
export async function moveRow(
  ctx: ExecContext,
  table: ChangedTable,
  { newKey, columns }: MovedRows,
  { fields, row, from, to }: Move,
  binds: BindVariables,
): Promise<void> {
  const name = quoteName(table.name);
  const located = { row, count: 1, shards: [from] };
  const key = keyCondition({ ...table.key, columns: newKey }, fields, [located], quoteName);
  const how = { isDml: true, canAutocommit: false };
  const run = (shard: ResolvedShard, sql: string, own: BindVariables) =>
    ctx.execute([shard], [{ sql, bindVariables: { ...binds, ...own } }], how);
  const items = columns.map((c) => c.read).join(', ');
  const [read] = await run(from, `select ${items} from ${name} where ${key.sql} for update`, key.binds);
  if (read.rows.length !== 1) throw notFound(table, read.rows.length);
  const values = Object.fromEntries(
    read.rows.row(0).map((value, i) => [`__m${i}`, storedValue(read.fields[i], value)]),
  );
  await run(from, `delete from ${name} where ${key.sql}`, key.binds);
  const names = columns.map((c) => quoteName(c.name)).join(', ');
  const marks = columns.map((_, i) => `:__m${i}`).join(', ');
  await run(to, `insert into ${name}(${names}) values (${marks})`, values);
}

function notFound({ keyspace, name }: ChangedTable, rows: number): VtError {
  return new VtError(
    Code.FAILED_PRECONDITION,
    `a row of ${keyspace.name}.${name} was to move to another shard, but its new key names ${rows} rows; ` +
      "write the new values in their columns' types",
  );
}
