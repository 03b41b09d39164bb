import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parse, splitStatements } from '@vitess-ts/sqlparser';
import type { Keyspace } from '@vitess-ts/proto/vschema';
import { keyspaceFromJson } from '@vitess-ts/vindexes';

/** What is loaded into a keyspace when it is first started. */
export interface KeyspaceSchema {
  ddl: string[];
  /** Statements that are no DDL, in order: rows of sequences, sample data. */
  statements: string[];
  vschema?: Keyspace;
}

/** Reads `DIR/<keyspace>/*.sql` in the order of names, and `DIR/<keyspace>/vschema.json`. */
export function readKeyspaceSchema(schemaDir: string, keyspace: string): KeyspaceSchema {
  const dir = join(schemaDir, keyspace);
  const schema: KeyspaceSchema = { ddl: [], statements: [] };
  if (!existsSync(dir)) return schema;
  for (const name of readdirSync(dir)
    .filter((n) => n.endsWith('.sql'))
    .sort()) {
    for (const sql of readStatements(join(dir, name))) {
      (parse(sql).kind === 'ddl' ? schema.ddl : schema.statements).push(sql);
    }
  }
  const vschemaFile = join(dir, 'vschema.json');
  if (existsSync(vschemaFile))
    schema.vschema = keyspaceFromJson(JSON.parse(readFileSync(vschemaFile, 'utf8')));
  return schema;
}

export function readStatements(file: string): string[] {
  return splitStatements(readFileSync(file, 'utf8'))
    .map(({ text }) => text.trim())
    .filter((sql) => sql !== '' && parse(sql).kind !== 'commentOnly');
}
