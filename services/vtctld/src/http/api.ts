import type { LocalTablets } from '@vitess-ts/queryservice';
import { HttpError, json, type DebugServer, type StatusSection } from '@vitess-ts/servenv';
import type { VtctldContext, VtctldHandlers } from '../context';
import { Access, type AccessOptions } from './access';
import { ClusterHealth } from './cluster-health';
import { addGateRoutes, GateConsole } from './gate-console';
import { addHealthRoutes } from './health-routes';
import { addRpcRoute, callRpc, contextOf } from './rpc-route';
import { addTopologyRoutes } from './topology-routes';
import { addWebPage } from './web-page';

export interface HttpApiOptions {
  server: DebugServer;
  vtctld: VtctldContext;
  handlers: VtctldHandlers;
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
    addSchemaApply(server, handlers, access);
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

/** `POST /api/schema/apply` with `{"Keyspace", "SQL", "ReplicaTimeoutSeconds"}`, as Vitess's vtctld takes it. */
function addSchemaApply(server: DebugServer, handlers: VtctldHandlers, access: Access): void {
  server.route('POST', '/api/schema/apply', async (request) => {
    const { name } = access.require(request, 'operator');
    const body = JSON.parse((await request.body()).toString() || '{}') as Record<string, unknown>;
    const { Keyspace: keyspace, SQL: sql, ReplicaTimeoutSeconds: seconds } = body;
    if (typeof keyspace !== 'string' || typeof sql !== 'string') {
      throw new HttpError(400, 'the body has the texts "Keyspace" and "SQL"');
    }
    const waits = typeof seconds === 'number' && seconds > 0;
    const call = {
      keyspace,
      sql: [sql],
      ...(waits ? { wait_replicas_timeout: `${seconds}s` } : {}),
    };
    return json(await callRpc(handlers, 'ApplySchema', JSON.stringify(call), contextOf(request, name)));
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
