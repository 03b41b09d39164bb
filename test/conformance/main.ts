import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { planCorpus } from './plan-corpus';

/**
 * Runs corpora through the product and prints how much of each is understood. `VT_CORPORA` names the directory that
 * holds them; they are not part of the project.
 */
function main(): void {
  const dir = process.env.VT_CORPORA;
  if (dir === undefined || !existsSync(join(dir, 'planner', 'cases.jsonl'))) {
    process.stderr.write('set VT_CORPORA to a directory that holds planner/cases.jsonl\n');
    process.exitCode = 2;
    return;
  }
  planCorpus(join(dir, 'planner'), (line) => process.stdout.write(`${line}\n`));
}

main();
