import type { MysqlConnection } from '@vitess-ts/mysql';
import { SchemaDefinition, TableDefinition, type GetSchemaRequest } from '@vitess-ts/proto/tabletmanagerdata';
import { quoteName, quoteString } from '@vitess-ts/sqlparser';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { Field } from '@vitess-ts/proto/query';
import type { SchemaEngine } from '../schema/schema-engine';

const timeoutMs = 10_000;
/** Stands for the database's name in texts that are compared between shards and keyspaces. */
const databasePlaceholder = '`{{.DatabaseName}}`';

/**
 * The schema as `GetSchema` and schema comparisons want it: tables before views, by name; views and the database name
 * the database by a placeholder.
 */
export async function schemaDefinition(
  schema: SchemaEngine,
  connection: MysqlConnection,
  database: string,
  request: Pick<GetSchemaRequest, 'tables' | 'excludeTables' | 'includeViews' | 'tableSchemaOnly'>,
): Promise<SchemaDefinition> {
  const included = nameFilter(request.tables, true);
  const excluded = nameFilter(request.excludeTables, false);
  const names = schema
    .tableNames()
    .filter((name) => included(name) && !excluded(name) && (request.includeViews || !schema.isView(name)))
    .sort((a, b) => Number(schema.isView(a)) - Number(schema.isView(b)));
  const texts = await schema.createStatementsOf(names);
  const sizes = request.tableSchemaOnly ? new Map() : await tableSizes(connection, database);
  const tables: TableDefinition[] = [];
  for (const name of names) {
    const text = texts.get(name);
    const table = schema.table(name);
    if (text === undefined || !table) continue;
    const isView = schema.isView(name);
    tables.push(
      TableDefinition.fromPartial({
        name,
        schema: isView ? text.replaceAll(quoteName(database), databasePlaceholder) : text,
        columns: table.columns.map((column) => column.name),
        primaryKeyColumns: table.primaryKey,
        type: isView ? 'VIEW' : 'BASE TABLE',
        dataLength: sizes.get(name)?.bytes ?? 0n,
        rowCount: sizes.get(name)?.rows ?? 0n,
        fields: request.tableSchemaOnly ? [] : await fieldsOf(connection, name),
      }),
    );
  }
  return {
    databaseSchema: (await createDatabaseText(connection, database)).replaceAll(
      quoteName(database),
      databasePlaceholder,
    ),
    tableDefinitions: tables,
  };
}

/** Names, or `/regular expressions/`. No names: `whenEmpty`. */
function nameFilter(patterns: readonly string[], whenEmpty: boolean): (name: string) => boolean {
  if (patterns.length === 0) return () => whenEmpty;
  const tests = patterns.map((pattern) => {
    if (!/^\/.*\/$/.test(pattern)) return (name: string) => name === pattern;
    try {
      const expression = new RegExp(pattern.slice(1, -1));
      return (name: string) => expression.test(name);
    } catch (error) {
      throw new VtError(Code.INVALID_ARGUMENT, `cannot compile regexp ${pattern} for table`, {
        cause: error,
      });
    }
  });
  return (name) => tests.some((test) => test(name));
}

async function tableSizes(
  connection: MysqlConnection,
  database: string,
): Promise<Map<string, { bytes: bigint; rows: bigint }>> {
  const { rows } = await connection.query(
    `SELECT table_name, data_length, table_rows FROM information_schema.tables
      WHERE table_schema = ${quoteString(database)}`,
    { timeoutMs },
  );
  const number = (value: Buffer | null): bigint => BigInt(value?.toString() ?? '0');
  return new Map(
    rows
      .rows()
      .map(([name, bytes, count]) => [String(name), { bytes: number(bytes), rows: number(count) }] as const),
  );
}

async function fieldsOf(connection: MysqlConnection, table: string): Promise<Field[]> {
  const { fields } = await connection.query(`SELECT * FROM ${quoteName(table)} WHERE 1 != 1`, { timeoutMs });
  return fields as Field[];
}

async function createDatabaseText(connection: MysqlConnection, database: string): Promise<string> {
  const { rows } = await connection.query(`SHOW CREATE DATABASE IF NOT EXISTS ${quoteName(database)}`, {
    timeoutMs,
  });
  return String(rows.value(0, 1));
}
