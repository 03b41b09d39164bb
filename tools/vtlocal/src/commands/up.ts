import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { VtError } from '@vitess-ts/vterrors';
import { Cluster } from '../cluster';
import { endProcesses } from '../end-processes';
import { MissingProgramError } from '../process-host';
import { Exit, UsageError, type UpOptions } from '../options';
import {
  isAlive,
  processId,
  readState,
  removeState,
  writeState,
  type ClusterInfo,
  type State,
} from '../state-file';

/** Longest that a start may take before it is given up. */
const START_TIMEOUT_MS = 120_000;

/** `vtlocal up` in the foreground: resolves to the exit code when the cluster has been stopped again. */
export async function up(
  options: UpOptions,
  version: string,
  print: (line: string) => void,
): Promise<number> {
  checkSupported(options);
  const running = readState(options.dataDir);
  if (running !== undefined && isAlive(running.supervisor)) {
    throw new Error(
      `a cluster runs in ${options.dataDir} already (pid ${running.supervisor.pid}); vtlocal down --data-dir ${options.dataDir} stops it`,
    );
  }
  if (running !== undefined) await endLeftovers(running);
  const cluster = new Cluster(options, version, () => recordState(options.dataDir, cluster));
  const ending = new AbortController();
  const ended = new Promise<void>((resolve) => ending.signal.addEventListener('abort', () => resolve()));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ending.abort());
  let following: NodeJS.Timeout | undefined;
  try {
    const info = await cluster.start(AbortSignal.any([ending.signal, AbortSignal.timeout(START_TIMEOUT_MS)]));
    recordState(options.dataDir, cluster);
    following = setInterval(() => recordState(options.dataDir, cluster), STATE_INTERVAL_MS);
    announce(options, info, print);
    await ended;
  } catch (error) {
    if (!ending.signal.aborted) {
      await stop(options.dataDir, cluster).catch((second: unknown) =>
        process.stderr.write(`while stopping: ${String(second)}\n`),
      );
      throw error;
    }
  } finally {
    clearInterval(following);
  }
  await stop(options.dataDir, cluster);
  return Exit.OK;
}

/** A state that another start has left stays: it names what that one has left running. */
async function stop(dataDir: string, cluster: Cluster): Promise<void> {
  await cluster.stop();
  if (readState(dataDir)?.supervisor.pid === process.pid) removeState(dataDir);
}

/** `--detach`: the same command in a process of its own, which goes on; this one ends when the cluster is ready. */
export function upDetached(
  options: UpOptions,
  argv: readonly string[],
  print: (line: string) => void,
): Promise<number> {
  mkdirSync(join(options.dataDir, 'logs'), { recursive: true });
  const log = openSync(join(options.dataDir, 'logs', 'vtlocal.log'), 'a');
  const args = [process.argv[1], ...argv.filter((a) => a !== '--detach')];
  const child = spawn(process.execPath, args, { detached: true, stdio: ['ignore', log, log, 'ipc'] });
  return new Promise((resolve, reject) => {
    child.once('message', (info) => {
      child.disconnect();
      child.unref();
      printReady(options, info as ClusterInfo, print);
      resolve(Exit.OK);
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      process.stderr.write(
        `the cluster did not start; see ${join(options.dataDir, 'logs', 'vtlocal.log')}\n`,
      );
      resolve(code ?? Exit.FAILED);
    });
  });
}

/** How often the state file is compared with the processes: a mysqld that died was replaced and has another pid. */
const STATE_INTERVAL_MS = 1000;
/** Longest that services of a supervisor that was killed may take to stop. */
const LEFTOVER_TIMEOUT_MS = 10_000;

function recordState(dataDir: string, cluster: Cluster): void {
  const state = {
    info: cluster.info(),
    supervisor: processId(process.pid),
    processes: cluster.processes(),
  };
  try {
    if (JSON.stringify(readState(dataDir)) !== JSON.stringify(state)) writeState(dataDir, state);
  } catch (error) {
    // A full disk must not end the supervisor: the file is only behind until the next time.
    process.stderr.write(`vtlocal: cannot write the state file: ${String(error)}\n`);
  }
}

/** The supervisor was killed, its services were not. A mysqld that goes on is taken over by its tablet. */
async function endLeftovers({ processes }: State): Promise<void> {
  const services = processes.filter((p) => p.role === 'service');
  const left = await endProcesses(services, LEFTOVER_TIMEOUT_MS);
  if (left.length === 0) return;
  throw new Error(`processes of an earlier start do not end: ${left.map((p) => p.pid).join(', ')}`);
}

function announce(options: UpOptions, info: ClusterInfo, print: (line: string) => void): void {
  if (process.send === undefined) {
    printReady(options, info, print);
    return;
  }
  // Started with --detach: whoever waits prints it.
  process.send(info);
}

function checkSupported(options: UpOptions): void {
  if (options.topo === 'zk') {
    throw new UsageError('--topo zk is not available yet: use file (the default), etcd or memory');
  }
  if (options.topo === 'etcd' && !options.processes) {
    throw new UsageError('--topo etcd needs --processes: without it all services share the embedded store');
  }
  if (options.topo === 'memory' && options.processes) {
    throw new UsageError('--topo memory is for one process: use etcd (the default) or file with --processes');
  }
}

function printReady(options: UpOptions, info: ClusterInfo, print: (line: string) => void): void {
  if (options.json) {
    print(JSON.stringify(info));
    return;
  }
  const [host, port] = info.vtgate.mysql.split(':');
  const lines = [
    'The cluster is ready.',
    '',
    `  mariadb -h ${host} -P ${port}                connect (any user, no password)`,
    `  http://${info.vtgate.http}/debug/status        vtgate`,
    `  http://${info.vtctld.http}/debug/status        vtctld`,
    `  vtctl --server ${info.vtctld.grpc} GetTablets`,
    '',
  ];
  if (options.example) {
    lines.push(
      'Try:',
      '  select * from commerce.product;',
      '  select * from customer.customer order by customer_id;',
      '  select c.email, o.sku from customer.customer c join customer.corder o on c.customer_id = o.customer_id;',
      '',
    );
  }
  lines.push(
    options.detach
      ? `vtlocal down --data-dir ${options.dataDir} stops it.`
      : 'Ctrl-C stops it; the data stays.',
  );
  print(lines.join('\n'));
}

/** The exit code for what went wrong, after it has been said. */
export function exitCodeOf(error: unknown): number {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof UsageError) {
    process.stderr.write(`vtlocal: ${message}\nvtlocal --help shows the options.\n`);
    return Exit.USAGE;
  }
  process.stderr.write(`vtlocal: ${message}\n`);
  const isMissing =
    error instanceof MissingProgramError || (error instanceof VtError && /mariadb-server-core/.test(message));
  return isMissing ? Exit.PREREQUISITE : Exit.FAILED;
}
