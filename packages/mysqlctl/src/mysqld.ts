import { type ChildProcess, spawn } from 'node:child_process';
import { open, mkdir, mkdtemp, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type ConnectOptions, MysqlConnection } from '@vitess-ts/mysql';
import { Code, VtError } from '@vitess-ts/vterrors';
import { Account, LOCAL_ACCOUNTS, replicationAccountSql } from './accounts';
import { type Binaries, findBinaries } from './binaries';
import { copyDataDir, exists, preparedDataDir } from './data-template';
import type { Flavor } from './flavor';
import { MariadbFlavor } from './mariadb-flavor';
import { type InstancePaths, instancePaths, myCnf } from './my-cnf';
import { DEFAULTS, type MysqldOptions } from './options';
import { commandLineContains, isProcessAlive } from './os-process';
import { ParentWatch } from './parent-watch';

/** Longest path of a unix socket (sun_path without its NUL). */
const MAX_SOCKET_PATH_BYTES = 107;
const CONNECT_TIMEOUT_MS = 2000;

/** What `adopt` needs to know; the pid file comes too late for it, when the server is up. */
interface State {
  socketPath: string;
  pid: number | null;
}

/**
 * One mysqld of a tablet, run as a process of its own: it goes on when this process ends and is taken over again by
 * `start`, unless `stopWithParent`. All state is below `options.dir`, except for the socket, which needs a short path.
 * Methods must not overlap. Errors: `VtError` FAILED_PRECONDITION (missing programs, bad configuration; with the end
 * of the error log), DEADLINE_EXCEEDED.
 */
export class Mysqld {
  readonly paths: InstancePaths;
  readonly flavor: Flavor = new MariadbFlavor();
  private binaries: Binaries | null = null;
  private socketPath: string | null = null;
  private pid: number | null = null;
  private child: ChildProcess | null = null;
  private watch: ParentWatch | null = null;

  constructor(private readonly options: MysqldOptions) {
    // Absolute: the server runs in its own directory, and is recognised by the path of its configuration.
    this.paths = instancePaths(resolve(options.dir));
  }

  /** True when the data directory exists. */
  isInitialized(): Promise<boolean> {
    return exists(this.paths.data);
  }

  /** Makes the data directory from the machine's prepared one; does nothing when it exists. */
  async init(): Promise<void> {
    if (await this.isInitialized()) return;
    const { dir, data } = this.paths;
    await mkdir(dir, { recursive: true, mode: 0o700 });
    const redoLogBytes = this.options.redoLogBytes ?? DEFAULTS.redoLogBytes;
    const template = await preparedDataDir(await this.programs(), this.options.cacheDir, redoLogBytes);
    await copyDataDir(template, data);
  }

  /**
   * Brings the server up: takes over the one that already runs on this directory, or starts one. Resolves when it
   * accepts connections and its accounts are right.
   */
  async start(signal?: AbortSignal): Promise<void> {
    await this.init();
    if (await this.adopt(signal)) return;
    const deadline = Date.now() + (this.options.startTimeoutMs ?? DEFAULTS.startTimeoutMs);
    await this.spawn();
    try {
      await this.untilReady(deadline, signal);
      await this.finishStart();
    } catch (error) {
      await this.stopProcess(this.pid, 5000);
      this.forget();
      throw error;
    }
  }

  /**
   * Takes over a running server: its state or pid file names a live process that was started with this directory's
   * configuration, and its socket answers with this data directory. False when none runs here; throws UNAVAILABLE
   * when one runs that does not answer in time.
   */
  async adopt(signal?: AbortSignal): Promise<boolean> {
    const pid = await this.runningPid();
    const state = await this.readState();
    if (pid === null || state === null) return false;
    this.socketPath = state.socketPath;
    this.pid = pid;
    const deadline = Date.now() + (this.options.startTimeoutMs ?? DEFAULTS.startTimeoutMs);
    try {
      await this.untilReady(deadline, signal);
      await this.finishStart();
    } catch (error) {
      this.forget();
      throw error;
    }
    return true;
  }

  /** Stops the server cleanly; kills it when it takes longer than the limit. Does nothing when none runs. */
  async shutdown(
    timeoutMs: number = this.options.shutdownTimeoutMs ?? DEFAULTS.shutdownTimeoutMs,
  ): Promise<void> {
    const pid = this.pid ?? (await this.runningPid());
    await this.stopProcess(pid, timeoutMs);
    const socketPath = this.socketPath ?? (await this.readState())?.socketPath;
    this.forget();
    if (socketPath !== undefined) await rm(dirname(socketPath), { recursive: true, force: true });
    await rm(this.paths.state, { force: true });
  }

  /** Kills the server as a crash would; its directory stays as it is. */
  async kill(): Promise<void> {
    const pid = this.pid ?? (await this.runningPid());
    if (pid !== null) {
      this.signalProcess(pid, 'SIGKILL');
      await this.untilGone(pid, Date.now() + 10_000);
    }
    this.forget();
  }

  /** True when a server runs on this directory, whoever started it. */
  async isRunning(): Promise<boolean> {
    if (this.pid !== null) return isProcessAlive(this.pid);
    return (await this.runningPid()) !== null;
  }

  /** Process id of the server that was started or taken over. */
  get processId(): number | null {
    return this.pid;
  }

  /** Version of the programs, `10.11.19-MariaDB...`. */
  async version(): Promise<string> {
    return (await this.programs()).version;
  }

  dbaConnectionParams(): ConnectOptions {
    return this.connectionParams(Account.DBA);
  }

  appConnectionParams(): ConnectOptions {
    return this.connectionParams(Account.APP);
  }

  allPrivsConnectionParams(): ConnectOptions {
    return this.connectionParams(Account.ALLPRIVS);
  }

  filteredConnectionParams(): ConnectOptions {
    return this.connectionParams(Account.FILTERED);
  }

  /** A new administrative connection; the caller closes it. */
  connectDba(signal?: AbortSignal): Promise<MysqlConnection> {
    return MysqlConnection.connect(this.dbaConnectionParams(), signal);
  }

  /** Runs `task` on an administrative connection of its own. */
  async withDba<T>(task: (connection: MysqlConnection) => Promise<T>): Promise<T> {
    const connection = await this.connectDba();
    try {
      return await task(connection);
    } finally {
      await connection.close();
    }
  }

  private connectionParams(user: string): ConnectOptions {
    if (this.socketPath === null) throw new VtError(Code.FAILED_PRECONDITION, 'mysqld is not running');
    return { socketPath: this.socketPath, user };
  }

  private async programs(): Promise<Binaries> {
    this.binaries ??= await findBinaries(this.options.binDirs);
    return this.binaries;
  }

  private async spawn(): Promise<void> {
    const { paths } = this;
    const { mariadbd } = await this.programs();
    for (const dir of [paths.tmp, dirname(paths.binlog), dirname(paths.relayLog)]) {
      await mkdir(dir, { recursive: true, mode: 0o700 });
    }
    this.socketPath = await this.makeSocketPath();
    await writeFile(paths.cnf, myCnf(this.options, paths, this.socketPath));
    const log = await open(paths.errorLog, 'a');
    try {
      const child = spawn(mariadbd, [`--defaults-file=${paths.cnf}`], {
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
        cwd: paths.dir,
      });
      child.on('error', () => {
        // Shows as an exit before the server is ready, with the end of the log.
      });
      child.unref();
      this.child = child;
      this.pid = child.pid ?? null;
      await this.writeState({ socketPath: this.socketPath, pid: this.pid });
    } finally {
      await log.close();
    }
  }

  /** A socket in a directory of its own, as its path must be short; the state file keeps it for `adopt`. */
  private async makeSocketPath(): Promise<string> {
    const old = (await this.readState())?.socketPath;
    if (old !== undefined) await rm(dirname(old), { recursive: true, force: true });
    const dir = await mkdtemp(join(tmpdir(), 'vt-'));
    const socketPath = join(dir, 'mysql.sock');
    if (Buffer.byteLength(socketPath) > MAX_SOCKET_PATH_BYTES) {
      throw new VtError(
        Code.FAILED_PRECONDITION,
        `the socket path ${socketPath} is too long: set TMPDIR to a shorter one`,
      );
    }
    await this.writeState({ socketPath, pid: null });
    return socketPath;
  }

  private async writeState(state: State): Promise<void> {
    await writeFile(`${this.paths.state}.partial`, `${JSON.stringify(state)}\n`);
    await rename(`${this.paths.state}.partial`, this.paths.state);
  }

  private async readState(): Promise<State | null> {
    try {
      const state = JSON.parse(await readFile(this.paths.state, 'utf8')) as Partial<State>;
      if (typeof state.socketPath !== 'string') return null;
      return { socketPath: state.socketPath, pid: typeof state.pid === 'number' ? state.pid : null };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT' || error instanceof SyntaxError) return null;
      throw error;
    }
  }

  /** The process of the state file or of the pid file, when it is a server with our configuration. */
  private async runningPid(): Promise<number | null> {
    for (const pid of [(await this.readState())?.pid ?? null, await this.readPidFile()]) {
      if (pid !== null && isProcessAlive(pid) && (await commandLineContains(pid, this.paths.cnf))) return pid;
    }
    return null;
  }

  private async readPidFile(): Promise<number | null> {
    try {
      const pid = Number.parseInt(await readFile(this.paths.pidFile, 'latin1'), 10);
      return Number.isInteger(pid) && pid > 0 ? pid : null;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  /** Waits until the socket answers with our data directory. */
  private async untilReady(deadline: number, signal?: AbortSignal): Promise<void> {
    let pause = 5;
    let last: unknown;
    for (;;) {
      if (signal?.aborted)
        throw new VtError(Code.CANCELED, 'starting mysqld was cancelled', { cause: signal.reason });
      if (this.pid === null || !isProcessAlive(this.pid) || this.child?.exitCode != null)
        throw await this.died();
      try {
        return await this.checkIdentity(signal);
      } catch (error) {
        if (error instanceof VtError) throw error;
        last = error;
      }
      if (Date.now() >= deadline) {
        const reason = last instanceof Error ? last.message : String(last);
        throw new VtError(
          this.child === null ? Code.UNAVAILABLE : Code.DEADLINE_EXCEEDED,
          `mysqld in ${this.paths.dir} did not answer in time (${reason}); see ${this.paths.errorLog}`,
          { cause: last },
        );
      }
      await delay(pause);
      pause = Math.min(pause * 1.5, 100);
    }
  }

  private async checkIdentity(signal?: AbortSignal): Promise<void> {
    const connection = await MysqlConnection.connect(
      { ...this.dbaConnectionParams(), connectTimeoutMs: CONNECT_TIMEOUT_MS },
      signal,
    );
    try {
      const result = await connection.query('SELECT @@global.datadir', { timeoutMs: CONNECT_TIMEOUT_MS });
      const datadir = result.rows.value(0, 0)?.toString() ?? '';
      if ((await realpath(datadir)) !== (await realpath(this.paths.data))) {
        throw new VtError(
          Code.FAILED_PRECONDITION,
          `the server at ${this.socketPath} runs on ${datadir}, not on ${this.paths.data}`,
        );
      }
    } finally {
      await connection.close();
    }
  }

  private async finishStart(): Promise<void> {
    await this.withDba(async (connection) => {
      await this.checkAccounts(connection);
      const { replicationPassword } = this.options;
      if (replicationPassword !== undefined) {
        await connection.query('SET SESSION sql_log_bin = 0');
        for (const sql of replicationAccountSql(replicationPassword)) await connection.query(sql);
      }
    });
    if (this.options.stopWithParent && this.pid !== null) {
      this.watch = new ParentWatch(this.pid, this.paths.cnf);
    }
  }

  private async checkAccounts(connection: MysqlConnection): Promise<void> {
    const result = await connection.query("SELECT User FROM mysql.global_priv WHERE Host = 'localhost'");
    const present = new Set(result.rows.rows().map((row) => row[0]?.toString()));
    const missing = LOCAL_ACCOUNTS.filter((account) => !present.has(account));
    if (missing.length > 0) {
      throw new VtError(
        Code.FAILED_PRECONDITION,
        `${this.paths.data} lacks the accounts ${missing.join(', ')}: create them, or remove the directory`,
      );
    }
  }

  private async died(): Promise<VtError> {
    const tail = await this.logTail();
    return new VtError(Code.FAILED_PRECONDITION, `mysqld did not start: ${tail} (${this.paths.errorLog})`);
  }

  /** The last errors of the error log, or its last lines. */
  private async logTail(): Promise<string> {
    const { size } = await stat(this.paths.errorLog);
    const file = await open(this.paths.errorLog, 'r');
    try {
      const length = Math.min(size, 8192);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
      const lines = buffer.toString('utf8', 0, bytesRead).trim().split('\n');
      const errors = lines.filter((line) => line.includes('[ERROR]'));
      return (errors.length > 0 ? errors : lines).slice(-5).join(' | ');
    } finally {
      await file.close();
    }
  }

  private async stopProcess(pid: number | null, timeoutMs: number): Promise<void> {
    this.watch?.cancel();
    this.watch = null;
    if (pid === null || !isProcessAlive(pid)) return;
    this.signalProcess(pid, 'SIGTERM');
    if (await this.untilGone(pid, Date.now() + timeoutMs)) return;
    this.signalProcess(pid, 'SIGKILL');
    await this.untilGone(pid, Date.now() + 10_000);
  }

  private signalProcess(pid: number, signal: NodeJS.Signals): void {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  private async untilGone(pid: number, deadline: number): Promise<boolean> {
    while (isProcessAlive(pid)) {
      if (Date.now() >= deadline) return false;
      await delay(10);
    }
    return true;
  }

  private forget(): void {
    this.watch?.cancel();
    this.watch = null;
    this.child = null;
    this.pid = null;
    this.socketPath = null;
  }
}
