export { isSystemSchema } from '../../planner/sql-text';

/** Columns of system tables that hold the name of a schema (MySQL and MariaDB manuals, INFORMATION_SCHEMA Tables). */
const schemaColumns: ReadonlySet<string> = new Set([
  'constraint_schema',
  'current_schema',
  'database_name',
  'db',
  'event_object_schema',
  'event_schema',
  'index_schema',
  'object_schema',
  'referenced_table_schema',
  'routine_schema',
  'sequence_schema',
  'specific_schema',
  'table_schema',
  'trigger_schema',
  'unique_constraint_schema',
  'view_schema',
]);

export const isSchemaColumn = (name: string): boolean => schemaColumns.has(name.toLowerCase());

/** Columns with SQL text in which the server has put its own schema names in front of tables. */
export const isSqlTextColumn = (name: string): boolean => name.toLowerCase() === 'view_definition';

/** The name of a keyspace's schema on its servers. */
export const physicalSchema = (keyspace: string): string => `vt_${keyspace}`;
