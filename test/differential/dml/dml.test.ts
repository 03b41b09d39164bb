import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MysqlConnection } from '@vitess-ts/mysql';
import { LocalCluster, compareResults, startMariadb, type TestMariadb } from '@vitess-ts/testkit';
import type { Result } from '@vitess-ts/sqltypes';
import { SqlError } from '@vitess-ts/vterrors';
import { Rng } from '../rng';
import { lookupDrift } from './drift';
import { DmlGenerator, type DmlStatement } from './generator';
import { createSequence, dmlVSchema, lookupTables, orders, sequenceOf, tables } from './schema';

const SEED = Number(process.env.VT_DML_SEED ?? 20260201);
const STATEMENTS = Number(process.env.VT_DML_STATEMENTS ?? 150);
const TRANSACTIONS = Number(process.env.VT_DML_TRANSACTIONS ?? 25);
const PORT_BASE = Number(process.env.VT_DML_PORT_BASE ?? 15_400);
const SHARDS = (process.env.VT_DML_SHARDS ?? '1,2,4').split(',').map(Number);
const CHECK_EVERY = 50;

const keyspaceOf = (shards: number): string => `dml${shards}`;

/**
 * Statements that change rows leave the same rows, counts, ids and errors on a cluster as on one MariaDB, and entries of
 * lookup vindexes for exactly these rows. `VT_DML_SEED`, `VT_DML_STATEMENTS` and `VT_DML_TRANSACTIONS` make it longer.
 */
describe('the cluster writes as one MariaDB', () => {
  jest.setTimeout(Math.max(300_000, (STATEMENTS + 5 * TRANSACTIONS) * 1000));
  let cluster: LocalCluster;
  let mariadb: TestMariadb;
  const schemaDir = mkdtempSync(join(tmpdir(), 'vt-dml-'));

  beforeAll(async () => {
    for (const shards of SHARDS) {
      const dir = join(schemaDir, keyspaceOf(shards));
      mkdirSync(dir);
      const all = shards > 1 ? { ...tables, ...lookupTables } : tables;
      const sql = Object.values(all).map((text) => (shards > 1 ? text.replace(' auto_increment', '') : text));
      if (shards === 1) sql.push(...SHARDS.map((n) => createSequence(sequenceOf(keyspaceOf(n)))));
      writeFileSync(join(dir, 'schema.sql'), sql.map((text) => `${text};\n`).join(''));
      const sequence = `${keyspaceOf(1)}.${sequenceOf(keyspaceOf(shards))}`;
      if (shards > 1) writeFileSync(join(dir, 'vschema.json'), JSON.stringify(dmlVSchema(sequence)));
    }
    const args = ['--keyspaces', SHARDS.map(keyspaceOf).join(','), '--num-shards', SHARDS.join(',')];
    [cluster, mariadb] = await Promise.all([
      LocalCluster.start({ portBase: PORT_BASE, args: [...args, '--schema-dir', schemaDir] }),
      startMariadb(),
    ]);
  });

  afterAll(async () => {
    await cluster?.stop();
    await mariadb?.stop();
    rmSync(schemaDir, { recursive: true, force: true });
  });

  async function open(shards: number): Promise<Pair> {
    const database = keyspaceOf(shards);
    await mariadb.sql(`create database ${database} character set utf8mb4`);
    const single = await mariadb.connect({ database });
    const gate = await cluster.connect(database);
    for (const text of Object.values(tables)) await single.query(text);
    if (shards > 1) {
      const sequence = sequenceOf(database);
      await gate.query(`insert into ${keyspaceOf(1)}.${sequence}(id, next_id, cache) values (0, 1, 1000)`);
    }
    return new Pair(gate, single, shards);
  }

  test.each(SHARDS)('%i shard(s)', async (shards) => {
    const pair = await open(shards);
    const generator = new DmlGenerator(new Rng(SEED + shards));
    for (let i = 0; i < STATEMENTS; i++) {
      await pair.run(generator.statement());
      if (i % CHECK_EVERY === CHECK_EVERY - 1) await pair.check(`statement ${i}`);
    }
    for (let i = 0; i < TRANSACTIONS; i++) {
      for (const statement of generator.transaction()) await pair.run(statement);
      if (i % CHECK_EVERY === CHECK_EVERY - 1) await pair.check(`transaction ${i}`);
    }
    await pair.check('the end');
    pair.report();
    await pair.close();
    expect(pair.different).toEqual([]);
  });
});

class Pair {
  readonly different: string[] = [];
  private readonly counts = new Map<string, { ok: number; errors: number; refused: number }>();
  private readonly refusals = new Map<string, string>();

  constructor(
    private readonly gate: MysqlConnection,
    private readonly single: MysqlConnection,
    private readonly shards: number,
  ) {}

  /** What the gate refuses the single server is not asked. */
  async run({ kind, sql: given, single = given }: DmlStatement): Promise<void> {
    const sql = this.shards === 1 ? single : given;
    const found = await answerOf(this.gate, sql);
    const count = this.counts.get(kind) ?? { ok: 0, errors: 0, refused: 0 };
    this.counts.set(kind, count);
    if (found instanceof SqlError && found.message.startsWith('VT12001')) {
      count.refused++;
      this.refusals.set(found.message, sql);
      return;
    }
    const expected = await answerOf(this.single, single);
    const difference = differenceOf(found, expected);
    if (difference !== undefined) this.different.push(`${kind}: ${sql}\n    ${difference}`);
    else if (found instanceof SqlError) count.errors++;
    else count.ok++;
  }

  async check(when: string): Promise<void> {
    for (const [table, order] of Object.entries(orders)) {
      const sql = `select * from ${table} order by ${order}`;
      const differences = compareResults(await this.gate.query(sql), await this.single.query(sql), 'ordered');
      if (differences.length > 0) this.different.push(`${table} after ${when}: ${differences.join('; ')}`);
    }
    if (this.shards > 1) this.different.push(...(await lookupDrift(this.gate)).map((d) => `${when}: ${d}`));
    // What follows a difference says nothing new.
    if (this.different.length > 0) throw new Error(this.different.slice(0, 20).join('\n'));
  }

  report(): void {
    const lines = [...this.counts].map(
      ([kind, c]) => `  ${kind.padEnd(16)} ${c.ok} ok, ${c.errors} same error, ${c.refused} refused`,
    );
    for (const [why, sql] of this.refusals) lines.push(`  refused ${why}\n    e.g. ${sql}`);
    process.stdout.write(`DML, ${this.shards} shard(s), seed ${SEED}:\n${lines.join('\n')}\n`);
  }

  async close(): Promise<void> {
    await this.gate.close();
    await this.single.close();
  }
}

async function answerOf(connection: MysqlConnection, sql: string): Promise<Result | SqlError> {
  try {
    return await connection.query(sql);
  } catch (error) {
    if (error instanceof SqlError && error.errno !== 2013) return error;
    throw error;
  }
}

function differenceOf(found: Result | SqlError, expected: Result | SqlError): string | undefined {
  const [a, b] = [textOf(found), textOf(expected)];
  return a === b ? undefined : `${a} instead of ${b}`;
}

function textOf(answer: Result | SqlError): string {
  if (answer instanceof SqlError) return `error ${answer.errno} (${answer.sqlstate})`;
  return `${answer.rowsAffected} rows, id ${answer.insertId}`;
}
