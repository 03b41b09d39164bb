import { isDeepStrictEqual } from 'node:util';
import { SqlError } from '@vitess-ts/vterrors';
import type { Statement } from '../ast';
import { splitStatements } from '../lexer/split-statements';
import { normalize } from '../normalize/normalize';
import { parse, preview } from '../parser/parse';
import { print } from '../printer/print';
import { redact } from '../redact';
import { bare } from './bare';
import { brokenLogicalOrder } from './logical-order';
import { mutate } from './mutate';
import { Random } from './random';

export interface FuzzReport {
  statements: number;
  accepted: number;
  slowestMs: number;
  slowest: string;
  /** What must not be: crashes, trees that do not survive printing, AND and OR in the wrong order. */
  problems: string[];
}

const MAX_PROBLEMS = 20;
const SLOW_MS = 50;

/** Mutated statements through lexer, normaliser, parser and printer. The seed repeats a run. */
export function fuzz(statements: readonly string[], count: number, seed: number): FuzzReport {
  const random = new Random(seed);
  const report: FuzzReport = { statements: count, accepted: 0, slowestMs: 0, slowest: '', problems: [] };
  for (let i = 0; i < count && report.problems.length < MAX_PROBLEMS; i++) {
    let sql = random.pick(statements);
    for (let changes = 1 + random.below(3); changes > 0; changes--)
      sql = mutate(sql, random.pick(statements), random);
    const begun = process.hrtime.bigint();
    const problem = problemOf(sql, report);
    let ms = millisecondsSince(begun);
    // a pause of the process is not the statement's
    if (ms > SLOW_MS) {
      const again = process.hrtime.bigint();
      problemOf(sql, report);
      ms = Math.min(ms, millisecondsSince(again));
    }
    if (ms > report.slowestMs) Object.assign(report, { slowestMs: ms, slowest: sql });
    if (problem !== undefined) report.problems.push(`${problem}: ${sql}`);
  }
  return report;
}

function millisecondsSince(begun: bigint): number {
  return Number(process.hrtime.bigint() - begun) / 1e6;
}

function problemOf(sql: string, report: FuzzReport): string | undefined {
  try {
    preview(sql);
    redact(sql);
    const statement = accepted(() => parse(sql));
    const pieces = accepted(() => splitStatements(sql));
    const normalized = accepted(() => normalize(sql));
    if (!statement) return undefined;
    report.accepted++;
    if (!pieces) return 'parses, but is not split';
    if (!normalized) return 'parses, but is not normalised';
    if (!accepted(() => parse(normalized.text)))
      return `normalises to ${normalized.text}, which does not parse`;
    return problemOfTree(sql, statement);
  } catch (error) {
    return `crash ${String(error)}`;
  }
}

function problemOfTree(sql: string, statement: Statement): string | undefined {
  const broken = brokenLogicalOrder(sql, statement);
  if (broken !== undefined) return `AND and OR in the wrong order in ${broken}`;
  const text = print(statement);
  const again = accepted(() => parse(text));
  if (!again) return `prints as ${text}, which does not parse`;
  if (!isDeepStrictEqual(bare(again), bare(statement))) return `prints as ${text}, which is another tree`;
  return undefined;
}

function accepted<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof SqlError) return undefined;
    throw error;
  }
}
