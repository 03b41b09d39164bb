import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MysqlConnection } from '@vitess-ts/mysql';
import { allTables, createTable, vschema } from './schema';

export const keyspaceOf = (shards: number): string => `diff${shards}`;

const referenceTables = allTables.filter((t) => t.vindexColumn === undefined).map((t) => t.name);

/** The files that `vtlocal --schema-dir` takes for a keyspace with so many shards. */
export function writeSchema(dir: string, shards: number): void {
  writeFileSync(join(dir, 'schema.sql'), allTables.map((t) => `${createTable(t)};\n`).join(''));
  if (shards > 1) writeFileSync(join(dir, 'vschema.json'), JSON.stringify(vschema()));
}

/** Runs an INSERT on a keyspace; a reference table is written on every shard. */
export async function fill(gate: MysqlConnection, sql: string, shards: number): Promise<void> {
  const isReference = referenceTables.some((name) => sql.startsWith(`insert into ${name} `));
  if (!isReference || shards === 1) {
    await gate.query(sql);
    return;
  }
  const database = keyspaceOf(shards);
  const all = await gate.query('show vitess_shards');
  for (const [name] of all.rows.rows()) {
    const shard = name?.toString() ?? '';
    if (!shard.startsWith(`${database}/`)) continue;
    await gate.query(`use \`${shard.replace('/', ':')}\``);
    await gate.query(sql);
  }
  await gate.query(`use ${database}`);
}
