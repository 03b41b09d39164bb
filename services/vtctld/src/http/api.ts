import type { LocalTablets } from '@vitess-ts/queryservice';
import { json, type DebugServer, type StatusSection } from '@vitess-ts/servenv';
import type { AuditLog } from '../audit/audit-log';
import type { VtctldContext, VtctldHandlers } from '../context';
import { Access, type AccessOptions } from './access';
import { ClusterHealth } from './cluster-health';
import { addGateRoutes, GateConsole } from './gate-console';
import { addHealthRoutes } from './health-routes';
import { addRpcRoute } from './rpc-route';
import { addSchemaRoutes } from './schema-routes';
import { addTopologyRoutes } from './topology-routes';
import { addWebPage } from './web-page';

export interface HttpApiOptions {
  server: DebugServer;
  vtctld: VtctldContext;
  handlers: VtctldHandlers;
  audit: AuditLog;
  access?: AccessOptions;
  /** `host:port` of a vtgate's gRPC server, for statements of the page. */
  vtgateGrpcAddress?: string;
  /** Tablets that are called without a network. */
  localTablets?: LocalTablets;
  /** Where the built web page is. */
  webDir: string;
}

/** The JSON API below `/api/` and the web page below `/app/`. */
export class HttpApi {
  private readonly health: ClusterHealth;
  private readonly console: GateConsole;

  constructor(options: HttpApiOptions) {
    const { server, vtctld, handlers, webDir } = options;
    const access = new Access(options.access);
    this.health = new ClusterHealth({
      topo: vtctld.topo,
      log: vtctld.log,
      localTablets: options.localTablets,
    });
    this.console = new GateConsole(options.vtgateGrpcAddress ?? '');
    addRpcRoute(server, handlers, access);
    addTopologyRoutes({ server, vtctld, handlers, access });
    addHealthRoutes(server, vtctld.topo, this.health, access);
    addGateRoutes(server, this.console, access);
    addFeatures(server, access, options.vtgateGrpcAddress !== undefined);
    addSchemaRoutes(server, vtctld, handlers, access);
    server.route('GET', '/api/activity', (request) => {
      access.require(request, 'viewer');
      return json(options.audit.entries());
    });
    addWebPage(server, webDir);
  }

  async stop(): Promise<void> {
    this.console.close();
    await this.health.stop();
  }
}

/** `/api/features`: what this vtctld can do, and for whom. */
function addFeatures(server: DebugServer, access: Access, hasGate: boolean): void {
  server.route('GET', '/api/features', (request) => {
    const { name, role } = access.require(request, 'viewer');
    return json({
      activeReparents: true,
      showStatus: true,
      showTopologyCRUD: role === 'admin',
      showWorkflows: false,
      workflows: [],
      user: name,
      role,
      sqlConsole: hasGate,
    });
  });
}

export function topologySection(description: string, isServed: boolean): StatusSection {
  return {
    title: 'Topology',
    rows: [
      ['Store', description],
      ['Served to other processes', isServed ? 'yes' : 'no'],
    ],
  };
}
