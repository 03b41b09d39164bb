import { collationByName, type MysqlConnection } from '@vitess-ts/mysql';
import { TableSchema, type Column } from '@vitess-ts/proto/vttsquery';
import type { Value } from '@vitess-ts/sqltypes';
import { binaryCollation, columnTypeNumber, hasCollation } from './column-type';

/** A table, and a text that differs whenever its definition does, as far as information_schema shows it. */
export interface TableDefinition {
  schema: TableSchema;
  signature: string;
}

const timeoutMs = 10_000;
/** A schema with more columns than this in all is refused, so that a reload has a bound. */
const maxColumns = 500_000;

/** All tables and views of a database, from information_schema, by name. */
export async function readSchema(
  connection: MysqlConnection,
  database: string,
): Promise<Map<string, TableDefinition>> {
  const schema = `'${database.replace(/[\\']/g, '\\$&')}'`;
  const limits = { timeoutMs, maxRows: maxColumns };
  const tables = await connection.query(
    `SELECT table_name, table_type, table_comment, table_collation, create_time
       FROM information_schema.tables WHERE table_schema = ${schema} AND table_type <> 'SEQUENCE'`,
    limits,
  );
  const columns = await connection.query(
    `SELECT table_name, column_name, data_type, column_type, collation_name, is_nullable, column_default, extra
       FROM information_schema.columns WHERE table_schema = ${schema} ORDER BY table_name, ordinal_position`,
    limits,
  );
  const keys = await connection.query(
    `SELECT table_name, index_name, non_unique, column_name, sub_part
       FROM information_schema.statistics WHERE table_schema = ${schema}
      ORDER BY table_name, index_name, seq_in_index`,
    limits,
  );
  const json = await jsonColumns(connection, schema);
  const definitions = new Map<string, TableDefinition>();
  for (const [name, type, comment, collation, created] of tables.rows.rows()) {
    definitions.set(text(name), {
      schema: TableSchema.fromPartial({
        tableType: text(type) === 'VIEW' ? 'VIEW' : 'BASE TABLE',
        comment: text(type) === 'VIEW' ? '' : text(comment),
        collation: text(collation),
      }),
      signature: text(created),
    });
  }
  for (const [table, ...row] of columns.rows.rows()) {
    const definition = definitions.get(text(table));
    if (!definition) continue;
    const read = column(row);
    if (json.has(`${text(table)}.${read.name}`)) read.columnType = 'json';
    definition.schema.columns.push(read);
  }
  addKeys(definitions, keys.rows.rows());
  for (const definition of definitions.values())
    definition.signature += `\n${JSON.stringify(definition.schema)}`;
  return definitions;
}

/** `table.column` of MariaDB's JSON columns: text whose constraint says that it is JSON. */
async function jsonColumns(connection: MysqlConnection, schema: string): Promise<ReadonlySet<string>> {
  if (!connection.serverVersion.includes('MariaDB')) return new Set();
  const { rows } = await connection.query(
    `SELECT table_name, check_clause FROM information_schema.check_constraints
      WHERE constraint_schema = ${schema} AND check_clause LIKE 'json_valid(%'`,
    { timeoutMs, maxRows: maxColumns },
  );
  return new Set(
    rows.rows().flatMap(([table, clause]) => {
      const match = /^json_valid\(`((?:[^`]|``)+)`\)$/.exec(text(clause));
      return match === null ? [] : [`${text(table)}.${match[1].replaceAll('``', '`')}`];
    }),
  );
}

function column([name, dataType, columnType, collation, nullable, defaultValue, extra]: Value[]): Column {
  const collationName = collation === null ? null : text(collation);
  const isText = hasCollation(collationName);
  const extras = text(extra).toLowerCase();
  return {
    name: text(name),
    type: columnTypeNumber(text(dataType).toLowerCase(), text(columnType), collationName),
    columnType: text(columnType),
    collation: isText ? (collationByName(collationName)?.id ?? binaryCollation) : binaryCollation,
    collationName: isText ? collationName : '',
    nullable: text(nullable) === 'YES',
    invisible: /\binvisible\b/.test(extras),
    autoIncrement: /\bauto_increment\b/.test(extras),
    generated: /\b(virtual|stored|persistent) generated\b/.test(extras),
    defaultValue: defaultValue === null ? undefined : text(defaultValue),
    extra: text(extra),
  };
}

interface Key {
  name: string;
  columns: string[];
  /** On parts of columns or on expressions: it does not make rows unique by its columns. */
  partial: boolean;
}

/** Unique keys go into the schema, all keys into the signature. */
function addKeys(definitions: Map<string, TableDefinition>, rows: readonly Value[][]): void {
  const unique = new Map<string, Map<string, Key>>();
  for (const row of rows) {
    const [table, index, nonUnique, columnName, subPart] = row;
    const definition = definitions.get(text(table));
    if (!definition) continue;
    definition.signature += `|${row.map(text).join(',')}`;
    if (text(nonUnique) !== '0') continue;
    const keys = unique.get(text(table)) ?? new Map<string, Key>();
    unique.set(text(table), keys);
    const key = keys.get(text(index)) ?? { name: text(index), columns: [], partial: false };
    keys.set(key.name, key);
    key.columns.push(text(columnName));
    key.partial ||= subPart !== null || columnName === null;
  }
  for (const [table, keys] of unique) {
    const schema = definitions.get(table)?.schema;
    for (const { name, columns, partial } of keys.values()) {
      if (partial || !schema) continue;
      if (name === 'PRIMARY') schema.primaryKey = columns;
      else schema.uniqueKeys.push({ name, columns });
    }
  }
}

function text(value: Value): string {
  return value === null ? '' : value.toString('utf8');
}
