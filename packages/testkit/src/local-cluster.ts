import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { MysqlConnection } from '@vitess-ts/mysql';

/** The line that `vtlocal up --json` prints when the cluster is ready. */
export interface ClusterInfo {
  vtgate: { mysql: string; grpc: string; http: string; pid: number };
  vtctld: { grpc: string; http: string; pid: number };
  /** `pid`: of etcd, where the cluster runs its own. */
  topo: { implementation: string; address: string; pid?: number };
  tablets: {
    alias: string;
    keyspace: string;
    shard: string;
    type: string;
    grpc: string;
    http: string;
    mysqlSocket: string;
    pid: number;
    mysqldPid: number;
  }[];
}

export interface ClusterOptions {
  /** Options of `vtlocal up` beside the data directory, the port base and `--json`. */
  args?: readonly string[];
  /** First port; each test file has its own, 3000 apart below 29000. */
  portBase: number;
  /** Kept when given; else a temporary one, removed by `stop`. */
  dataDir?: string;
  startTimeoutMs?: number;
  /** Environment variables beside those of the test's own process. */
  env?: Readonly<Record<string, string>>;
}

const vtlocal = join(__dirname, '..', '..', '..', 'tools', 'vtlocal', 'bin', 'vtlocal.js');

/** A cluster for a test: the `vtlocal` command in a process of its own, as a user runs it. */
export class LocalCluster {
  private constructor(
    private readonly child: ChildProcess,
    private current: ClusterInfo,
    readonly dataDir: string,
    private readonly temporary: boolean,
  ) {}

  static async start(options: ClusterOptions): Promise<LocalCluster> {
    const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'vtc-')));
    const args = [
      'up',
      '--json',
      '--data-dir',
      dataDir,
      '--port-base',
      String(options.portBase),
      ...(options.args ?? []),
    ];
    const child = spawn(process.execPath, [vtlocal, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    });
    const stderr: string[] = [];
    child.stderr!.setEncoding('utf8').on('data', (text: string) => stderr.push(text));
    try {
      const line = await firstLine(child, options.startTimeoutMs ?? 90_000, stderr);
      return new LocalCluster(child, JSON.parse(line) as ClusterInfo, dataDir, options.dataDir === undefined);
    } catch (error) {
      await endProcess(child);
      await runVtlocal(['down', '--data-dir', dataDir]);
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true });
      throw error;
    }
  }

  /** What the cluster said when it was ready, or at the last `refreshInfo`. */
  get info(): ClusterInfo {
    return this.current;
  }

  /** Reads the state file again, which follows processes that were replaced within about a second. */
  async refreshInfo(): Promise<ClusterInfo> {
    const state = await readFile(join(this.dataDir, 'vtlocal.json'), 'utf8');
    this.current = (JSON.parse(state) as { info: ClusterInfo }).info;
    return this.current;
  }

  /** A MySQL connection to the gate; the caller closes it. */
  connect(database = ''): Promise<MysqlConnection> {
    const [host, port] = this.info.vtgate.mysql.split(':');
    return MysqlConnection.connect({
      host,
      port: Number(port),
      user: 'test',
      database,
      multiStatements: true,
    });
  }

  /** Process id of the `vtlocal` command: the supervisor with `--processes`, else all services. */
  get pid(): number {
    return this.child.pid ?? 0;
  }

  get mysqlPort(): number {
    return Number(this.info.vtgate.mysql.split(':')[1]);
  }

  /** Stops the cluster in an orderly way; the data stays when the caller gave the directory. */
  async stop(): Promise<void> {
    await endProcess(this.child);
    // Also ends what an unorderly end of the command has left behind.
    await runVtlocal(['down', '--data-dir', this.dataDir]);
    if (this.temporary) await rm(this.dataDir, { recursive: true, force: true });
  }

  /** Kills the command as a crash would; mysqld processes go on. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await exited(this.child);
  }

  /** All log files of the cluster, for a failure message. */
  async log(component: string): Promise<string> {
    return readFile(join(this.dataDir, 'logs', `${component}.log`), 'utf8');
  }
}

/** Runs `vtlocal` to its end. */
export function runVtlocal(
  args: readonly string[],
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [vtlocal, ...args], { timeout: 120_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      resolve({ code, stdout, stderr });
    });
  });
}

function firstLine(child: ChildProcess, timeoutMs: number, stderr: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string): void =>
      reject(new Error(`vtlocal ${why}\n${stderr.join('')}`.slice(0, 8000)));
    const timer = setTimeout(() => fail(`was not ready in ${timeoutMs} ms`), timeoutMs);
    const lines = createInterface({ input: child.stdout! });
    lines.once('line', (line) => {
      clearTimeout(timer);
      resolve(line);
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`ended with code ${code} before it was ready`);
    });
  });
}

function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => child.once('exit', () => resolve()));
}

async function endProcess(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), 40_000);
  await exited(child);
  clearTimeout(timer);
}
