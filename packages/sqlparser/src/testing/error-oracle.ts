import { SqlError } from '@vitess-ts/vterrors';
import { parse } from '../parser/parse';
import type { OracleDatabase } from './mariadb-oracle';
import { mutateTokens } from './mutate';
import { Random } from './random';

export interface ErrorComparison {
  /** Statements that MariaDB calls a syntax error. */
  syntaxErrors: number;
  /** Of these: the same place, one token away, elsewhere, not refused here. */
  exact: number;
  near: number;
  elsewhere: [sql: string, here: string, there: string][];
  accepted: [sql: string, there: string][];
  /** Refused here and understood by MariaDB. */
  refused: [sql: string, here: string][];
}

const SYNTAX_ERROR = 1064;
/** MariaDB shows this many characters of what follows. */
const NEAR_LENGTH = 80;

/** Mutated statements: whether parser and MariaDB call them syntax errors, and where. */
export async function compareErrors(
  db: OracleDatabase,
  statements: readonly string[],
  count: number,
  seed: number,
): Promise<ErrorComparison> {
  const random = new Random(seed);
  const result: ErrorComparison = {
    syntaxErrors: 0,
    exact: 0,
    near: 0,
    elsewhere: [],
    accepted: [],
    refused: [],
  };
  for (let i = 0; i < count; i++) {
    const sql = mutateTokens(random.pick(statements), random);
    // what is not explained would be run
    if (!/^[\s(]*(select|insert|replace|update|delete|with|values)\b/i.test(sql) || /[:;?]/.test(sql))
      continue;
    const there = await nearOfMariadb(db, sql);
    if (there !== false) compare(sql, nearHere(sql), there, result);
  }
  return result;
}

/** Whether MariaDB has no objection to the statement's syntax. */
export async function parsesOn(db: OracleDatabase, sql: string): Promise<boolean> {
  return (await nearOfMariadb(db, sql)) === undefined;
}

function compare(
  sql: string,
  here: string | undefined,
  there: string | undefined,
  result: ErrorComparison,
): void {
  if (there === undefined) {
    if (here !== undefined) result.refused.push([sql, here]);
    return;
  }
  result.syntaxErrors++;
  if (here === undefined) result.accepted.push([sql, there]);
  else if (here === there) result.exact++;
  else if (Math.abs(wordsLeft(sql, here) - wordsLeft(sql, there)) <= 1) {
    result.near++;
    result.elsewhere.push([sql, here, there]);
  } else result.elsewhere.push([sql, here, there]);
}

/** Words from the place of an error to the end of the statement; mutated statements have one blank between tokens. */
function wordsLeft(sql: string, near: string): number {
  const at = near === '' ? sql.length : sql.lastIndexOf(near);
  return sql.slice(at).split(' ').length;
}

function nearHere(sql: string): string | undefined {
  try {
    parse(sql, { flavor: 'mariadb' });
    return undefined;
  } catch (error) {
    if (error instanceof SqlError) return nearOf(error);
    throw error;
  }
}

/** What MariaDB says while it parses, of what its grammar would take. */
const otherParseErrors = new Set([
  1066, // table or alias not unique
  1109, // table of a multi-table DELETE unknown
  1115, // unknown character set
  1193, // unknown system variable
  1327, // undeclared variable: a name in INTO or LIMIT
  1582, // wrong number of arguments of a native function
  1583, // wrong arguments of a native function
  1630, // no such function in that database
  4161, // unknown data type
]);

/** The place of MariaDB's syntax error; `false` when it refuses otherwise while it parses, undefined when it parses. */
async function nearOfMariadb(db: OracleDatabase, sql: string): Promise<string | false | undefined> {
  try {
    await db.rows(`explain ${sql}`);
    return undefined;
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    if (error.errno === SYNTAX_ERROR) return nearOf(error);
    return otherParseErrors.has(error.errno) ? false : undefined;
  }
}

function nearOf(error: SqlError): string {
  const near = /near '([^]*)' at line \d+$/.exec(error.message)?.[1] ?? error.message;
  return near
    .replace(/\.\.\.$/, '')
    .slice(0, NEAR_LENGTH - 3)
    .trimEnd();
}
