import { RowBatch, type Result, type Value } from '@vitess-ts/sqltypes';
import { logicalRows, nameColumns, type NameColumn } from './logical-rows';
import { physicalSchema } from './schema-columns';

/**
 * Of the rows of a system table on one keyspace's server those that are about that keyspace, under its own name; with
 * `isFirst` also those about the server's own schemas, or about no schema. What is the cluster's own is left out.
 */
export async function* keyspaceRows(
  results: AsyncIterable<Result>,
  keyspace: string,
  keyspaces: ReadonlySet<string>,
  isFirst: boolean,
): AsyncGenerator<Result> {
  let columns: NameColumn[] | undefined;
  for await (const result of results) {
    columns ??= nameColumns(result.fields);
    const owner = columns.find((c) => !c.isText)?.index;
    const isWanted = (value: Value): boolean => isAbout(value?.toString(), keyspace, keyspaces, isFirst);
    const rows = result.rows.rows().filter((row) => (owner === undefined ? isFirst : isWanted(row[owner])));
    yield logicalRows({ ...result, rows: RowBatch.from(result.rows.columns, rows) }, columns, keyspaces);
  }
}

function isAbout(
  schema: string | undefined,
  keyspace: string,
  keyspaces: ReadonlySet<string>,
  isFirst: boolean,
): boolean {
  if (schema === physicalSchema(keyspace)) return true;
  const isOwn = schema === '_vt' || [...keyspaces].some((name) => schema === physicalSchema(name));
  return isFirst && !isOwn;
}
