import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep, systemClock } from '@vitess-ts/base';
import { freePort } from './free-port';
import { pauseProcess } from './pause-process';

const startTimeoutMs = 60_000;
const startAttempts = 3;
const keptOutputBytes = 16 * 1024;
const jar = '/usr/share/java/zookeeper.jar';
/** The jar names what it needs, but not these, which TLS needs. */
const classPath = [jar, '/usr/share/java/netty-codec.jar', '/usr/share/java/netty-resolver.jar'].join(':');
const javaHeap = '-Xmx128m';

export interface TestZookeeper {
  /** `127.0.0.1:port`, the same after each start. */
  readonly address: string;
  /** `127.0.0.1:port` for TLS; only with `tls`. */
  readonly secureAddress?: string;
  /** Ends the server as SIGKILL does; the data stay. */
  kill(): Promise<void>;
  /** Starts it again on the same data and port, and waits until it answers. */
  start(): Promise<void>;
  /** SIGSTOP, resolves once it has taken effect: the server keeps its connections and answers nothing until `resume`. */
  pause(): Promise<void>;
  resume(): void;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

export interface TestZookeeperOptions {
  /** Files in PEM. Clients of the secure address must show a certificate that `ca` vouches for. */
  tls?: { ca: string; certAndKey: string };
}

/**
 * Starts one ZooKeeper server for a test, with its data in a temporary directory. It takes files of the size that the
 * topology allows, and sessions from one second up. It ends with `stop`, or with this process however that ends.
 */
export async function startZookeeper(options: TestZookeeperOptions = {}): Promise<TestZookeeper> {
  if (!existsSync(jar)) {
    throw new Error(
      'there is no zookeeper: install it, on Debian: apt-get install -y libzookeeper-java default-jre-headless',
    );
  }
  for (let attempt = 1; ; attempt++) {
    const dir = await mkdtemp(join(tmpdir(), 'vt-zk-'));
    const server = new ZookeeperServer(dir, await freePort(), await freePort(), options);
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

class ZookeeperServer implements TestZookeeper {
  readonly address: string;
  readonly secureAddress?: string;
  private child?: ChildProcess;
  private exited: Promise<void> = Promise.resolve();
  private output = '';

  constructor(
    private readonly dir: string,
    private readonly port: number,
    private readonly securePort: number,
    private readonly options: TestZookeeperOptions,
  ) {
    this.address = `127.0.0.1:${port}`;
    if (options.tls) this.secureAddress = `127.0.0.1:${securePort}`;
  }

  async start(): Promise<void> {
    const config = join(this.dir, 'zoo.cfg');
    await writeFile(config, this.config());
    const child = spawn('java', [...this.javaFlags(), config], { stdio: ['ignore', 'pipe', 'pipe'] });
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
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.output = (this.output + text).slice(-keptOutputBytes);
      });
    }
    await this.untilHealthy(child);
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

  private javaFlags(): string[] {
    const { tls } = this.options;
    return [
      ...[javaHeap, '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Djute.maxbuffer=8388608'],
      ...['-Dzookeeper.jmx.log4j.disable=true', '-Dzookeeper.admin.enableServer=false'],
      ...(tls ? ['-Dzookeeper.serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory'] : []),
      ...['-cp', classPath, 'org.apache.zookeeper.server.ZooKeeperServerMain'],
    ];
  }

  private config(): string {
    const { tls } = this.options;
    return [
      `dataDir=${join(this.dir, 'data')}`,
      'clientPortAddress=127.0.0.1',
      `clientPort=${this.port}`,
      'tickTime=500',
      'minSessionTimeout=1000',
      'maxSessionTimeout=60000',
      'maxClientCnxns=0',
      '4lw.commands.whitelist=srvr',
      ...(tls
        ? [
            'secureClientPortAddress=127.0.0.1',
            `secureClientPort=${this.securePort}`,
            `ssl.keyStore.location=${tls.certAndKey}`,
            'ssl.keyStore.type=PEM',
            `ssl.trustStore.location=${tls.ca}`,
            'ssl.trustStore.type=PEM',
            'ssl.hostnameVerification=false',
          ]
        : []),
      '',
    ].join('\n');
  }

  private async untilHealthy(child: ChildProcess): Promise<void> {
    const deadline = systemClock.monotonic() + startTimeoutMs;
    while (!(await isHealthy(this.port))) {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) {
        throw new Error(`zookeeper ended while it started: ${this.output}`);
      }
      if (systemClock.monotonic() > deadline) {
        throw new Error(`zookeeper did not answer within ${startTimeoutMs} ms: ${this.output}`);
      }
      await sleep(50);
    }
  }
}

function isHealthy(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 2_000 });
    let answer = '';
    socket.on('connect', () => socket.write('srvr'));
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.on('timeout', () => socket.destroy());
    // Nobody listens yet.
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer.startsWith('Zookeeper version')));
  });
}

/** A process that sees by the end of its input that we are gone, and then ends the server and removes its data. */
function watchOver(pid: number, dir: string): ChildProcess {
  const script = 'read -r _; kill -9 "$0"; rm -rf "$1"';
  return spawn('sh', ['-c', script, String(pid), dir], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
}
