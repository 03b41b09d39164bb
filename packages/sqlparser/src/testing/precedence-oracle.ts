import { SqlError } from '@vitess-ts/vterrors';
import { parseExpr } from '../parser/parse';
import { printExpr } from '../printer/print';
import type { OracleDatabase } from './mariadb-oracle';
import { Random } from './random';
import { RandomExpressions } from './random-expression';

export interface PrecedenceResult {
  equal: number;
  /** MariaDB fails to compute both, in the same way: out of range. */
  sameError: number;
  /** Refused by the parser and by MariaDB. */
  refusedByBoth: number;
  /** Refused here, computed there. */
  refused: string[];
  /** Accepted here, a syntax error there. */
  lenient: string[];
  wrong: string[];
}

const constants = [
  '0',
  '1',
  '2',
  '3',
  '5',
  '7',
  '12',
  '1.5',
  '0.1',
  'null',
  'true',
  "'2'",
  "'a'",
  "'3x'",
  "''",
];
const BATCH = 50;

/** Random constant expressions, as MariaDB computes them and as it computes the parenthesised print of their trees. */
export async function checkPrecedence(
  db: OracleDatabase,
  count: number,
  seed: number,
): Promise<PrecedenceResult> {
  const texts = new RandomExpressions(new Random(seed), { leaves: constants });
  const result: PrecedenceResult = {
    equal: 0,
    sameError: 0,
    refusedByBoth: 0,
    refused: [],
    lenient: [],
    wrong: [],
  };
  let pairs: [source: string, full: string][] = [];
  for (let i = 0; i < count; i++) {
    const source = texts.next();
    const full = fullText(source);
    if (full === undefined) {
      if ((await value(db, source)) === SYNTAX_ERROR) result.refusedByBoth++;
      else result.refused.push(source);
    } else pairs.push([source, full]);
    if (pairs.length < BATCH && i < count - 1) continue;
    await comparePairs(db, pairs, result);
    pairs = [];
  }
  return result;
}

function fullText(source: string): string | undefined {
  try {
    return printExpr(parseExpr(source), { dialect: 'mariadb', parentheses: 'all' });
  } catch (error) {
    if (error instanceof SqlError) return undefined;
    throw error;
  }
}

async function comparePairs(
  db: OracleDatabase,
  pairs: readonly (readonly [string, string])[],
  result: PrecedenceResult,
): Promise<void> {
  const [row] = (await rowsOrError(db, `select ${pairs.flat().join(', ')}`)) ?? [];
  for (const [i, [source, full]] of pairs.entries()) {
    const a = row ? row[2 * i] : await value(db, source);
    const b = row ? row[2 * i + 1] : await value(db, full);
    if (a === SYNTAX_ERROR) result.lenient.push(source);
    else if (a !== b) result.wrong.push(`${source} = ${a}, but ${full} = ${b}`);
    else if (a?.startsWith(ERROR)) result.sameError++;
    else result.equal++;
  }
}

const ERROR = 'error ';
const SYNTAX_ERROR = `${ERROR}1064`;

async function rowsOrError(db: OracleDatabase, sql: string): Promise<(string | null)[][] | undefined> {
  try {
    return await db.rows(sql);
  } catch (error) {
    if (error instanceof SqlError) return undefined;
    throw error;
  }
}

async function value(db: OracleDatabase, expression: string): Promise<string | null> {
  try {
    return (await db.rows(`select ${expression}`))[0][0];
  } catch (error) {
    if (error instanceof SqlError) return `${ERROR}${error.errno}`;
    throw error;
  }
}
