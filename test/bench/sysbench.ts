import { spawn } from 'node:child_process';

/** How sysbench reaches a server. */
export interface SysbenchAddress {
  socket?: string;
  port?: number;
  user: string;
  password: string;
  database: string;
}

export interface SysbenchRun {
  workload: string;
  command: 'prepare' | 'run';
  tables: number;
  tableSize: number;
  threads: number;
  /** Length in seconds; 0: until `events` is reached. */
  seconds?: number;
  events?: number;
  seed?: number;
}

/** What sysbench reports at the end of a run. */
export interface SysbenchFigures {
  queries: number;
  queriesPerSecond: number;
  transactions: number;
  /** Errors that it passes over: deadlocks and lock wait timeouts. */
  ignoredErrors: number;
  reconnects: number;
  p95Ms: number;
  seconds: number;
}

/** Errors after which sysbench runs the transaction again: deadlock and lock wait timeout. Any other ends the run. */
const IGNORED_ERRNOS = '1213,1205';

/** Characters of its output in an error: each thread says the same. */
const MAX_OUTPUT = 2000;

/** Beyond its own length a run may take so long to connect and to end. */
const GRACE_MS = 120_000;

/** Runs sysbench to its end. Rejects with its output when it fails, and when the signal aborts. */
export function sysbench(address: SysbenchAddress, run: SysbenchRun, signal: AbortSignal): Promise<string> {
  const args = [
    run.workload,
    ...(address.socket === undefined
      ? ['--mysql-host=127.0.0.1', `--mysql-port=${address.port}`]
      : [`--mysql-socket=${address.socket}`]),
    `--mysql-user=${address.user}`,
    `--mysql-password=${address.password}`,
    `--mysql-db=${address.database}`,
    `--mysql-ignore-errors=${IGNORED_ERRNOS}`,
    '--db-ps-mode=disable',
    '--rand-type=uniform',
    `--tables=${run.tables}`,
    `--table-size=${run.tableSize}`,
    `--threads=${run.threads}`,
    `--time=${run.seconds ?? 0}`,
    `--events=${run.events ?? 0}`,
    ...(run.seed === undefined ? [] : [`--rand-seed=${run.seed}`]),
    run.command,
  ];
  const limitMs = run.command === 'run' && run.seconds ? run.seconds * 1000 + GRACE_MS : 15 * 60_000;
  return new Promise((resolve, reject) => {
    const child = spawn('sysbench', args, { stdio: ['ignore', 'pipe', 'pipe'], signal, timeout: limitMs });
    let output = '';
    const take = (text: string): void => {
      output += text;
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.once('error', reject);
    child.once('close', (code, killed) => {
      if (code === 0) resolve(output);
      else
        reject(
          new Error(
            `sysbench ${args.join(' ')} ended with ${code ?? killed}:\n${output.slice(0, MAX_OUTPUT)}`,
          ),
        );
    });
  });
}

export function parseSysbench(output: string): SysbenchFigures {
  return {
    queries: number(output, /queries:\s+(\d+)/),
    queriesPerSecond: number(output, /queries:\s+\d+\s+\(([\d.]+) per sec/),
    transactions: number(output, /transactions:\s+(\d+)/),
    ignoredErrors: number(output, /ignored errors:\s+(\d+)/),
    reconnects: number(output, /reconnects:\s+(\d+)/),
    p95Ms: number(output, /95th percentile:\s+([\d.]+)/),
    seconds: number(output, /total time:\s+([\d.]+)s/),
  };
}

function number(output: string, pattern: RegExp): number {
  const match = pattern.exec(output);
  if (match === null) throw new Error(`no ${pattern.source} in what sysbench printed:\n${output}`);
  return Number(match[1]);
}
