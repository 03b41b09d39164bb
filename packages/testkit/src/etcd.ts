import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { systemClock } from '@vitess-ts/base';
import { freePort } from './free-port';

const startTimeoutMs = 20_000;
const stopTimeoutMs = 5_000;
const keptOutputBytes = 16 * 1024;

export interface TestEtcd {
  /** `127.0.0.1:port`, the same after each start. */
  readonly address: string;
  /** Ends the server as SIGTERM does; the data stay. */
  shutdown(): Promise<void>;
  /** Ends it as SIGKILL does; the data stay. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port, and waits until it answers. */
  start(): Promise<void>;
  /** SIGSTOP: the server holds its connections and answers nothing until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

export interface TestEtcdOptions {
  /** More flags for the server. */
  args?: readonly string[];
}

/**
 * Starts one etcd server for a test, with its data in a temporary directory. It takes files of the size that the
 * topology allows. It ends with `stop`, or with this process.
 */
export async function startEtcd(options: TestEtcdOptions = {}): Promise<TestEtcd> {
  const dir = await mkdtemp(join(tmpdir(), 'vt-etcd-'));
  const server = new EtcdServer(etcdBinary(), dir, await freePort(), await freePort(), options.args ?? []);
  try {
    await server.start();
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

function etcdBinary(): string {
  const path = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin'];
  const found = path.map((dir) => join(dir, 'etcd')).find((file) => existsSync(file));
  if (found === undefined) {
    throw new Error('there is no etcd: install it, on Debian: apt-get install -y etcd-server');
  }
  return found;
}

class EtcdServer implements TestEtcd {
  readonly address: string;
  private child?: ChildProcess;
  private exited: Promise<void> = Promise.resolve();
  private output = '';
  private readonly killAtExit = (): void => void this.child?.kill('SIGKILL');

  constructor(
    private readonly binary: string,
    private readonly dir: string,
    port: number,
    private readonly peerPort: number,
    private readonly args: readonly string[],
  ) {
    this.address = `127.0.0.1:${port}`;
    process.on('exit', this.killAtExit);
  }

  async start(): Promise<void> {
    const url = `http://${this.address}`;
    const peerUrl = `http://127.0.0.1:${this.peerPort}`;
    const child = spawn(
      this.binary,
      [
        ...['--name', 'test', '--data-dir', join(this.dir, 'data')],
        ...['--listen-client-urls', url, '--advertise-client-urls', url],
        ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
        ...['--initial-cluster', `test=${peerUrl}`, '--max-request-bytes', String(8 * 1024 * 1024)],
        ...['--heartbeat-interval', '50', '--election-timeout', '500', '--logger', 'zap'],
        ...this.args,
      ],
      // Settings of the environment would override these.
      { stdio: ['ignore', 'ignore', 'pipe'], env: withoutEtcdSettings(process.env) },
    );
    this.child = child;
    this.exited = new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', (error) => {
        this.output += String(error);
        resolve();
      });
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.output = (this.output + text).slice(-keptOutputBytes);
    });
    await this.untilHealthy(child);
  }

  async shutdown(): Promise<void> {
    this.child?.kill('SIGCONT');
    this.child?.kill('SIGTERM');
    const cancelKill = systemClock.after(stopTimeoutMs, () => this.child?.kill('SIGKILL'));
    await this.exited;
    cancelKill();
  }

  async kill(): Promise<void> {
    this.child?.kill('SIGKILL');
    await this.exited;
  }

  pause(): void {
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    await this.kill();
    process.off('exit', this.killAtExit);
    await rm(this.dir, { recursive: true, force: true });
  }

  private async untilHealthy(child: ChildProcess): Promise<void> {
    const deadline = systemClock.monotonic() + startTimeoutMs;
    for (;;) {
      const healthy = await fetch(`http://${this.address}/health`, { signal: AbortSignal.timeout(1_000) })
        .then(async (answer) => answer.ok && ((await answer.json()) as { health?: string }).health === 'true')
        .catch(() => false);
      if (healthy) return;
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
        throw new Error(`etcd ended while it started: ${this.output}`);
      }
      if (systemClock.monotonic() > deadline) {
        throw new Error(`etcd did not answer within ${startTimeoutMs} ms: ${this.output}`);
      }
      await new Promise<void>((resolve) => systemClock.after(20, resolve));
    }
  }
}

function withoutEtcdSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('ETCD')));
}
