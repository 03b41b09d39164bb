import { MysqlConnection, type ConnectOptions } from '@vitess-ts/mysql';
import type { ApplySchemaRequest, SchemaDefinition } from '@vitess-ts/proto/tabletmanagerdata';
import { quoteString, splitStatements } from '@vitess-ts/sqlparser';
import { Code, VtError } from '@vitess-ts/vterrors';

/**
 * Runs a schema change and gives the schema before and after. The expected schemas, where given, guard it: what has the
 * after schema already is left as it is, and what differs from the before schema is refused unless forced. Statements
 * commit one by one: after a failure those before it stay.
 */
export async function applySchema(
  connect: ConnectOptions,
  request: ApplySchemaRequest,
  read: () => Promise<SchemaDefinition>,
  reload: () => Promise<void>,
  signal: AbortSignal,
): Promise<{ beforeSchema: SchemaDefinition; afterSchema: SchemaDefinition }> {
  const beforeSchema = await read();
  if (request.beforeSchema) {
    const difference = firstDifference(request.beforeSchema, beforeSchema);
    if (difference !== undefined) {
      if (request.afterSchema && firstDifference(request.afterSchema, beforeSchema) === undefined) {
        return { beforeSchema, afterSchema: beforeSchema };
      }
      if (!request.force) throw refused('before', difference);
    }
  }
  const connection = await MysqlConnection.connect(connect, signal);
  try {
    if (!request.allowReplication) await connection.query('SET SESSION sql_log_bin = 0', { signal });
    if (request.disableForeignKeyChecks) {
      await connection.query('SET SESSION foreign_key_checks = 0', { signal });
    }
    if (request.sqlMode !== '') {
      await connection.query(`SET SESSION sql_mode = ${quoteString(request.sqlMode)}`, { signal });
    }
    for (const { text } of splitStatements(request.sql, { flavor: 'mariadb' })) {
      await connection.queryMulti(text, { signal });
    }
  } finally {
    await connection.close();
    await reload();
  }
  const afterSchema = await read();
  if (request.afterSchema) {
    const difference = firstDifference(request.afterSchema, afterSchema);
    if (difference !== undefined && !request.force) throw refused('after', difference);
  }
  return { beforeSchema, afterSchema };
}

function refused(which: string, difference: string): VtError {
  return new VtError(Code.FAILED_PRECONDITION, `${which} schema is not as expected: ${difference}`);
}

/** Names the first table that is not the same in both. */
function firstDifference(expected: SchemaDefinition, actual: SchemaDefinition): string | undefined {
  const texts = (schema: SchemaDefinition): Map<string, string> =>
    new Map(schema.tableDefinitions.map((t) => [t.name, `${t.type} ${t.schema}`]));
  const actualTexts = texts(actual);
  for (const [name, text] of texts(expected)) {
    const other = actualTexts.get(name);
    if (other === undefined) return `table ${name} is missing`;
    if (other !== text) return `table ${name} differs`;
    actualTexts.delete(name);
  }
  const [extra] = actualTexts.keys();
  return extra === undefined ? undefined : `table ${extra} is not expected`;
}
