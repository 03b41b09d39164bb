import type { TableName } from '@vitess-ts/sqlparser';

/** Cuts the keyspaces out of a statement that starts at `start` of the text that the names' places count from. */
export function withoutQualifiers(text: string, start: number, tables: readonly TableName[]): string {
  return tables
    .filter((table) => table.keyspace !== undefined && table.start !== undefined)
    .sort((a, b) => b.start! - a.start!)
    .reduce((result, table) => {
      const from = table.start! - start;
      const rest = result.slice(from).replace(/^(?:`(?:[^`]|``)+`|[\w$\u0080-\uffff]+)\s*\.\s*/, '');
      return result.slice(0, from) + rest;
    }, text);
}
