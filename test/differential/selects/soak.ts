import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { MysqlConnection } from '@vitess-ts/mysql';
import { LocalCluster, startMariadb, type TestMariadb } from '@vitess-ts/testkit';
import type { GeneratedStatement } from '../generator';
import { Generator } from '../generator';
import { fill, keyspaceOf, writeSchema } from '../keyspaces';
import { DifferentialRunner, type Outcome } from '../runner';
import { allTables, createTable, insertRows } from '../schema';
import { SelectGenerator } from './select-generator';
import { shrink } from './shrink';

const USAGE = `usage: npm run differential -- [--queries N] [--seed N] [--shards 1,2,4,8] [--port-base N] [--out FILE] [--only SQL]
Runs N (20000) generated SELECTs on keyspaces of so many shards and on one MariaDB, and compares rows, names and types.
Statements that differ are made smaller and, with --out, appended to FILE, one JSON object a line.
`;

/** The single server gives up on what joins too much. */
const SINGLE_TIMEOUT_S = 10;
const MOST_SHRUNK = 40;

interface Options {
  queries: number;
  seed: number;
  shards: number[];
  portBase: number;
  out?: string;
  only?: string;
}

function optionsOf(argv: readonly string[]): Options | undefined {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      queries: { type: 'string', default: '20000' },
      seed: { type: 'string', default: '1' },
      shards: { type: 'string', default: '1,2,4,8' },
      'port-base': { type: 'string', default: '21000' },
      out: { type: 'string' },
      only: { type: 'string' },
    },
  });
  const options: Options = {
    queries: Number(values.queries),
    seed: Number(values.seed),
    shards: values.shards.split(',').map(Number),
    portBase: Number(values['port-base']),
    out: values.out,
    only: values.only,
  };
  const numbers = [options.queries, options.seed, options.portBase, ...options.shards];
  return numbers.every((n) => Number.isInteger(n) && n > 0) ? options : undefined;
}

interface Side {
  shards: number;
  runner: DifferentialRunner;
}

/** Counts what statements of each kind did, and keeps what differed. */
class Tally {
  readonly kinds = new Map<string, { same: number; errors: number; refused: number; different: number }>();
  readonly refusals = new Map<string, { count: number; sql: string }>();
  readonly differences: string[] = [];
  skipped = 0;

  of(kind: string): { same: number; errors: number; refused: number; different: number } {
    const count = this.kinds.get(kind) ?? { same: 0, errors: 0, refused: 0, different: 0 };
    this.kinds.set(kind, count);
    return count;
  }

  report(options: Options, seconds: number): string {
    const lines = [
      `seed ${options.seed}, ${options.queries} queries on ${options.shards.join(', ')} shards and one MariaDB, ${Math.round(seconds)} s`,
      'kind                     same  same error   refused different',
    ];
    const total = { same: 0, errors: 0, refused: 0, different: 0 };
    for (const [kind, c] of this.kinds) {
      lines.push(row(kind, c));
      for (const key of ['same', 'errors', 'refused', 'different'] as const) total[key] += c[key];
    }
    lines.push(row('all', total));
    for (const [why, { count, sql }] of this.refusals)
      lines.push(`refused ${count}x: ${why}\n    e.g. ${sql}`);
    lines.push(`${this.skipped} too large for one MariaDB in ${SINGLE_TIMEOUT_S} s, left out`);
    lines.push(`${this.differences.length} differences`);
    return lines.join('\n');
  }
}

function row(kind: string, c: { same: number; errors: number; refused: number; different: number }): string {
  const cells = [c.same, c.errors, c.refused, c.different].map((n) => String(n).padStart(10)).join('');
  return kind.padEnd(19) + cells;
}

async function compareAll(options: Options, sides: readonly Side[], single: MysqlConnection): Promise<Tally> {
  const tally = new Tally();
  const generator = new SelectGenerator(options.seed);
  // Reads of the other generator too; its writes would need their effects undone.
  const other = new Generator(options.seed);
  const statements = function* (): Generator_ {
    if (options.only !== undefined) {
      yield { kind: 'given', sql: options.only, comparison: { mode: 'multiset' } };
      return;
    }
    for (let i = 0; i < options.queries; i++) {
      let statement = i % 4 === 3 ? other.next() : generator.next();
      while (!/^\(?(select|with)/.test(statement.sql)) statement = other.next();
      yield statement;
    }
  };
  let done = 0;
  for (const statement of statements()) {
    await compareOne(statement, options, sides, single, tally);
    if (++done % 500 === 0) {
      process.stderr.write(`${done} of ${options.queries}, ${tally.differences.length} differences\n`);
    }
  }
  return tally;
}

type Generator_ = Iterable<GeneratedStatement> & Iterator<GeneratedStatement>;

async function compareOne(
  statement: GeneratedStatement,
  options: Options,
  sides: readonly Side[],
  single: MysqlConnection,
  tally: Tally,
): Promise<void> {
  const expected = await DifferentialRunner.answer(single, statement.sql);
  const count = tally.of(statement.kind);
  if (expected.error?.errno === 1969) {
    tally.skipped++;
    return;
  }
  const outcomes = await Promise.all(sides.map(({ runner }) => runner.compare(statement, expected)));
  const wrong = outcomes.findIndex((o) => o.verdict === 'different');
  const refused = outcomes.find((o) => o.verdict === 'refused');
  if (wrong >= 0) {
    count.different++;
    await noteDifference(statement, outcomes[wrong], sides[wrong], single, options, tally);
  } else if (refused !== undefined) {
    count.refused++;
    const why = refused.details[0];
    const known = tally.refusals.get(why);
    tally.refusals.set(why, { count: (known?.count ?? 0) + 1, sql: known?.sql ?? statement.sql });
  } else if (expected.error !== undefined) count.errors++;
  else count.same++;
}

async function noteDifference(
  statement: GeneratedStatement,
  outcome: Outcome,
  side: Side,
  single: MysqlConnection,
  options: Options,
  tally: Tally,
): Promise<void> {
  let { sql, details } = { sql: statement.sql, details: outcome.details };
  if (tally.differences.length < MOST_SHRUNK) {
    const category = categoryOf(details);
    sql = await shrink(statement.sql, async (candidate) => {
      const smaller = { ...statement, sql: candidate };
      const answer = await DifferentialRunner.answer(single, candidate);
      if (answer.error !== undefined && !category.startsWith('error')) return false;
      const again = await side.runner.compare(smaller, answer);
      if (again.verdict !== 'different' || categoryOf(again.details) !== category) return false;
      details = again.details;
      return true;
    });
  }
  tally.differences.push(sql);
  process.stdout.write(
    `DIFFERENT (${statement.kind}, ${statement.comparison.mode}, ${side.shards} shards)\n  ${sql}\n    ${details.join('\n    ')}\n`,
  );
  if (options.out !== undefined) {
    const { kind, comparison } = statement;
    appendFileSync(
      options.out,
      `${JSON.stringify({ kind, sql, comparison, details, from: statement.sql })}\n`,
    );
  }
}

/** What kind of difference it is: a smaller statement must show the same kind. */
function categoryOf(details: readonly string[]): string {
  const first = details[0] ?? '';
  if (first.startsWith('error') || first.startsWith('a result')) return `error ${first.slice(0, 14)}`;
  if (first.startsWith('column')) return first.replace(/`[^`]*`/g, '').replace(/\d+/, '');
  return 'rows';
}

async function run(options: Options): Promise<number> {
  const schemaDir = mkdtempSync(join(tmpdir(), 'vt-selects-'));
  let cluster: LocalCluster | undefined;
  let mariadb: TestMariadb | undefined;
  try {
    for (const shards of options.shards) {
      mkdirSync(join(schemaDir, keyspaceOf(shards)));
      writeSchema(join(schemaDir, keyspaceOf(shards)), shards);
    }
    const keyspaces = options.shards.map(keyspaceOf).join(',');
    const args = [
      '--keyspaces',
      keyspaces,
      '--num-shards',
      options.shards.join(','),
      '--schema-dir',
      schemaDir,
    ];
    cluster = await LocalCluster.start({ portBase: options.portBase, args, startTimeoutMs: 300_000 });
    mariadb = await startMariadb();
    await mariadb.sql('create database one character set utf8mb4');
    const single = await mariadb.connect({ database: 'one' });
    for (const table of allTables) await single.query(createTable(table));
    for (const sql of insertRows(20260101)) await single.query(sql);
    await single.query(`set max_statement_time = ${SINGLE_TIMEOUT_S}`);
    const sides: Side[] = [];
    for (const shards of options.shards) {
      const gate = await cluster.connect(keyspaceOf(shards));
      for (const sql of insertRows(20260101)) await fill(gate, sql, shards);
      // A connection of its own: sides are compared at the same time.
      const more = await mariadb.connect({ database: 'one' });
      sides.push({ shards, runner: new DifferentialRunner(gate, more) });
    }
    const startedMs = performance.now();
    const tally = await compareAll(options, sides, single);
    process.stdout.write(`${tally.report(options, (performance.now() - startedMs) / 1000)}\n`);
    return tally.differences.length === 0 && tally.refusals.size === 0 ? 0 : 1;
  } finally {
    await mariadb?.stop();
    await cluster?.stop();
    rmSync(schemaDir, { recursive: true, force: true });
  }
}

const options = optionsOf(process.argv.slice(2));
if (options === undefined) {
  process.stderr.write(USAGE);
  process.exitCode = 2;
} else {
  run(options).then(
    (code) => (process.exitCode = code),
    (error: unknown) => {
      process.stderr.write(`differential: ${error instanceof Error ? error.stack : String(error)}\n`);
      process.exitCode = 1;
    },
  );
}
