import { join } from 'node:path';
import { parseTabletType } from '@vitess-ts/proto';
import { LocalTablets } from '@vitess-ts/queryservice';
import { createLogger, fileSink, stderrSink, type LogSink, type Logger } from '@vitess-ts/servenv';
import { LocalTabletManagers, createTabletManagerClient } from '@vitess-ts/tmclient';
import { openTopo, type OpenedTopo } from '@vitess-ts/topo';
import { VtGate } from '@vitess-ts/vtgate';
import { Vtctld } from '@vitess-ts/vtctld';
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
import type { MemberProcess, TabletInfo } from './state-file';
import { LocalTablet } from './tablet';

/** Longest that running statements and transactions may go on when the cluster stops. */
const GATE_GRACE_MS = 2_000;

/** Everything in this process, one mysqld a tablet; services call each other without a network. */
export class InProcessHost implements ClusterHost {
  private readonly stops: (() => Promise<void>)[] = [];
  private readonly localTablets = new LocalTablets();
  private readonly managers = new LocalTabletManagers();
  private topo?: OpenedTopo;
  private running: LocalTablet[] = [];

  constructor(private readonly context: HostContext) {}

  async startTopology(): Promise<void> {
    const { implementation, address } = this.topology();
    const topo = await openTopo({ implementation, address, root: GLOBAL_ROOT });
    this.topo = topo;
    this.stops.push(() => topo.close());
  }

  async startVtctld(): Promise<void> {
    const { ports, version } = this.context;
    const { implementation, address } = this.topology();
    const tabletManager = createTabletManagerClient({ local: this.managers });
    const vtctld = new Vtctld({
      host: HOST,
      grpcPort: ports.vtctldGrpc,
      port: ports.vtctldHttp,
      topo: this.opened(),
      topoDescription: `${implementation} ${address}`,
      log: this.logger('vtctld'),
      version,
      tabletManager,
      localTablets: this.localTablets,
      vtgateGrpcAddress: `${HOST}:${ports.vtgateGrpc}`,
    });
    this.stops.push(async () => {
      await vtctld.stop();
      tabletManager.close();
    });
    await vtctld.start();
  }

  async startTablets(signal: AbortSignal): Promise<void> {
    const tablets = this.context.layout.tablets.map((plan) => this.tablet(plan));
    this.running = tablets;
    this.stops.push(async () => {
      await Promise.all(tablets.map((t) => t.stop()));
    });
    await Promise.all(tablets.map((t) => t.start(signal)));
  }

  async startVtgate(signal: AbortSignal): Promise<void> {
    const { layout, ports, version } = this.context;
    const vtgate = new VtGate();
    this.stops.push(() => vtgate.stop(GATE_GRACE_MS));
    await vtgate.start(
      {
        cell: layout.cell,
        topo: this.opened().topo,
        localTablets: this.localTablets,
        log: this.logger('vtgate'),
        mysql: { host: HOST, port: ports.vtgateMysql },
        grpc: { host: HOST, port: ports.vtgateGrpc },
        http: { host: HOST, port: ports.vtgateHttp },
        vschemaDdlAuthorizedUsers: ['%'],
        tabletTypesToWait: typesOf(this.context).map(parseTabletType),
        version,
      },
      signal,
    );
  }

  topology(): { implementation: string; address: string } {
    const { topo, dataDir } = this.context.options;
    return { implementation: topo, address: topo === 'memory' ? '' : join(dataDir, 'topo') };
  }

  vtctldPid(): number {
    return process.pid;
  }

  vtgatePid(): number {
    return process.pid;
  }

  tablets(): TabletInfo[] {
    return this.running.map((t) => t.info());
  }

  processes(): MemberProcess[] {
    return mysqldProcesses(this.tablets());
  }

  async stop(): Promise<void> {
    const failures: unknown[] = [];
    for (const stop of this.stops.splice(0).reverse()) {
      await stop().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }

  private opened(): OpenedTopo {
    if (this.topo === undefined) throw new Error('the topology is started first');
    return this.topo;
  }

  private tablet(plan: TabletPlan): LocalTablet {
    const { layout, ports } = this.context;
    return new LocalTablet(plan, {
      cell: layout.cell,
      host: HOST,
      dir: tabletDir(this.context, plan),
      ports: ports.tablet(plan.uid),
      mysqlPort: replicationPort(this.context, plan),
      replicationPassword: layout.replicationPassword,
      topo: this.opened().topo,
      localTablets: this.localTablets,
      managers: this.managers,
      log: this.logger(`vttablet-${tabletName(this.context, plan)}`),
    });
  }

  /** JSON lines into a file of the component; warnings to stderr, too. */
  private logger(component: string): Logger {
    const file = fileSink(join(this.context.options.dataDir, 'logs', `${component}.log`));
    this.stops.push(async () => file.close());
    const sink: LogSink = {
      write: (line, level) => {
        file.write(line, level);
        if (level === 'warn' || level === 'error') stderrSink.write(line, level);
      },
      close: () => file.close(),
    };
    return createLogger({ component, sink });
  }
}
