import type { MysqlConnection } from '@vitess-ts/mysql';
import type { Result } from '@vitess-ts/sqltypes';
import { compareResults } from '@vitess-ts/testkit';
import { SqlError } from '@vitess-ts/vterrors';
import { explanationOf } from './corpus-explained';
import { readSelects, vschemaOf, type CorpusCase } from './corpus-cases';
import { comparisonOf, project, withSortedParts } from './corpus-comparison';
import { completeColumns, readVSchema } from './corpus-columns';
import { corpusKeyspaces } from './corpus-database';
import { allTables, startCorpusServers } from './corpus-servers';
import { withValues } from './with-values';

type Answer = { result: Result; error?: undefined } | { result?: undefined; error: SqlError };

export interface CorpusOutcome {
  /** `explained`: it differs, and is meant to. */
  verdict: 'same' | 'both refuse' | 'refused' | 'different' | 'explained' | 'not compared';
  details: string;
}

function explained({ query }: CorpusCase, outcome: CorpusOutcome): CorpusOutcome {
  if (outcome.verdict !== 'different') return outcome;
  const why = explanationOf(query, outcome.details);
  return why === undefined ? outcome : { verdict: 'explained', details: `${why} (${outcome.details})` };
}

/** What one MariaDB does not know. */
function notComparable(query: string): string | undefined {
  if (/\bnext\s+(\d+\s+|:\w+\s+)?values?\b/i.test(query)) return 'NEXT VALUE of a sequence';
  if (/\b(user_index|hash_dup)\b/i.test(query)) return 'a vindex read as a table';
  if (/\b(use|ignore)\s+vindex\b/i.test(query)) return 'USE VINDEX';
  return undefined;
}

async function answerOf(connection: MysqlConnection, sql: string): Promise<Answer> {
  try {
    return { result: await connection.query(sql) };
  } catch (error) {
    if (error instanceof SqlError && connection.isAlive) return { error };
    throw error;
  }
}

/** Runs each SELECT of a corpus on a cluster and on one MariaDB that holds all rows, and prints how they agree. */
export async function runCorpus(
  dir: string,
  portBase: number,
  print: (line: string) => void,
  only?: RegExp,
): Promise<boolean> {
  const cases = readSelects(dir).filter(
    (c) => vschemaOf(c.file) === 'schema' && !/^with\b.*\b(delete|update)\b/is.test(c.query),
  );
  const json = readVSchema(dir, 'schema');
  completeColumns(
    json,
    dir,
    cases.map((c) => c.query),
  );
  const keyspaces = corpusKeyspaces(json).filter((k) => !k.name.includes('fk_allow'));
  const servers = await startCorpusServers(keyspaces, {
    portBase,
    shards: (k) => (k === 'user' ? 4 : 2),
    routingRules: json.routing_rules,
  });
  try {
    const gate = await servers.cluster.connect();
    const single = await servers.mariadb.connect({ database: allTables });
    const columns = new Set(
      keyspaces.flatMap((k) => k.tables.flatMap((t) => t.columns.map((c) => c.toLowerCase()))),
    );
    const runner = new CorpusRunner(gate, single, (name) => columns.has(name));
    return await runner.runAll(
      cases.filter((c) => only === undefined || only.test(c.query)),
      print,
    );
  } finally {
    await servers.stop();
  }
}

export class CorpusRunner {
  constructor(
    private readonly gate: MysqlConnection,
    private readonly single: MysqlConnection,
    private readonly isColumn: (name: string) => boolean,
  ) {}

  async runAll(cases: readonly CorpusCase[], print: (line: string) => void): Promise<boolean> {
    const counts = new Map<string, number>();
    for (const c of cases) {
      const outcome = explained(c, await this.run(c));
      const key = `${c.accepted ? 'accepted' : 'refused'} by Vitess: ${outcome.verdict}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
      if (outcome.verdict === 'same') continue;
      print(`${outcome.verdict} [${c.file}${c.accepted ? '' : ' -'}] ${c.query}\n      ${outcome.details}`);
    }
    for (const [key, count] of [...counts].sort()) print(`SELECTs that were ${key}: ${count}`);
    return ![...counts.keys()].some((k) => /: (refused|different)$/.test(k));
  }

  async run({ file, query }: Pick<CorpusCase, 'file' | 'query'>): Promise<CorpusOutcome> {
    const why = notComparable(query);
    if (why !== undefined) return { verdict: 'not compared', details: why };
    const sql = withValues(query);
    const [target, database] = targets[file] ?? ['', allTables];
    await this.gate.query(`use \`${target}\``);
    await this.single.query(`use \`${database}\``);
    const found = await answerOf(this.gate, sql);
    const expected = await answerOf(this.single, sql);
    if (found.error && expected.error) {
      const same = found.error.errno === expected.error.errno;
      const details = `${found.error.errno} ${found.error.message} / ${expected.error.errno} ${expected.error.message}`;
      return { verdict: same ? 'both refuse' : 'different', details };
    }
    if (found.error) return { verdict: 'refused', details: `${found.error.errno} ${found.error.message}` };
    if (expected.error)
      return {
        verdict: 'different',
        details: `a result instead of ${expected.error.errno} ${expected.error.message}`,
      };
    const details = await this.differences(sql, found.result, expected.result);
    return details.length === 0
      ? { verdict: 'same', details: '' }
      : { verdict: 'different', details: details.join('\n      ') };
  }

  private async differences(sql: string, found: Result, expected: Result): Promise<string[]> {
    const comparison = comparisonOf(sql, this.isColumn);
    const header = compareResults({ ...found, rows: expected.rows }, expected, 'multiset');
    if (header.length > 0 || comparison.mode === 'header') return header;
    if (comparison.mode === 'rows') {
      const { anyOrder } = comparison;
      const rows = compareResults(
        withSortedParts(found, anyOrder),
        withSortedParts(expected, anyOrder),
        'multiset',
      );
      if (rows.length > 0) return rows;
      const byOrder = comparison.order.filter((c) => !anyOrder.includes(c));
      const [a, b] = [project(found, byOrder), project(expected, byOrder)];
      const at = a.findIndex((row, i) => row !== b[i]);
      return at < 0 ? [] : [`row ${at} is ${a[at]} instead of ${b[at]} in its order`];
    }
    if (found.rows.length !== expected.rows.length)
      return [`${found.rows.length} rows instead of ${expected.rows.length}`];
    const all = await this.single.query(comparison.all);
    const pool = new Map<string, number>();
    for (let i = 0; i < all.rows.length; i++) {
      const key = all.rows.rowBytes(i).toString('latin1');
      pool.set(key, (pool.get(key) ?? 0) + 1);
    }
    const strange: string[] = [];
    for (let i = 0; i < found.rows.length; i++) {
      const key = found.rows.rowBytes(i).toString('latin1');
      const left = pool.get(key) ?? 0;
      if (left === 0) strange.push(`row ${i} is none of the statement's rows without its LIMIT`);
      pool.set(key, left - 1);
    }
    return strange;
  }
}

/** What the statements of a file are run in: at the gate, and at the one MariaDB. */
const targets: Record<string, [string, string]> = {
  bypass_shard_cases: ['main:0', 'main'],
  bypass_keyrange_cases: ['main:0', 'main'],
  select_cases_with_default: ['second_user', 'second_user'],
  select_cases_with_user_as_default: ['user', 'user'],
};
