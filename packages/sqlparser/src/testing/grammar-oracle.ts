import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SqlError } from '@vitess-ts/vterrors';
import { parse } from '../parser/parse';
import type { OracleDatabase } from './mariadb-oracle';

/** A statement that only one side takes, with the error of the other. */
export type Disagreement = [sql: string, error: string];

export interface GrammarComparison {
  /** Both take it, or both call it a syntax error. */
  same: number;
  refusedHere: Disagreement[];
  /** Taken here, a syntax error there, and not known why. */
  acceptedHere: Disagreement[];
  /** Taken here for a reason that is known. */
  explained: Map<string, Disagreement[]>;
}

const SYNTAX_ERROR = 1064;

/** Why MariaDB 10.11 refuses what is taken here. */
const explanations: [reason: string, pattern: RegExp][] = [
  ['MySQL: LATERAL', /\blateral \(/],
  ['MySQL: VALUES() outside of ON DUPLICATE KEY, deprecated', /^select default\(a\), values\(a\)/],
  ['MySQL: OFFSET is no reserved word', /\boffset from t\b/],
  ['MySQL: TABLE and VALUES ROW', /\b(table [tu]\b(?! (add|as))|values row\()/],
  ['MySQL: WITH before UPDATE and DELETE', /^with c as \(select 1\) (update|delete)/],
  ['MySQL: alias in a DELETE of one table', /^delete from t as x/],
  ['MySQL: JSON operators', /->>/],
  ['MySQL: column names of a derived table', /\) x \(b\)$/],
  ['MySQL: USE alone shows a target', /^use$/],
  ['MySQL: LOCK INSTANCE', /^lock instance\b/],
  ['servers with a plugin: SHOW and FLUSH of its tables', /^(show|flush) \w+$/],
  [
    'later versions, or modes, of MariaDB',
    /^((flush|reset) (session|global) status|drop package\b|show create server\b)/,
  ],
  [
    'not taken apart: the server refuses it',
    /^(alter sequence|drop index|grant|revoke|handler|help|change|cache|get|shutdown)\b/,
  ],
];

/** Statements of all kinds that the manuals of MariaDB and MySQL tell of, and wrong ones. */
export function grammarStatements(): string[] {
  const file = join(__dirname, '../../testdata/grammar/mariadb.txt');
  return readFileSync(file, 'utf8').split('\n').filter(Boolean);
}

/** Whether parser and MariaDB call the same statements syntax errors; MariaDB prepares them, nothing is run. */
export async function compareGrammar(
  db: OracleDatabase,
  statements: readonly string[],
): Promise<GrammarComparison> {
  const result: GrammarComparison = { same: 0, refusedHere: [], acceptedHere: [], explained: new Map() };
  for (const sql of statements) {
    const there = await syntaxErrorOf(() => db.rows(`prepare grammar from ${quoted(sql)}`));
    const here = await syntaxErrorOf(() => Promise.resolve(parse(sql, { flavor: 'mariadb' })));
    if ((here === undefined) === (there === undefined)) result.same++;
    else if (there === undefined) result.refusedHere.push([sql, here ?? '']);
    else {
      const reason = explanations.find(([, pattern]) => pattern.test(sql))?.[0];
      const list = reason === undefined ? result.acceptedHere : (result.explained.get(reason) ?? []);
      list.push([sql, there]);
      if (reason !== undefined) result.explained.set(reason, list);
    }
  }
  return result;
}

async function syntaxErrorOf(run: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    if (!(error instanceof SqlError)) throw error;
    return error.errno === SYNTAX_ERROR ? error.message : undefined;
  }
}

function quoted(sql: string): string {
  return `'${sql.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
