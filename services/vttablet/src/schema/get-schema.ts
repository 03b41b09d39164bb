import { GetSchemaResponse, SchemaTableType } from '@vitess-ts/proto/query';
import type { SchemaEngine } from './schema-engine';

/** Tables in one message, so that messages stay small. */
const tablesPerMessage = 100;

/** Answers the GetSchema RPC: CREATE statements and columns. No names means all. User functions are not read. */
export async function* getSchema(
  schema: SchemaEngine,
  tableType: SchemaTableType,
  tableNames: readonly string[],
): AsyncIterable<GetSchemaResponse> {
  const asked = tableNames.length > 0 ? [...new Set(tableNames)] : schema.tableNames();
  const names = asked.filter((name) => {
    if (!schema.table(name)) return false;
    switch (tableType) {
      case SchemaTableType.VIEWS:
        return schema.isView(name);
      case SchemaTableType.TABLES:
        return !schema.isView(name);
      case SchemaTableType.ALL:
        return true;
      default:
        return false;
    }
  });
  for (let i = 0; i < names.length; i += tablesPerMessage) {
    const part = names.slice(i, i + tablesPerMessage);
    const message = GetSchemaResponse.fromPartial({});
    for (const [name, sql] of await schema.createStatementsOf(part)) {
      message.tableDefinition[name] = sql;
      const table = schema.table(name);
      if (table) message.tables[name] = table;
    }
    yield message;
  }
}
