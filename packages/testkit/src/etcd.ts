import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { sleep, systemClock } from '@vitess-ts/base';
import { freePort } from './free-port';
import { pauseProcess } from './pause-process';

const startTimeoutMs = 20_000;
const startAttempts = 3;
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
  /** SIGSTOP, resolves once it has taken effect: the server keeps its connections and answers nothing until `resume`. */
  pause(): Promise<void>;
  resume(): void;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

export interface TestEtcdOptions {
  /** Files in PEM. With them clients must use TLS, and show a certificate that `ca` vouches for. */
  tls?: { ca: string; cert: string; key: string };
}

/**
 * Starts one etcd server for a test, with its data in a temporary directory. It takes files of the size that the
 * topology allows. It ends with `stop`, or with this process however that ends.
 */
export async function startEtcd(options: TestEtcdOptions = {}): Promise<TestEtcd> {
  const binary = etcdBinary();
  for (let attempt = 1; ; attempt++) {
    const dir = await mkdtemp(join(tmpdir(), 'vt-etcd-'));
    const server = new EtcdServer(binary, dir, await freePorts(), options);
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.stop();
      // Another process may have taken a port that was free.
      if (attempt >= startAttempts) throw error;
    }
  }
}

interface Ports {
  client: number;
  peer: number;
  metrics: number;
}

async function freePorts(): Promise<Ports> {
  const ports = new Set<number>();
  while (ports.size < 3) ports.add(await freePort());
  const [client, peer, metrics] = ports;
  return { client, peer, metrics };
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

  constructor(
    private readonly binary: string,
    private readonly dir: string,
    private readonly ports: Ports,
    private readonly options: TestEtcdOptions,
  ) {
    this.address = `127.0.0.1:${ports.client}`;
  }

  async start(): Promise<void> {
    // Settings of the environment would override the flags.
    const env = withoutEtcdSettings(process.env);
    const child = spawn(this.binary, this.flags(), { stdio: ['ignore', 'ignore', 'pipe'], env });
    this.child = child;
    this.exited = new Promise((resolve) => {
      const watch = child.pid === undefined ? undefined : watchOver(child.pid, this.dir);
      child.once('exit', () => {
        watch?.kill('SIGKILL');
        resolve();
      });
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

  async pause(): Promise<void> {
    const { pid } = this.child as ChildProcess;
    if (pid !== undefined) await pauseProcess(pid);
  }

  resume(): void {
    this.child?.kill('SIGCONT');
  }

  async stop(): Promise<void> {
    await this.kill();
    await rm(this.dir, { recursive: true, force: true });
  }

  private flags(): string[] {
    const { tls } = this.options;
    const url = `${tls ? 'https' : 'http'}://${this.address}`;
    const peerUrl = `http://127.0.0.1:${this.ports.peer}`;
    return [
      ...['--name', 'test', '--data-dir', join(this.dir, 'data')],
      ...['--listen-client-urls', url, '--advertise-client-urls', url],
      ...['--listen-peer-urls', peerUrl, '--initial-advertise-peer-urls', peerUrl],
      ...['--initial-cluster', `test=${peerUrl}`, '--listen-metrics-urls', this.metricsUrl()],
      ...['--max-request-bytes', String(8 * 1024 * 1024)],
      ...['--heartbeat-interval', '50', '--election-timeout', '500', '--logger', 'zap'],
      ...(tls
        ? ['--client-cert-auth', '--trusted-ca-file', tls.ca, '--cert-file', tls.cert, '--key-file', tls.key]
        : []),
    ];
  }

  private metricsUrl(): string {
    return `http://127.0.0.1:${this.ports.metrics}`;
  }

  private async untilHealthy(child: ChildProcess): Promise<void> {
    await until(startTimeoutMs, 'etcd did not answer', async () => {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
        throw new Error(`etcd ended while it started: ${this.output}`);
      }
      try {
        const answer = await fetch(`${this.metricsUrl()}/health`, { signal: AbortSignal.timeout(1_000) });
        return ((await answer.json()) as { health?: string }).health === 'true';
      } catch {
        // Nobody listens yet.
        return false;
      }
    });
  }
}

async function until(limitMs: number, what: string, isSo: () => Promise<boolean>): Promise<void> {
  const deadline = systemClock.monotonic() + limitMs;
  while (!(await isSo())) {
    if (systemClock.monotonic() > deadline) throw new Error(`${what} within ${limitMs} ms`);
    await sleep(20);
  }
}

/** A process that sees by the end of its input that we are gone, and then ends the server and removes its data. */
function watchOver(pid: number, dir: string): ChildProcess {
  const script = 'read -r _; kill -9 "$0"; rm -rf "$1"';
  return spawn('sh', ['-c', script, String(pid), dir], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
}

function withoutEtcdSettings(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('ETCD')));
}
