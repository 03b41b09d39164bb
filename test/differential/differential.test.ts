import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MysqlConnection } from '@vitess-ts/mysql';
import { LocalCluster, compareResults, startMariadb, type TestMariadb } from '@vitess-ts/testkit';
import { Generator, type GeneratedStatement } from './generator';
import { fill, keyspaceOf, writeSchema } from './keyspaces';
import { DifferentialRunner } from './runner';
import { allTables, createTable, insertRows } from './schema';
import { SelectGenerator } from './selects/select-generator';

const SEED = Number(process.env.VT_DIFFERENTIAL_SEED ?? 20260101);
const STATEMENTS = Number(process.env.VT_DIFFERENTIAL_STATEMENTS ?? 1000);
const PORT_BASE = Number(process.env.VT_DIFFERENTIAL_PORT_BASE ?? 21_000);
const SHARDS = [1, 2, 4];

/**
 * One cluster with a keyspace for each shard count, and one MariaDB with a database for each: all start with the same
 * rows, and every statement must get the same answer on both sides.
 */
describe('the cluster answers as one MariaDB', () => {
  jest.setTimeout(600_000);
  let cluster: LocalCluster;
  let mariadb: TestMariadb;
  const schemaDir = mkdtempSync(join(tmpdir(), 'vt-differential-'));

  beforeAll(async () => {
    for (const shards of SHARDS) {
      const dir = join(schemaDir, keyspaceOf(shards));
      mkdirSync(dir);
      writeSchema(dir, shards);
    }
    [cluster, mariadb] = await Promise.all([
      LocalCluster.start({
        portBase: PORT_BASE,
        args: [
          '--keyspaces',
          SHARDS.map(keyspaceOf).join(','),
          '--num-shards',
          SHARDS.join(','),
          '--schema-dir',
          schemaDir,
        ],
      }),
      startMariadb(),
    ]);
  });

  afterAll(async () => {
    await cluster?.stop();
    await mariadb?.stop();
    rmSync(schemaDir, { recursive: true, force: true });
  });

  /** Both sides with the same rows. */
  async function open(shards: number): Promise<{ gate: MysqlConnection; single: MysqlConnection }> {
    const database = keyspaceOf(shards);
    await mariadb.sql(`create database ${database} character set utf8mb4`);
    const single = await mariadb.connect({ database });
    const gate = await cluster.connect(database);
    for (const table of allTables) await single.query(createTable(table));
    for (const sql of insertRows(SEED)) {
      await single.query(sql);
      await fill(gate, sql, shards);
    }
    return { gate, single };
  }

  test.each(SHARDS)('%d shard(s): generated statements', async (shards) => {
    const { gate, single } = await open(shards);
    const runner = new DifferentialRunner(gate, single);
    const generator = new Generator(SEED + shards);
    const counts = new Map<string, { same: number; refused: number }>();
    const different: string[] = [];
    const refusals = new Map<string, string>();
    const selects = new SelectGenerator(SEED + shards);
    const statements = [
      ...regressions(),
      ...Array.from({ length: STATEMENTS / 10 }, () => selects.next()),
      ...Array.from({ length: STATEMENTS }, () => generator.next()),
    ];
    for (const statement of statements) {
      const { verdict, details } = await runner.run(statement);
      const count = counts.get(statement.kind) ?? { same: 0, refused: 0 };
      counts.set(statement.kind, count);
      if (verdict === 'different')
        different.push(`${statement.kind}: ${statement.sql}\n    ${details.join('\n    ')}`);
      else count[verdict]++;
      if (verdict === 'refused') refusals.set(`${statement.kind}: ${details[0]}`, statement.sql);
    }
    report(shards, counts, refusals);
    // A write that went wrong on one side would show here even if every answer looked right.
    for (const table of allTables) {
      const sql = `select * from ${table.name} order by ${table.key.join(', ')}`;
      const differences = compareResults(await gate.query(sql), await single.query(sql), 'ordered');
      if (differences.length > 0) different.push(`${table.name} at the end: ${differences.join('; ')}`);
    }
    await gate.close();
    await single.close();
    expect(different).toEqual([]);
  });
});

/** Statements that went wrong once; each line of a file is one JSON object. */
function regressions(): GeneratedStatement[] {
  const dir = join(__dirname, 'regressions');
  return readdirSync(dir)
    .filter((name) => name.endsWith('.jsonl'))
    .sort()
    .flatMap((name) => readFileSync(join(dir, name), 'utf8').split('\n'))
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as GeneratedStatement);
}

function report(
  shards: number,
  counts: ReadonlyMap<string, { same: number; refused: number }>,
  refusals: ReadonlyMap<string, string>,
): void {
  const lines = [...counts].map(([kind, c]) => `  ${kind.padEnd(18)} ${c.same} same, ${c.refused} refused`);
  for (const [why, sql] of refusals) lines.push(`  refused ${why}\n    e.g. ${sql}`);
  process.stdout.write(`differential, ${shards} shard(s), seed ${SEED}:\n${lines.join('\n')}\n`);
}
