import { tabletAliasString, tabletTypeName } from '@vitess-ts/proto';
import { addDebugPages, DebugServer, json, type StatusSection } from '@vitess-ts/servenv';
import type { MetricsRegistry } from '@vitess-ts/telemetry';
import type { StateManager } from './tabletserver/state-manager';
import type { TabletServer } from './tabletserver/tablet-server';
import type { VtTabletConfig } from './vttablet-config';

const version = '0.1.0';

/** Starts the HTTP server with the pages of every component and those of a tablet. */
export async function startDebugServer(
  config: VtTabletConfig,
  port: number,
  metrics: MetricsRegistry,
  state: StateManager,
  server: TabletServer,
): Promise<DebugServer> {
  const { bindAddress: host, log, report } = config;
  const http = new DebugServer({ host, port, log: log.child('http') });
  addDebugPages(http, {
    component: `vttablet ${tabletAliasString(config.alias)}`,
    version,
    registries: [metrics],
    report,
    health: () => ({ ok: state.state.serving, reason: state.state.reason || 'not serving' }),
    status: () => [tabletSection(config, state), poolSection(server)],
  });
  http.route('GET', '/debug/schema', () =>
    json(Object.fromEntries(server.schema.tableNames().map((name) => [name, server.schema.table(name)]))),
  );
  http.route('GET', '/debug/transactions', () =>
    json(
      server.stateful.registry.all().map((connection) => ({
        id: connection.id.toString(),
        inTransaction: connection.inTransaction,
        reserved: connection.reserved,
        begun: connection.begunAtMs === 0 ? null : new Date(connection.begunAtMs).toISOString(),
        caller: connection.caller,
        mysqlConnection: connection.connection.connectionId,
      })),
    ),
  );
  http.route('GET', '/debug/tablet_plans', () => json(server.plans.stats()));
  await http.start();
  return http;
}

function tabletSection(config: VtTabletConfig, state: StateManager): StatusSection {
  const { tabletType, serving, reason, primaryTermStart } = state.state;
  return {
    title: 'Tablet',
    rows: [
      ['Alias', tabletAliasString(config.alias)],
      ['Keyspace / shard', `${config.keyspace}/${config.shard}`],
      ['Type', tabletTypeName(tabletType)],
      ['State', serving ? 'SERVING' : `NOT_SERVING ${reason}`.trim()],
      ['Primary since', primaryTermStart === 0 ? '-' : new Date(primaryTermStart * 1000).toISOString()],
    ],
  };
}

function poolSection(server: TabletServer): StatusSection {
  return {
    title: 'Connections to mysqld (in use / idle / capacity)',
    rows: Object.entries(server.pools.stats()).map(([name, stats]) => [
      name,
      `${stats.inUse} / ${stats.idle} / ${stats.capacity}`,
    ]),
  };
}
