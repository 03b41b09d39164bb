import { join } from 'node:path';
import { AuditService } from '@vitess-ts/proto/vtaudit';
import { VtctldService, VtctlService } from '@vitess-ts/proto/vtctlservice';
import { TopoStoreService } from '@vitess-ts/proto/vttopo';
import {
  addDebugPages,
  DebugServer,
  GrpcServer,
  type Logger,
  type OptionReport,
  type Service,
} from '@vitess-ts/servenv';
import { MetricsRegistry } from '@vitess-ts/telemetry';
import { createTabletManagerClient, type TabletManagerClient } from '@vitess-ts/tmclient';
import { topoStoreHandlers, type Conn, type OpenedTopo } from '@vitess-ts/topo';
import type { LocalTablets } from '@vitess-ts/queryservice';
import { AuditLog } from './audit/audit-log';
import type { AccessOptions } from './http/access';
import { HttpApi, topologySection } from './http/api';
import type { TabletManager } from './tablet-manager';
import { legacyHandlers } from './legacy-commands';
import { auditHandlers, vtctldHandlers } from './vtctld-handlers';

export interface VtctldConfig {
  /** Address that both servers bind. */
  host: string;
  /** 15999 by convention; 0 lets the system choose. */
  grpcPort: number;
  /** HTTP, 15000 by convention; 0 lets the system choose. */
  port: number;
  /** Whoever opened it closes it, after this has stopped. An embedded store is served to other processes. */
  topo: OpenedTopo;
  /** What the status page says of the topology. */
  topoDescription: string;
  log: Logger;
  version: string;
  /** How to call tablets, closed by its owner; over gRPC when not given. */
  tabletManager?: TabletManager;
  /** Tablets of this process, whose health is asked without a network. */
  localTablets?: LocalTablets;
  /** Who may use the HTTP API; everybody may do everything when not given. */
  access?: AccessOptions;
  /** `host:port` of a vtgate's gRPC server, for statements of the web page. */
  vtgateGrpcAddress?: string;
  /** Metrics of the process, shown beside vtctld's. */
  registries?: readonly MetricsRegistry[];
  /** Where records of changes are kept beyond this process; nowhere when not given. */
  auditLogFile?: string;
  /** Options for `/debug/env`. */
  report?: readonly OptionReport[];
}

const shutdownGraceMs = 5_000;

/** Seen from the sources and from what they are built to. */
const webDir = join(__dirname, '../web/dist');

/** The control service of a cluster: the Vtctld RPCs, the topology store when it is embedded, and HTTP pages. */
export class Vtctld implements Service {
  private readonly grpc: GrpcServer;
  private readonly http: DebugServer;
  private readonly api: HttpApi;
  private readonly ownClient?: TabletManagerClient;
  private readonly servedStore?: Conn;
  private readonly audit: AuditLog;
  private serving = false;

  constructor(private readonly config: VtctldConfig) {
    const { host, grpcPort, port, log, topo, tabletManager, version, registries = [], report } = config;
    this.grpc = new GrpcServer({ host, port: grpcPort, log });
    const tm = tabletManager ?? (this.ownClient = createTabletManagerClient());
    const context = { topo: topo.topo, tm, log };
    this.audit = new AuditLog(log, config.auditLogFile);
    const handlers = vtctldHandlers(context, this.audit);
    this.grpc.handle(VtctldService, handlers);
    const audit = auditHandlers(context, this.audit);
    this.grpc.handle(AuditService, audit);
    this.grpc.handle(VtctlService, legacyHandlers(handlers, audit));
    this.servedStore = topo.embedded?.('');
    if (this.servedStore) this.grpc.handle(TopoStoreService, topoStoreHandlers(this.servedStore));
    this.http = new DebugServer({ host, port, log });
    addDebugPages(this.http, {
      component: 'vtctld',
      version,
      registries,
      health: () => ({ ok: this.serving }),
      status: () => [topologySection(config.topoDescription, this.servedStore !== undefined)],
      report,
    });
    this.api = new HttpApi({
      server: this.http,
      vtctld: context,
      handlers,
      audit: this.audit,
      access: config.access,
      vtgateGrpcAddress: config.vtgateGrpcAddress,
      localTablets: config.localTablets,
      webDir,
    });
  }

  async start(): Promise<void> {
    await this.audit.load();
    await this.grpc.start();
    await this.http.start();
    this.grpc.setServing(true);
    this.serving = true;
  }

  /** The port that gRPC is served on; only after `start`. */
  get grpcPort(): number {
    return this.grpc.port;
  }

  /** The port that HTTP is served on; only after `start`. */
  get httpPort(): number {
    return this.http.port;
  }

  lameduck(): void {
    this.serving = false;
    this.grpc.setServing(false);
  }

  async stop(): Promise<void> {
    this.serving = false;
    // Watches and locks of other processes would keep the server from draining.
    await this.servedStore?.close();
    await this.grpc.stop(shutdownGraceMs);
    await this.http.stop();
    await this.api.stop();
    this.ownClient?.close();
    await this.audit.close();
    this.config.log.info('vtctld has stopped');
  }
}
