import { MetricsRegistry, noopTracer } from '@vitess-ts/telemetry';
import { startMariadb, type TestMariadb } from '@vitess-ts/testkit';
import type { Target } from '@vitess-ts/proto/query';
import { TabletType } from '@vitess-ts/proto/topodata';
import type { BoundQuery } from '@vitess-ts/queryservice';
import type { BindVariables, Result } from '@vitess-ts/sqltypes';
import { HealthStreamer } from '../health/health-streamer';
import { SchemaEngine } from '../schema/schema-engine';
import { defaultTabletServerOptions, type TabletServerOptions } from './options';
import { buildPlan } from './plan-builder';
import { StateManager } from './state-manager';
import { TabletMetrics } from './tablet-metrics';
import { TabletServer } from './tablet-server';

export const primary: Target = { keyspace: 'ks', shard: '0', cell: 'zone1', tabletType: TabletType.PRIMARY };
export const database = 'vt_ks';

export interface TestTablet {
  server: TabletServer;
  state: StateManager;
  health: HealthStreamer;
  /** What was reported outside requests. */
  errors: unknown[];
}

/** A primary tablet that serves, on a database that exists. */
export async function testTablet(
  db: TestMariadb,
  options: Partial<TabletServerOptions> = {},
): Promise<TestTablet> {
  const errors: unknown[] = [];
  const onError = (error: unknown): void => void errors.push(error);
  const state = new StateManager('ks', '0', 'zone1', onError);
  const alias = { cell: 'zone1', uid: 100 };
  const health = new HealthStreamer(alias, state, 1000);
  const server = new TabletServer({
    alias,
    options: { ...defaultTabletServerOptions, ...options },
    app: () => ({ ...db.mysqld.appConnectionParams(), database }),
    dba: () => ({ ...db.mysqld.dbaConnectionParams(), database }),
    state,
    health,
    schemaEngine: (pools) =>
      new SchemaEngine({ database, withConnection: (fn) => pools.withDba(fn), onError }),
    buildPlan: (sql, noBackslashEscapes) => buildPlan(sql, { flavor: 'mariadb', noBackslashEscapes }),
    metrics: new TabletMetrics(new MetricsRegistry({ prefix: 'vttablet' })),
    tracer: noopTracer,
    onError,
    onConnectError: () => undefined,
  });
  state.setType(TabletType.PRIMARY, 1);
  await server.schema.reload();
  return { server, state, health, errors };
}

export async function testDatabase(): Promise<TestMariadb> {
  const db = await startMariadb();
  await db.sql(`CREATE DATABASE ${database}`);
  await db.sql(`USE ${database}`);
  return db;
}

export function query(sql: string, bindVariables: BindVariables = {}): BoundQuery {
  return { sql, bindVariables };
}

/** Rows as text, NULL as null. */
export function textRows(result: Result | undefined): (string | null)[][] {
  return result?.rows.rows().map((row) => row.map((v) => v?.toString('utf8') ?? null)) ?? [];
}

/** The error of a promise that must reject. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    (value) => {
      throw new Error(`expected a failure, got ${String(value)}`);
    },
    (error: unknown) => error,
  );
}

/** Polls until true; fails after ten seconds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error('condition did not come true');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
