import { tabletTypeName } from '@vitess-ts/proto';
import { addDebugPages, json, queryLogPage, type DebugServer, type OptionReport } from '@vitess-ts/servenv';
import { srvVSchemaToJson } from '@vitess-ts/vindexes';
import type { Gateway } from './executor/gateway';
import type { PlannedStatements } from './executor/planned-statements';
import type { SchemaSource } from './executor/schema-source';
import type { GateMetrics } from './gate-metrics';
import type { OpenedQueryLog } from './open-query-log';

export interface GatePagesOptions {
  version: string;
  metrics: GateMetrics;
  gateway: Gateway;
  schema: SchemaSource;
  planned: PlannedStatements;
  queryLog: OpenedQueryLog;
  /** Undefined while it serves; else why it does not. */
  notServing: () => string | undefined;
  report?: readonly OptionReport[];
}

/** What operators see of the gate at `/debug/*`. */
export function addGatePages(server: DebugServer, options: GatePagesOptions): void {
  const { version, metrics, gateway, schema, planned, queryLog, notServing, report } = options;
  addDebugPages(server, {
    component: 'vtgate',
    version,
    registries: [metrics.registry],
    health: () => {
      const reason = notServing();
      return { ok: reason === undefined, reason };
    },
    report,
    status: () => [
      { title: 'Keyspaces', rows: gateway.keyspaces().map((k) => [k, ''] as const) },
      {
        title: 'Tablets',
        rows: tabletRows(gateway).map((t) => [t.alias, `${t.target} ${t.state}`] as const),
      },
    ],
  });
  server.route('GET', '/debug/vschema', () => json(srvVSchemaToJson(schema.current().vschema.source)));
  server.route('GET', '/debug/query_plans', () => json(planned.cache.stats));
  server.route('GET', '/debug/querylog', queryLogPage(queryLog.log, queryLog.format));
  server.route('GET', '/debug/gateway', () => json(tabletRows(gateway)));
}

interface TabletRow {
  alias: string;
  target: string;
  state: string;
  hostname: string;
  lagSeconds: number;
  error?: string;
}

function tabletRows(gateway: Gateway): TabletRow[] {
  const rows = gateway.tablets().map(({ alias, target, serving, tablet, lagSeconds, lastError }) => ({
    alias,
    target: `${target.keyspace}/${target.shard}/${tabletTypeName(target.tabletType)}`,
    state: serving ? 'SERVING' : 'NOT_SERVING',
    hostname: tablet.hostname,
    lagSeconds,
    error: lastError?.message,
  }));
  return rows.sort((a, b) => (a.alias < b.alias ? -1 : 1));
}
