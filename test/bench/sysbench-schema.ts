import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const SYSBENCH_KEYSPACE = 'sb';
const SEQUENCE_KEYSPACE = 'sb_seq';

/** Ids that a tablet takes at once: sysbench loads rows without ids. */
const SEQUENCE_CACHE = 10_000;

/**
 * Writes what `vtlocal up --schema-dir` takes for sysbench's tables on shards: rows lie by the hash of `id`, which a
 * sequence in an unsharded keyspace gives. The tables themselves are made by `sysbench prepare`.
 * @returns the options of `vtlocal up`.
 */
export function writeSysbenchSchema(dir: string, tables: number): string[] {
  const names = Array.from({ length: tables }, (_, i) => `sbtest${i + 1}`);
  const ddl = names.map(
    (name) =>
      `create table ${name}_seq (id bigint not null, next_id bigint, cache bigint, primary key (id)) comment 'vitess_sequence';\n` +
      `insert into ${name}_seq (id, next_id, cache) values (0, 1, ${SEQUENCE_CACHE});\n`,
  );
  const sequences = Object.fromEntries(names.map((name) => [`${name}_seq`, { type: 'sequence' }]));
  const sharded = Object.fromEntries(
    names.map((name) => [
      name,
      {
        column_vindexes: [{ column: 'id', name: 'hash' }],
        auto_increment: { column: 'id', sequence: `${SEQUENCE_KEYSPACE}.${name}_seq` },
      },
    ]),
  );
  for (const keyspace of [SEQUENCE_KEYSPACE, SYSBENCH_KEYSPACE]) {
    mkdirSync(join(dir, keyspace), { recursive: true });
  }
  writeFileSync(join(dir, SEQUENCE_KEYSPACE, 'schema.sql'), ddl.join(''));
  writeJson(join(dir, SEQUENCE_KEYSPACE, 'vschema.json'), { tables: sequences });
  writeJson(join(dir, SYSBENCH_KEYSPACE, 'vschema.json'), {
    sharded: true,
    vindexes: { hash: { type: 'hash' } },
    tables: sharded,
  });
  return [
    '--keyspaces',
    `${SEQUENCE_KEYSPACE},${SYSBENCH_KEYSPACE}`,
    '--num-shards',
    '1,2',
    '--schema-dir',
    dir,
  ];
}

function writeJson(file: string, value: unknown): void {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
