import type { MysqlConnection } from '@vitess-ts/mysql';
import { compareResults } from '@vitess-ts/testkit';
import { SqlError } from '@vitess-ts/vterrors';
import { RowBatch, type Result } from '@vitess-ts/sqltypes';
import type { Comparison, GeneratedStatement } from './generator';

/** `refused`: the gate said clearly that it does not support the statement. */
export type Verdict = 'same' | 'refused' | 'different';

export interface Outcome {
  verdict: Verdict;
  /** What differs, or why it was refused. */
  details: string[];
}

export type Answer = { result: Result; error?: undefined } | { result?: undefined; error: SqlError };

/** Error text of a statement that cannot be planned yet. */
const REFUSED = /^VT12001/;

/** Runs statements on the cluster and on one MariaDB that holds all rows, and compares what they say. */
export class DifferentialRunner {
  constructor(
    private readonly cluster: MysqlConnection,
    private readonly single: MysqlConnection,
  ) {}

  /**
   * A refused statement is not run on the single server: a write that only one of them does would make all later
   * answers differ.
   */
  async run(statement: GeneratedStatement): Promise<Outcome> {
    const found = await answerOf(this.cluster, statement.sql);
    if (found.error && REFUSED.test(found.error.message)) {
      return { verdict: 'refused', details: [found.error.message] };
    }
    return this.judge(statement, found, await answerOf(this.single, statement.sql));
  }

  /** What one server says. */
  static answer(connection: MysqlConnection, sql: string): Promise<Answer> {
    return answerOf(connection, sql);
  }

  /** Runs a read on the cluster and compares it with what the single server said. */
  async compare(statement: GeneratedStatement, expected: Answer): Promise<Outcome> {
    const found = await answerOf(this.cluster, statement.sql);
    if (found.error && REFUSED.test(found.error.message)) {
      return { verdict: 'refused', details: [found.error.message] };
    }
    return this.judge(statement, found, expected);
  }

  private async judge(statement: GeneratedStatement, found: Answer, expected: Answer): Promise<Outcome> {
    const details = await this.differences(found, expected, statement.comparison);
    return { verdict: details.length === 0 ? 'same' : 'different', details };
  }

  private async differences(found: Answer, expected: Answer, comparison: Comparison): Promise<string[]> {
    if (found.error || expected.error) return errorDifferences(found, expected);
    if (expected.result.fields.length === 0) return countDifferences(found.result, expected.result);
    if (comparison.mode !== 'subset') {
      const names = comparison.mode === 'multiset' ? (comparison.anyEqualText ?? []) : [];
      return compareResults(foldText(found.result, names), foldText(expected.result, names), comparison.mode);
    }
    return this.subsetDifferences(found.result, expected.result, comparison.all);
  }

  /** As many rows as the single server gives, each of them one that it could have given. */
  private async subsetDifferences(found: Result, expected: Result, all: string): Promise<string[]> {
    if (found.rows.length !== expected.rows.length) {
      return [`${found.rows.length} rows instead of ${expected.rows.length}`];
    }
    const pool = await this.single.query(all);
    const left = new Map<string, number>();
    for (let i = 0; i < pool.rows.length; i++) {
      const key = pool.rows.rowBytes(i).toString('latin1');
      left.set(key, (left.get(key) ?? 0) + 1);
    }
    for (let i = 0; i < found.rows.length; i++) {
      const key = found.rows.rowBytes(i).toString('latin1');
      const count = left.get(key) ?? 0;
      if (count === 0) return [`row ${i} is none of the statement's rows without its LIMIT`];
      left.set(key, count - 1);
    }
    return compareResults({ ...found, rows: expected.rows }, expected, 'multiset');
  }
}

async function answerOf(connection: MysqlConnection, sql: string): Promise<Answer> {
  try {
    return { result: await connection.query(sql) };
  } catch (error) {
    if (error instanceof SqlError && error.errno !== 2013) return { error };
    throw error;
  }
}

/** The named columns with one form for all texts that the case-insensitive collations of the schema call equal. */
function foldText(result: Result, names: readonly string[]): Result {
  if (names.length === 0) return result;
  const columns = result.fields.map((f) => names.includes(f.name));
  const fold = (text: string): string => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().trimEnd();
  const rows = result.rows
    .rows()
    .map((row) => row.map((v, i) => (v !== null && columns[i] ? Buffer.from(fold(v.toString())) : v)));
  return { ...result, rows: RowBatch.from(result.fields.length, rows) };
}

function errorDifferences(found: Answer, expected: Answer): string[] {
  const name = (a: Answer): string =>
    a.error ? `error ${a.error.errno} (${a.error.sqlstate}) ${a.error.message}` : 'a result';
  if (found.error && expected.error) {
    const same =
      found.error.errno === expected.error.errno && found.error.sqlstate === expected.error.sqlstate;
    return same ? [] : [`${name(found)} instead of ${name(expected)}`];
  }
  return [`${name(found)} instead of ${name(expected)}`];
}

function countDifferences(found: Result, expected: Result): string[] {
  if (found.fields.length > 0) return ['a result set instead of none'];
  if (found.rowsAffected === expected.rowsAffected) return [];
  return [`${found.rowsAffected} rows affected instead of ${expected.rowsAffected}`];
}
