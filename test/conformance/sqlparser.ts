import { startMariadb } from '@vitess-ts/testkit';
import { compareWithNsp } from '../../packages/sqlparser/src/testing/compare-nsp';
import { outerCorpora, ownCorpora } from '../../packages/sqlparser/src/testing/corpora';
import { compareErrors, parsesOn } from '../../packages/sqlparser/src/testing/error-oracle';
import { fuzz } from '../../packages/sqlparser/src/testing/fuzz';
import { compareGrammar, grammarStatements } from '../../packages/sqlparser/src/testing/grammar-oracle';
import { MariadbOracle, type OracleDatabase } from '../../packages/sqlparser/src/testing/mariadb-oracle';
import { checkPrecedence } from '../../packages/sqlparser/src/testing/precedence-oracle';
import { rotations } from '../../packages/sqlparser/src/testing/rotate';

type Print = (line: string) => void;

const EXPRESSIONS = 20_000;
const MUTATIONS = 20_000;
const FUZZED = 1_000_000;

/**
 * Whether MariaDB understands what the parser understands: all corpora, constant expressions, mutated statements with
 * their errors; and whether a million mutated statements crash, hang or mislead the parser. Returns how many differences
 * nothing explains.
 */
export async function sqlparserConformance(dir: string | undefined, print: Print): Promise<number> {
  const mariadb = await startMariadb();
  let unexplained = 0;
  try {
    const oracle = await MariadbOracle.open(mariadb);
    for (const { name, statements } of [...ownCorpora(), ...outerCorpora(dir)]) {
      unexplained += await compareCorpus(oracle, name, statements, print);
    }
    unexplained += await compareErrorPlaces(mariadb, print);
    unexplained += await compareGrammars(mariadb, print);
    const result = await checkPrecedence(mariadb, EXPRESSIONS, 2);
    unexplained += result.wrong.length + result.refused.length;
    print(
      `constant expressions: ${result.equal} equal, ${result.sameError} out of range, ${result.wrong.length} wrong, ` +
        `${result.refused.length} refused here only, ${result.lenient.length} refused by MariaDB only`,
    );
  } finally {
    await mariadb.stop();
  }
  unexplained += comparedWithNsp(dir, print);
  unexplained += fuzzed(dir, print);
  return unexplained;
}

async function compareGrammars(db: OracleDatabase, print: Print): Promise<number> {
  const { same, refusedHere, acceptedHere, explained } = await compareGrammar(db, grammarStatements());
  const known = [...explained.values()].reduce((sum, list) => sum + list.length, 0);
  print(
    `grammars of the manuals: ${same} same, ${known} taken here for a known reason, ` +
      `${refusedHere.length} refused here only, ${acceptedHere.length} taken here only`,
  );
  for (const [reason, list] of explained) print(`  known, ${list.length} × ${reason}`);
  for (const [sql, error] of [...refusedHere, ...acceptedHere]) print(`  DIFFERENT ${sql}\n    ${error}`);
  return refusedHere.length + acceptedHere.length;
}

async function compareErrorPlaces(db: OracleDatabase, print: Print): Promise<number> {
  const statements: string[] = [];
  for (const corpus of ownCorpora()) {
    for (const sql of corpus.name === 'admin' ? [] : corpus.statements) {
      if (await parsesOn(db, sql)) statements.push(sql);
    }
  }
  const result = await compareErrors(db, statements, MUTATIONS, 4);
  const share = (count: number): string => `${((100 * count) / result.syntaxErrors).toFixed(1)} %`;
  print(
    `syntax errors of MariaDB: ${result.syntaxErrors}; exact place ${share(result.exact)}, within one token ` +
      `${share(result.exact + result.near)}, accepted here ${share(result.accepted.length)}; ` +
      `${result.refused.length} refused here only`,
  );
  // WINDOW is a reserved word of MySQL 8, and a name for MariaDB where no window can follow
  const unexplained = result.refused.filter(([sql]) => !/\b(from|join|,) window\b/i.test(sql));
  for (const [sql, error] of unexplained) print(`  DIFFERENT ${sql}\n    ${error}`);
  return unexplained.length;
}

function comparedWithNsp(dir: string | undefined, print: Print): number {
  const statements = [...ownCorpora(), ...outerCorpora(dir)].flatMap((corpus) => corpus.statements);
  const { same, known, unexplained, left } = compareWithNsp(statements);
  const count = [...left.values()].reduce((sum, n) => sum + n, 0);
  print(`node-sql-parser: ${same} same, ${unexplained.length} different, ${count} not compared`);
  for (const { sql, here, there } of unexplained) print(`  DIFFERENT ${sql}\n    ${here}\n    ${there}`);
  for (const [fault, faulty] of known) print(`  known fault, ${faulty.length} ×: ${fault}`);
  for (const [reason, n] of [...left].sort((a, b) => b[1] - a[1])) print(`  not compared, ${n} × ${reason}`);
  return unexplained.length;
}

function fuzzed(dir: string | undefined, print: Print): number {
  const statements = [...ownCorpora(), ...outerCorpora(dir)].flatMap((corpus) => corpus.statements);
  const report = fuzz(statements, FUZZED, Math.floor(Date.now() / 1000));
  print(
    `fuzzed ${report.statements} statements: ${report.accepted} parse, slowest ${report.slowestMs.toFixed(1)} ms, ` +
      `${report.problems.length} problems`,
  );
  for (const problem of report.problems) print(`  ${problem}`);
  return report.problems.length;
}

async function compareCorpus(
  oracle: MariadbOracle,
  name: string,
  statements: readonly string[],
  print: Print,
): Promise<number> {
  const counts = { same: 0, different: 0, skipped: 0 };
  const reasons = new Map<string, number>();
  const seen: boolean[] = [];
  for (const sql of statements) {
    const verdict = await oracle.check(sql);
    counts[verdict.kind]++;
    if (verdict.kind === 'different') print(`DIFFERENT ${sql}\n  ${verdict.source}\n  ${verdict.printed}`);
    if (verdict.kind === 'skipped') {
      const reason = verdict.reason.slice(0, 40);
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
    }
    seen.push(...((await oracle.tellsApart(sql, rotations)) ?? []));
  }
  print(
    `MariaDB, ${name}: ${counts.same} same, ${counts.different} different, ${counts.skipped} not checkable; ` +
      `${seen.filter(Boolean).length} of ${seen.length} rotated trees noticed`,
  );
  for (const [reason, count] of [...reasons].sort((a, b) => b[1] - a[1])) print(`  ${count} × ${reason}`);
  return counts.different;
}
