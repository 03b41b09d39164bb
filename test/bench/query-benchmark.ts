import { cpus, totalmem } from 'node:os';
import type { BenchOptions, TargetName } from './bench-options';
import { cpuOfChildren, cpuOfMachine, cpuOfProcess } from './cpu-usage';
import type { Disposers } from './disposers';
import { parseSysbench, sysbench, type SysbenchFigures } from './sysbench';
import { startTargets, type Target } from './targets';

/** One run of sysbench against one target. */
export interface QueryRun extends SysbenchFigures {
  target: TargetName;
  workload: string;
  threads: number;
  round: number;
  /** CPU microseconds a query by role: `mariadbd`, `vtgate`, ..., `sysbench`. */
  cpuUs: Record<string, number>;
  /** Share of the machine that others used meanwhile, 0 to 1: figures of a run with much of it say little. */
  foreignCpu: number;
}

export interface QueryFigures {
  machine: { cpus: number; cpuModel: string; memoryMb: number; node: string };
  options: BenchOptions;
  runs: QueryRun[];
  /** Runs that sysbench did not get through, with what it said. */
  failures: string[];
}

type Print = (line: string) => void;

/** Runs each workload with each number of threads against all targets in turn. */
export async function queryBenchmark(
  options: BenchOptions,
  disposers: Disposers,
  signal: AbortSignal,
  print: Print,
): Promise<QueryFigures> {
  const targets = await startTargets(options.targets, options.tables, disposers);
  await load(targets, options, signal, print);
  const runs: QueryRun[] = [];
  const failures: string[] = [];
  for (const workload of options.workloads) {
    for (const target of targets) await warmUp(target, workload, options, signal);
    for (const threads of options.threads) {
      for (let round = 0; round < options.rounds; round++) {
        for (const target of targets) {
          const name = `${workload} ${threads} threads, ${target.name}`;
          const run = await measure(target, workload, threads, round, options, signal).catch(
            (error: unknown) => {
              signal.throwIfAborted();
              failures.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
              return undefined;
            },
          );
          if (run === undefined) continue;
          runs.push(run);
          print(
            `${name}: ${run.queriesPerSecond.toFixed(0)} queries/s` +
              ` (others used ${(run.foreignCpu * 100).toFixed(0)} % of the machine)`,
          );
        }
      }
    }
  }
  return { machine: machine(), options, runs, failures };
}

function machine(): QueryFigures['machine'] {
  const all = cpus();
  return {
    cpus: all.length,
    cpuModel: all[0]?.model ?? 'unknown',
    memoryMb: Math.round(totalmem() / 2 ** 20),
    node: process.version,
  };
}

async function load(
  targets: readonly Target[],
  options: BenchOptions,
  signal: AbortSignal,
  print: Print,
): Promise<void> {
  const loaded = new Set<string>();
  for (const target of targets) {
    if (loaded.has(target.data)) continue;
    loaded.add(target.data);
    print(`loading ${options.tables} x ${options.tableSize} rows: ${target.name}`);
    await sysbench(
      target.address,
      { ...sizes(options), workload: 'oltp_read_write', command: 'prepare', threads: 1 },
      signal,
    );
  }
}

function sizes({ tables, tableSize }: BenchOptions): { tables: number; tableSize: number } {
  return { tables, tableSize };
}

async function warmUp(
  target: Target,
  workload: string,
  options: BenchOptions,
  signal: AbortSignal,
): Promise<void> {
  if (options.warmupSeconds === 0) return;
  const run = {
    ...sizes(options),
    workload,
    command: 'run',
    threads: 16,
    seconds: options.warmupSeconds,
  } as const;
  await sysbench(target.address, run, signal);
}

async function measure(
  target: Target,
  workload: string,
  threads: number,
  round: number,
  options: BenchOptions,
  signal: AbortSignal,
): Promise<QueryRun> {
  const begun = {
    ms: performance.now(),
    cpu: cpuByRole(target),
    children: cpuOfChildren(),
    all: cpuOfMachine(),
  };
  const output = await sysbench(
    target.address,
    { ...sizes(options), workload, command: 'run', threads, seconds: options.seconds },
    signal,
  );
  const figures = parseSysbench(output);
  const used = cpuByRole(target);
  for (const role of Object.keys(used)) used[role] -= begun.cpu[role];
  used.sysbench = cpuOfChildren() - begun.children;
  const ours = Object.values(used).reduce((sum, us) => sum + us, 0);
  const capacity = (performance.now() - begun.ms) * 1000 * cpus().length;
  return {
    ...figures,
    target: target.name,
    workload,
    threads,
    round,
    cpuUs: Object.fromEntries(Object.entries(used).map(([role, us]) => [role, us / figures.queries])),
    foreignCpu: Math.max(0, (cpuOfMachine() - begun.all - ours) / capacity),
  };
}

function cpuByRole({ processes }: Target): Record<string, number> {
  return Object.fromEntries(
    Object.entries(processes).map(([role, pids]) => [
      role,
      pids.reduce((sum, pid) => sum + cpuOfProcess(pid), 0),
    ]),
  );
}
