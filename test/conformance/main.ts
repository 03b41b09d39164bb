import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { planCorpus } from './plan-corpus';
import { sqlparserConformance } from './sqlparser';

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/**
 * Runs corpora through the product and prints how much of each is understood. `VT_CORPORA` names the directory that
 * holds those that are not part of the project.
 */
async function main(): Promise<void> {
  const dir = process.env.VT_CORPORA;
  await sqlparserConformance(dir, print);
  if (dir === undefined || !existsSync(join(dir, 'planner', 'cases.jsonl'))) {
    process.stderr.write('set VT_CORPORA to a directory that holds planner/cases.jsonl\n');
    process.exitCode = 2;
    return;
  }
  planCorpus(join(dir, 'planner'), print);
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
