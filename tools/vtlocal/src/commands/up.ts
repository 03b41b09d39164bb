import { spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { VtError } from '@vitess-ts/vterrors';
import { Cluster } from '../cluster';
import { MissingProgramError } from '../process-host';
import { Exit, UsageError, type UpOptions } from '../options';
import { isAlive, processId, readState, removeState, writeState, type ClusterInfo } from '../state-file';

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
  const cluster = new Cluster(options, version);
  const ending = new AbortController();
  const ended = new Promise<void>((resolve) => ending.signal.addEventListener('abort', () => resolve()));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => ending.abort());
  try {
    const info = await cluster.start(AbortSignal.any([ending.signal, AbortSignal.timeout(START_TIMEOUT_MS)]));
    keepState(options.dataDir, cluster);
    announce(options, info, print);
    await ended;
  } catch (error) {
    if (!ending.signal.aborted) {
      await cluster
        .stop()
        .catch((second: unknown) => process.stderr.write(`while stopping: ${String(second)}\n`));
      throw error;
    }
  }
  await cluster.stop();
  removeState(options.dataDir);
  return Exit.OK;
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

/** How often the state file is compared with the processes: one that died was replaced and has another pid. */
const STATE_INTERVAL_MS = 1000;

function keepState(dataDir: string, cluster: Cluster): void {
  let written = '';
  const record = (): void => {
    const state = {
      info: cluster.info(),
      supervisor: processId(process.pid),
      processes: cluster.processes(),
    };
    const text = JSON.stringify(state);
    if (text === written) return;
    writeState(dataDir, state);
    written = text;
  };
  record();
  setInterval(record, STATE_INTERVAL_MS).unref();
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
