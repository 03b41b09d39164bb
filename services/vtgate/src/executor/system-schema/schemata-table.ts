import { parse, quoteName, quoteString, type DerivedTable, type Select } from '@vitess-ts/sqlparser';
import { physicalSchema } from './schema-columns';
import type { SchemaTarget } from './schema-target';

/** Columns of information_schema.schemata behind the schema's name; each server has one of its own. */
const lastColumns = { mariadb: 'SCHEMA_COMMENT', mysql: 'DEFAULT_ENCRYPTION' } as const;

/**
 * The table of schemas as clients know it: the server's system schemas, and all keyspaces of the cluster, each with the
 * character set that the answering one has. What is the cluster's own is left out.
 */
export function schemataTable(alias: string, { keyspace, keyspaces, dialect }: SchemaTarget): DerivedTable {
  const own = quoteString(physicalSchema(keyspace));
  const columns = (name: string): string =>
    `CATALOG_NAME, ${name} as SCHEMA_NAME, DEFAULT_CHARACTER_SET_NAME, DEFAULT_COLLATION_NAME, SQL_PATH, ` +
    lastColumns[dialect];
  const from = 'from information_schema.schemata where SCHEMA_NAME';
  const queries = [
    `select ${columns('SCHEMA_NAME')} ${from} not in ('_vt', ${own})`,
    ...[...new Set([keyspace, ...keyspaces])]
      .sort()
      .map((name) => `select ${columns(quoteString(name))} ${from} = ${own}`),
  ];
  const select = parse(`select * from (${queries.join(' union all ')}) ${quoteName(alias)}`) as Select;
  return select.from[0] as DerivedTable;
}
