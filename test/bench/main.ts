import { startupBenchmark } from './startup';

/** Benchmarks print figures; `--json FILE` writes them for machines, too. */
async function main(): Promise<void> {
  await startupBenchmark((line) => process.stdout.write(`${line}\n`));
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
