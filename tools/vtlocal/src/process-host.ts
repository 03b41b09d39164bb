import { existsSync, readFileSync } from 'node:fs';
import { get } from 'node:http';
import { dirname, join } from 'node:path';
import {
  GLOBAL_ROOT,
  HOST,
  mysqldProcesses,
  replicationPort,
  tabletDir,
  tabletName,
  typesOf,
  type ClusterHost,
  type HostContext,
} from './host';
import type { TabletPlan } from './layout';
import type { ClusterInfo, MemberProcess, TabletInfo } from './state-file';
import { SupervisedProgram, type ProgramSpec } from './supervisor';
import { TRANSACTION_CAP, mysqldCacheDir } from './tablet';

/** A program that the cluster needs is not installed. */
export class MissingProgramError extends Error {}

/** Each service in a process of its own, as in production; this process starts, watches and stops them. */
export class ProcessHost implements ClusterHost {
  private readonly programs: SupervisedProgram[] = [];
  private readonly byName = new Map<string, SupervisedProgram>();

  constructor(
    private readonly context: HostContext,
    private readonly onLaunch: () => void,
  ) {}

  async startTopology(signal: AbortSignal): Promise<void> {
    // The embedded store lives in vtctld, which serves it to the others.
    if (this.context.options.topo === 'etcd') await this.run(this.etcd(), signal);
  }

  async startVtctld(signal: AbortSignal): Promise<void> {
    const { ports, options } = this.context;
    const embedded = options.topo === 'file';
    const topo = embedded
      ? ['--topo-implementation', 'file', '--topo-global-server-address', join(options.dataDir, 'topo')]
      : this.topoFlags();
    await this.run(
      this.service('vtctld', 'vtctld', ports.vtctldHttp, [
        ...topo,
        ...[
          '--grpc-port',
          String(ports.vtctldGrpc),
          '--port',
          String(ports.vtctldHttp),
          '--bind-address',
          HOST,
          '--vtgate-grpc-address',
          `${HOST}:${ports.vtgateGrpc}`,
        ],
      ]),
      signal,
    );
  }

  async startTablets(signal: AbortSignal): Promise<void> {
    await Promise.all(this.context.layout.tablets.map((plan) => this.run(this.vttablet(plan), signal)));
  }

  async startVtgate(signal: AbortSignal): Promise<void> {
    const { ports, layout } = this.context;
    await this.run(
      this.service('vtgate', 'vtgate', ports.vtgateHttp, [
        ...this.topoFlags(),
        ...['--vschema-ddl-authorized-users', '%'],
        ...['--cell', layout.cell, '--tablet-types-to-wait', typesOf(this.context).join(',')],
        ...['--mysql-server-bind-address', HOST, '--mysql-server-port', String(ports.vtgateMysql)],
        ...['--grpc-port', String(ports.vtgateGrpc), '--port', String(ports.vtgateHttp)],
      ]),
      signal,
    );
  }

  topology(): ClusterInfo['topo'] {
    const { options, ports } = this.context;
    return options.topo === 'etcd'
      ? { implementation: 'etcd2', address: `${HOST}:${ports.etcdClient}`, pid: this.pidOf('etcd') }
      : { implementation: 'remote', address: `${HOST}:${ports.vtctldGrpc}` };
  }

  vtctldPid(): number {
    return this.pidOf('vtctld');
  }

  vtgatePid(): number {
    return this.pidOf('vtgate');
  }

  tablets(): TabletInfo[] {
    return this.context.layout.tablets.map((plan) => {
      const ports = this.context.ports.tablet(plan.uid);
      const name = tabletName(this.context, plan);
      const mysqld = readMysqldState(tabletDir(this.context, plan));
      return {
        alias: name,
        keyspace: plan.keyspace,
        shard: plan.shard,
        type: plan.type,
        grpc: `${HOST}:${ports.grpc}`,
        http: `${HOST}:${ports.http}`,
        mysqlSocket: mysqld.socketPath,
        pid: this.pidOf(`vttablet-${name}`),
        mysqldPid: mysqld.pid,
      };
    });
  }

  processes(): MemberProcess[] {
    const own = this.programs.flatMap((p) => (p.process ? [{ ...p.process, role: 'service' as const }] : []));
    return [...own, ...mysqldProcesses(this.tablets())];
  }

  /** Latest first, so that nothing loses what it works with; tablets together. */
  async stop(): Promise<void> {
    const isTablet = (p: SupervisedProgram): boolean => p.name.startsWith('vttablet-');
    const others = this.programs.filter((p) => !isTablet(p));
    for (const program of others.filter((p) => p.name === 'vtgate')) await program.stop();
    await Promise.all(this.programs.filter(isTablet).map((p) => p.stop()));
    for (const program of others.filter((p) => p.name !== 'vtgate').reverse()) await program.stop();
  }

  private async run(spec: ProgramSpec, signal: AbortSignal): Promise<void> {
    const program = new SupervisedProgram(spec, join(this.context.options.dataDir, 'logs'), this.onLaunch);
    this.programs.push(program);
    this.byName.set(spec.name, program);
    await program.start(signal);
  }

  private pidOf(name: string): number {
    return this.byName.get(name)?.process?.pid ?? 0;
  }

  private topoFlags(): string[] {
    const { implementation, address } = this.topology();
    return [
      ...['--topo-implementation', implementation],
      ...['--topo-global-server-address', address, '--topo-global-root', GLOBAL_ROOT],
    ];
  }

  private service(name: string, package_: string, httpPort: number, args: string[]): ProgramSpec {
    // Through the package, so that it is found wherever npm has put it.
    const main = join(dirname(require.resolve(`@vitess-ts/${package_}`)), '..', 'bin', `${package_}.js`);
    return {
      name,
      command: process.execPath,
      args: [main, ...args],
      isReady: () => answers(`http://${HOST}:${httpPort}/debug/health`),
    };
  }

  private vttablet(plan: TabletPlan): ProgramSpec {
    const { layout, ports } = this.context;
    const { http, grpc } = ports.tablet(plan.uid);
    const name = tabletName(this.context, plan);
    const mysqlPort = replicationPort(this.context, plan);
    const spec = this.service(`vttablet-${name}`, 'vttablet', http, [
      ...this.topoFlags(),
      ...['--tablet-path', name, '--init-keyspace', plan.keyspace, `--init-shard=${plan.shard}`],
      ...['--init-tablet-type', plan.type === 'rdonly' ? 'rdonly' : 'replica'],
      ...[
        '--tablet-hostname',
        HOST,
        '--bind-address',
        HOST,
        '--port',
        String(http),
        '--grpc-port',
        String(grpc),
      ],
      ...['--tablet-dir', tabletDir(this.context, plan), '--mysqld-cache-dir', mysqldCacheDir()],
      ...['--mysqld-durability', 'relaxed'],
      ...['--queryserver-config-transaction-cap', String(TRANSACTION_CAP)],
      ...['--mysql-replication-password', layout.replicationPassword],
      ...(mysqlPort === undefined ? [] : ['--mysql-port', String(mysqlPort)]),
    ]);
    // A tablet serves only when its shard has a primary; that is a later step, so its process being up is enough here.
    return { ...spec, isReady: () => answers(`http://${HOST}:${http}/debug/liveness`) };
  }

  private etcd(): ProgramSpec {
    const { ports, options } = this.context;
    const command = ['/usr/bin/etcd', '/usr/local/bin/etcd'].find(existsSync);
    if (command === undefined) {
      throw new MissingProgramError('etcd is not installed; on Debian, as root: apt-get install etcd-server');
    }
    const client = `http://${HOST}:${ports.etcdClient}`;
    const peer = `http://${HOST}:${ports.etcdPeer}`;
    const args = [
      ...['--name', 'vtlocal', '--data-dir', join(options.dataDir, 'etcd')],
      // A large vschema is one record.
      ...['--max-request-bytes', String(8 << 20)],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...[
        '--listen-peer-urls',
        peer,
        '--initial-advertise-peer-urls',
        peer,
        '--initial-cluster',
        `vtlocal=${peer}`,
      ],
    ];
    return { name: 'etcd', command, args, isReady: () => answers(`${client}/health`) };
  }
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { timeout: 1000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy(new Error('no answer')));
    request.on('error', () => resolve(false));
  });
}

/** What a tablet's mysqld keeps beside its data: where it listens and who it is. */
function readMysqldState(dir: string): { socketPath: string; pid: number } {
  const file = join(dir, 'mysqld.json');
  if (!existsSync(file)) return { socketPath: '', pid: 0 };
  const state = JSON.parse(readFileSync(file, 'utf8')) as { socketPath?: string; pid?: number | null };
  return { socketPath: state.socketPath ?? '', pid: state.pid ?? 0 };
}
