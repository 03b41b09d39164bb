import { tpchQueries } from './queries';
import { TpchPair } from './tpch-pair';

const usage =
  'usage: npm run tpch -- [--scale 0.01] [--shards 4] [--port-base 15000] [--runs 1] [--query Q1,..]\n';

/** Runs all queries on shards and on one MariaDB, and prints times, primitives and differences of each. */
async function main(): Promise<void> {
  const options = parse(process.argv.slice(2));
  if (options === undefined) {
    process.stderr.write(usage);
    process.exitCode = 2;
    return;
  }
  const print = (line: string): void => void process.stdout.write(`${line}\n`);
  const pair = await TpchPair.start(options);
  let failed = 0;
  let scratch = 0;
  try {
    for (const query of tpchQueries.filter((q) => options.queries?.includes(q.name) ?? true)) {
      try {
        let outcome = await pair.run(query);
        for (let run = 1; run < options.runs; run++) {
          const again = await pair.run(query);
          if (again.gateMs < outcome.gateMs) outcome = again;
        }
        const { name, rows, gateMs, singleMs, primitives, differences } = outcome;
        if (differences.length > 0) failed++;
        if (outcome.scratch) scratch++;
        const verdict = differences.length > 0 ? 'DIFFERENT' : outcome.scratch ? 'same, scratch' : 'same';
        print(
          `${name.padEnd(4)} ${String(rows).padStart(4)} rows  ${ms(gateMs)} shards  ${ms(singleMs)} one server  ` +
            `${verdict}  ${primitives.join(', ')}`,
        );
        for (const line of differences) print(`     ${line}`);
      } catch (error) {
        failed++;
        print(`${query.name.padEnd(4)} FAILED ${error instanceof Error ? error.message : String(error)}`);
      }
    }
  } finally {
    await pair.stop();
  }
  print(`${failed} different or failed, ${scratch} over scratch tables`);
  if (failed > 0) process.exitCode = 1;
}

const ms = (time: number): string => `${time.toFixed(0).padStart(6)} ms`;

interface Options {
  scale: number;
  shards: number;
  portBase: number;
  runs: number;
  queries?: string[];
}

function parse(args: readonly string[]): Options | undefined {
  const options: Options = { scale: 0.01, shards: 4, portBase: 15_000, runs: 1 };
  for (let i = 0; i < args.length; i += 2) {
    const [name, value] = [args[i], args[i + 1]];
    if (value === undefined) return undefined;
    if (name === '--query') {
      options.queries = value.toUpperCase().split(',');
      continue;
    }
    const number = Number(value);
    if (!(number > 0)) return undefined;
    if (name === '--scale') options.scale = number;
    else if (name === '--shards') options.shards = number;
    else if (name === '--port-base') options.portBase = number;
    else if (name === '--runs') options.runs = number;
    else return undefined;
  }
  return options;
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
