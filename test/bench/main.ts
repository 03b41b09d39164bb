import { writeFileSync } from 'node:fs';
import { BenchUsageError, parseBenchOptions, USAGE, type BenchOptions } from './bench-options';
import { Disposers, signalOfProcess } from './disposers';
import { queryBenchmark } from './query-benchmark';
import { queryReport } from './query-report';
import { sqlparserBenchmark } from './sqlparser';
import { startupBenchmark } from './startup';
import { missingPrograms } from './targets';
import { writeBenchmark } from './write-benchmark';

const print = (line: string): void => void process.stdout.write(`${line}\n`);
const progress = (line: string): void => void process.stderr.write(`${line}\n`);

/** Benchmarks print figures; `--json FILE` writes them for machines, too. */
async function main(): Promise<void> {
  const options = parseBenchOptions(process.argv.slice(2));
  if (options.parts.includes('startup')) await startupBenchmark(print);
  if (options.parts.includes('queries')) await queries(options);
  if (options.parts.includes('writes')) await writes(options);
  if (options.parts.includes('sqlparser')) sqlparserBenchmark(print);
}

async function writes(options: BenchOptions): Promise<void> {
  const disposers = new Disposers();
  const signal = signalOfProcess(disposers);
  try {
    signal.throwIfAborted();
    await writeBenchmark(options, disposers, print);
  } finally {
    await disposers.run();
  }
}

async function queries(options: BenchOptions): Promise<void> {
  const { required, skipped } = missingPrograms(options.targets);
  if (required.length > 0) {
    throw new BenchUsageError(`missing: install the Debian package ${required.join(', ')}`);
  }
  for (const target of skipped)
    progress(`skipping ${target}: install the Debian package haproxy to measure it`);
  const disposers = new Disposers();
  const signal = signalOfProcess(disposers);
  try {
    const wanted = { ...options, targets: options.targets.filter((t) => !skipped.includes(t)) };
    const figures = await queryBenchmark(wanted, disposers, signal, progress);
    if (options.jsonFile !== undefined)
      writeFileSync(options.jsonFile, `${JSON.stringify(figures, null, 2)}\n`);
    print(queryReport(figures));
    if (figures.failures.length > 0) process.exitCode = 1;
  } finally {
    await disposers.run();
  }
}

main().catch((error: unknown) => {
  if (error instanceof BenchUsageError) {
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    process.exitCode = 2;
    return;
  }
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
