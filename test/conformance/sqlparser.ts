import { startMariadb } from '@vitess-ts/testkit';
import { outerCorpora, ownCorpora } from '../../packages/sqlparser/src/testing/corpora';
import { MariadbOracle } from '../../packages/sqlparser/src/testing/mariadb-oracle';
import { checkPrecedence } from '../../packages/sqlparser/src/testing/precedence-oracle';
import { rotations } from '../../packages/sqlparser/src/testing/rotate';

type Print = (line: string) => void;

/** Whether MariaDB understands what the parser understands: all corpora, and 20,000 constant expressions. */
export async function sqlparserConformance(dir: string | undefined, print: Print): Promise<void> {
  const mariadb = await startMariadb();
  try {
    const oracle = await MariadbOracle.open(mariadb);
    for (const { name, statements } of [...ownCorpora(), ...outerCorpora(dir)]) {
      await compareCorpus(oracle, name, statements, print);
    }
    const result = await checkPrecedence(mariadb, 20_000, 2);
    print(
      `constant expressions: ${result.equal} equal, ${result.sameError} out of range, ${result.wrong.length} wrong, ` +
        `${result.refused.length} refused here only, ${result.lenient.length} refused by MariaDB only`,
    );
  } finally {
    await mariadb.stop();
  }
}

async function compareCorpus(
  oracle: MariadbOracle,
  name: string,
  statements: readonly string[],
  print: Print,
): Promise<void> {
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
}
