import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { planCorpus } from './plan-corpus';
import { runCorpus } from './run-corpus';
import { runDml } from './run-dml';
import { sqlparserConformance } from './sqlparser';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/**
 * Runs corpora through the product and prints how much of each is understood. `VT_CORPORA` names the directory that
 * holds those that are not part of the project.
 */
async function main(): Promise<void> {
  const dir = process.env.VT_CORPORA;
  const unexplained = await sqlparserConformance(dir, print);
  if (unexplained > 0) {
    process.stderr.write(
      `${unexplained} differences between the parser and its oracles that nothing explains\n`,
    );
    process.exitCode = 1;
  }
  if (dir === undefined || !existsSync(join(dir, 'planner', 'cases.jsonl'))) {
    process.stderr.write('set VT_CORPORA to a directory that holds planner/cases.jsonl\n');
    process.exitCode = 2;
    return;
  }
  if (planCorpus(join(dir, 'planner'), print) > 0) {
    process.stderr.write('a plan asks more shards than it must, and nothing explains why\n');
    process.exitCode = 1;
  }
  const portBase = Number(process.env.VT_CONFORMANCE_PORT_BASE ?? 21_000);
  const wrote = await runDml(join(dir, 'planner'), portBase, print);
  if (!(await runCorpus(join(dir, 'planner'), portBase, print)) || !wrote) {
    process.stderr.write('a statement was refused, or gave another answer than one MariaDB\n');
    process.exitCode = 1;
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
