/** What `npm run bench -- ...` understands. */
export interface BenchOptions {
  /** Parts to run, in order. */
  parts: Part[];
  /** Sysbench scripts, `oltp_point_select` and the like. */
  workloads: string[];
  threads: number[];
  targets: TargetName[];
  /** Length of one run. */
  seconds: number;
  /** Length of the run that warms a target up for a workload; 0 for none. */
  warmupSeconds: number;
  /** How often each combination runs; the targets of one combination always run one after the other. */
  rounds: number;
  tables: number;
  tableSize: number;
  /** File that gets all figures. */
  jsonFile?: string;
}

export const PARTS = ['startup', 'queries', 'writes', 'sqlparser'] as const;
export type Part = (typeof PARTS)[number];

export const TARGETS = ['direct', 'direct-tcp', 'haproxy', 'one-process', 'two-shards', 'processes'] as const;
export type TargetName = (typeof TARGETS)[number];

export const USAGE = `usage: npm run bench -- [options]

  --parts startup,queries,writes,sqlparser   what to measure (default: all)
  --workloads a,b             sysbench scripts (default oltp_point_select,oltp_read_write)
  --threads 1,16,64           connections (default 1,16,64)
  --targets a,b               of ${TARGETS.join(', ')} (default: all)
  --seconds N                 length of each run (default 5)
  --warmup-seconds N          run before the first figure of each target and workload (default 2)
  --rounds N                  runs of each combination, of which the median counts (default 2)
  --tables N                  tables of sysbench (default 4)
  --table-size N              rows of each (default 10000)
  --json FILE                 write all figures there, too
`;

/** A wrong command line; the message says what is wrong. */
export class BenchUsageError extends Error {}

/** Reads the command line without `node` and the script. */
export function parseBenchOptions(argv: readonly string[]): BenchOptions {
  const options: BenchOptions = {
    parts: [...PARTS],
    workloads: ['oltp_point_select', 'oltp_read_write'],
    threads: [1, 16, 64],
    targets: [...TARGETS],
    seconds: 5,
    warmupSeconds: 2,
    rounds: 2,
    tables: 4,
    tableSize: 10_000,
  };
  const setters: Record<string, (value: string) => void> = {
    parts: (v) => (options.parts = choices(v, PARTS)),
    workloads: (v) => (options.workloads = list(v).map(script)),
    threads: (v) => (options.threads = list(v).map((n) => integer(n, 1, 150))),
    targets: (v) => (options.targets = choices(v, TARGETS)),
    seconds: (v) => (options.seconds = integer(v, 1, 600)),
    'warmup-seconds': (v) => (options.warmupSeconds = integer(v, 0, 600)),
    rounds: (v) => (options.rounds = integer(v, 1, 100)),
    tables: (v) => (options.tables = integer(v, 1, 64)),
    'table-size': (v) => (options.tableSize = integer(v, 100, 10_000_000)),
    json: (v) => (options.jsonFile = v),
  };
  for (let i = 0; i < argv.length; i++) {
    const match = /^--([a-z-]+)(?:=(.*))?$/s.exec(argv[i]);
    const set = match === null ? undefined : setters[match[1]];
    if (match === null || set === undefined) throw new BenchUsageError(`unknown option '${argv[i]}'`);
    const value = match[2] ?? argv[++i];
    if (value === undefined || value === '') throw new BenchUsageError(`--${match[1]} needs a value`);
    set(value);
  }
  return options;
}

function list(value: string): string[] {
  return value.split(',').filter((item) => item !== '');
}

function script(name: string): string {
  if (!/^[a-z_]+$/.test(name)) throw new BenchUsageError(`'${name}' is no name of a sysbench script`);
  return name;
}

function choices<T extends string>(value: string, known: readonly T[]): T[] {
  return list(value).map((name) => {
    const found = known.find((k) => k === name);
    if (found === undefined) throw new BenchUsageError(`'${name}' is none of ${known.join(', ')}`);
    return found;
  });
}

function integer(text: string, min: number, max: number): number {
  const n = Number(text);
  if (!/^\d+$/.test(text) || n < min || n > max) {
    throw new BenchUsageError(`'${text}' is no whole number from ${min} to ${max}`);
  }
  return n;
}
