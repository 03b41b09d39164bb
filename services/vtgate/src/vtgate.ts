import { childSignal } from '@vitess-ts/base';
import { HealthCheck, ServingGraph, type LagLimits } from '@vitess-ts/discovery';
import { NoAuthenticator } from '@vitess-ts/mysql';
import { TabletType } from '@vitess-ts/proto/topodata';
import { VitessService } from '@vitess-ts/proto/vtgateservice';
import { TabletTransport, type LocalTablets } from '@vitess-ts/queryservice';
import { crashFile, DebugServer, GrpcServer, type Logger, type OptionReport } from '@vitess-ts/servenv';
import { createTracer } from '@vitess-ts/telemetry';
import type { TopoServer } from '@vitess-ts/topo';
import { Code, VtError } from '@vitess-ts/vterrors';
import { askBackendVersion, assumedBackend, flavorOf, type BackendVersion } from './backend-version';
import { buildExecutor, type BuiltExecutor } from './build-executor';
import { defaultLimits, type GateLimits } from './gate-limits';
import { GateMetrics } from './gate-metrics';
import { GateObserver } from './gate-observer';
import { addGatePages } from './gate-pages';
import { TabletGateway } from './gateway/tablet-gateway';
import { VitessHandlers } from './grpcfront/vitess-service';
import { LogicalNames } from './mysqlfront/logical-names';
import { MysqlFront } from './mysqlfront/mysql-front';
import type { MysqlListener } from './mysqlfront/mysql-options';
import { openQueryLog, type OpenedQueryLog, type QueryLogConfig } from './open-query-log';
import { buildPlan } from './planner/build-plan';
import { RepeatedErrors } from './repeated-errors';
import { resolveTransactions } from './resolve-transactions';
import { SchemaManager } from './schema/schema-manager';
import { TopoVSchemaStore } from './schema/topo-vschema-store';
import type { TransactionMode } from './session/session';

/** Where a server listens. */
export interface ListenAddress {
  /** Loopback when absent. */
  host?: string;
  /** 0 lets the system choose. */
  port: number;
}

export interface VtGateConfig {
  cell: string;
  /** Cells whose tablets are used. The gate's own when absent or empty. */
  cellsToWatch?: readonly string[];
  /** All when absent or empty. */
  keyspacesToWatch?: readonly string[];
  /** Closed by its owner, after the gate has stopped. */
  topo: TopoServer;
  /** Tablets that run in this process and are called directly; all others are reached over gRPC. */
  localTablets?: LocalTablets;
  log: Logger;
  mysql?: MysqlListener;
  grpc?: ListenAddress;
  http?: ListenAddress;
  limits?: Partial<GateLimits>;
  /** Which replicas lag too far to be asked. */
  lag?: Partial<LagLimits>;
  /** Who may change vschemas by ALTER VSCHEMA; `%`: all. Default: nobody. */
  vschemaDdlAuthorizedUsers?: readonly string[];
  /** The start waits until each shard has one of each of these. Default: primary. */
  tabletTypesToWait?: readonly TabletType[];
  version?: string;
  /** Default: nothing is written, `/debug/querylog` streams what is asked for. */
  queryLog?: QueryLogConfig;
  /** Of new sessions. Default: MULTI. */
  transactionMode?: TransactionMode;
  /** Tests of crashes: see `crashFile`. */
  commitCrashFile?: string;
  /** What `/debug/env` lists. */
  report?: readonly OptionReport[];
}

/** Ports that the gate listens on; undefined for those that it does not have. */
export interface GateAddresses {
  mysqlPort?: number;
  grpcPort?: number;
  httpPort?: number;
}

/** Longest that asking for the schema or the version of a tablet holds up the start. */
const ASK_TIMEOUT_MS = 10_000;

/** One gate: the cluster as one MySQL server. `start` once, `stop` once, also after a start that failed. */
export class VtGate {
  /** Ends what was started, the latest first; the fronts before all else, together. */
  private readonly stops: (() => Promise<void>)[] = [];
  private readonly metrics = new GateMetrics();
  private readonly tracer = createTracer('vtgate');
  private readonly frontStops: ((graceMs: number) => Promise<void>)[] = [];
  private notServing: string | undefined = 'starting';
  private stopping?: Promise<void>;

  /** Resolves when it serves. Rejects when an address is taken, or the topology does not answer before the signal. */
  async start(
    config: VtGateConfig,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<GateAddresses> {
    checkAccess(config.mysql);
    const limits = { ...defaultLimits, ...config.limits };
    const cluster = await this.watchCluster(config, limits, signal);
    const backend = await this.backendVersion(config, cluster.health, signal);
    const serverVersion = config.mysql?.serverVersion ?? backend.version;
    const queryLog = await this.openQueryLog(config);
    const { metrics, tracer } = this;
    const resolverErrors = new RepeatedErrors(config.log);
    const built = buildExecutor({
      ...limits,
      scratch: {
        maxRows: limits.scratchMaxRows,
        maxBytes: limits.scratchMaxBytes,
        maxConcurrent: limits.scratchMaxConcurrent,
      },
      spill: { directory: limits.spillDirectory, maxBytes: limits.spillMaxBytes },
      gateway: cluster.gateway,
      schema: cluster.schema,
      vschemas: new TopoVSchemaStore(config.topo),
      vschemaUsers: config.vschemaDdlAuthorizedUsers ?? [],
      buildPlan,
      flavor: backend.flavor,
      serverVersion,
      socket: config.mysql?.socketPath ?? '',
      observer: new GateObserver({ tracer, metrics, queryLog: queryLog.log, flavor: backend.flavor }),
      transactionObserver: metrics,
      onResolverError: (error) => resolverErrors.report('cannot end a commit over several shards', error),
      atCommitStep: config.commitCrashFile
        ? crashFile(config.commitCrashFile, { vtgate: () => process.pid })
        : undefined,
    });
    this.metrics.watchResolver(() => built.resolver.resolved);
    this.stops.push(resolveTransactions(cluster.health, built));
    metrics.watchPlanCache(built.planned.cache);
    metrics.watchScratch(() => built.scratchConnections.stats);
    this.stops.push(() => built.scratchConnections.close());
    metrics.watchSpill(() => built.spillDirectory.stats);
    this.stops.push(() => built.spillDirectory.close());
    const mysqlPort = await this.serveMysql(config, cluster, built, {
      ...backend,
      version: serverVersion,
    });
    const grpcPort = await this.serveGrpc(config, cluster, built, limits, backend.flavor);
    const httpPort = await this.servePages(config, cluster, built, queryLog);
    this.notServing = undefined;
    config.log.info('vtgate serves', { cell: config.cell, serverVersion, mysqlPort, grpcPort, httpPort });
    return { mysqlPort, grpcPort, httpPort };
  }

  /** Says that it goes away soon: health checks fail from now on. */
  lameduck(): void {
    this.notServing = 'lameduck';
  }

  /**
   * Takes no new connection, lets statements and transactions end for `graceMs`, rolls back what is left and frees
   * everything.
   */
  stop(graceMs = 10_000): Promise<void> {
    this.stopping ??= this.stopAll(graceMs);
    return this.stopping;
  }

  private async stopAll(graceMs: number): Promise<void> {
    this.notServing = 'stopping';
    const settled = await Promise.allSettled(this.frontStops.splice(0).map((stop) => stop(graceMs)));
    // One after the other: what was started later uses what was started before it.
    for (const stop of this.stops.splice(0).reverse()) settled.push(...(await Promise.allSettled([stop()])));
    const failed = settled.find((s) => s.status === 'rejected');
    if (failed) throw failed.reason;
  }

  private async openQueryLog({ queryLog, log }: VtGateConfig): Promise<OpenedQueryLog> {
    const opened = await openQueryLog(queryLog, this.metrics.registry, (error) =>
      log.error('query log', { error }),
    );
    this.stops.push(() => opened.close());
    return opened;
  }

  private async watchCluster(
    config: VtGateConfig,
    limits: GateLimits,
    signal: AbortSignal,
  ): Promise<Cluster> {
    const { cell, topo, log } = config;
    const errors = new RepeatedErrors(log);
    const transport = new TabletTransport({ local: config.localTablets });
    this.stops.push(() => transport.close());
    const health = new HealthCheck({
      localCell: cell,
      cells: config.cellsToWatch?.length ? config.cellsToWatch : [cell],
      keyspaces: config.keyspacesToWatch?.length ? config.keyspacesToWatch : undefined,
      topo,
      connect: (tablet) => transport.connect(tablet),
      lag: config.lag,
      onError: (error) => errors.report('cannot read the tablets', error),
    });
    this.stops.push(() => health.stop());
    health.start();
    const graph = new ServingGraph({
      cell,
      topo,
      onError: (error) => errors.report('cannot read the serving graph', error),
    });
    this.stops.push(() => graph.stop());
    graph.start();
    const gateway = new TabletGateway({
      health,
      graph,
      waitLimitMs: limits.tabletWaitMs,
      tracer: this.tracer,
      onError: (error) => errors.report('cannot read the keyspaces', error),
    });
    this.stops.push(() => gateway.stop());
    await gateway.start(signal);
    const schema = new SchemaManager({
      graph,
      health,
      served: gateway,
      onError: (error) => errors.report('cannot read the schema of a shard', error),
    });
    this.stops.push(async () => schema.stop());
    await schema.start(signal);
    const cluster = { health, gateway, schema };
    await this.waitForTablets(config, cluster, limits, signal);
    return cluster;
  }

  /** A shard without tablets must not keep the others from being served, so this has an end. */
  private async waitForTablets(
    { tabletTypesToWait = [TabletType.PRIMARY], log }: VtGateConfig,
    { health, gateway, schema }: Cluster,
    { initialTabletWaitMs }: GateLimits,
    signal: AbortSignal,
  ): Promise<void> {
    if (tabletTypesToWait.length === 0 || gateway.keyspaces().length === 0) return;
    const targets = gateway
      .keyspaces()
      .flatMap((keyspace) =>
        tabletTypesToWait.flatMap((tabletType) => shardTargets(gateway, keyspace, tabletType)),
      );
    await within(initialTabletWaitMs, signal, async (limited) => {
      try {
        await health.waitForServing(targets, limited);
      } catch (error) {
        if (signal.aborted) throw error;
        log.warn('serving without all tablets', { error });
      }
    });
    await within(ASK_TIMEOUT_MS, signal, async (limited) => {
      try {
        if (targets.some((target) => health.healthy(target).length > 0)) await schema.tablesLoaded(limited);
      } catch (error) {
        if (signal.aborted) throw error;
        log.warn('serving without the columns of all tables', { error });
      }
    });
  }

  private async backendVersion(
    { log, mysql }: VtGateConfig,
    health: HealthCheck,
    signal: AbortSignal,
  ): Promise<BackendVersion> {
    try {
      return await within(ASK_TIMEOUT_MS, signal, (limited) => askBackendVersion(health.tablets(), limited));
    } catch (error) {
      if (signal.aborted) throw error;
      const assumed = mysql?.serverVersion ?? assumedBackend.version;
      log.warn('no tablet tells what its server is', { assumed, error });
      return { version: assumed, flavor: mysql?.serverVersion ? flavorOf(assumed) : assumedBackend.flavor };
    }
  }

  private async serveMysql(
    { mysql, transactionMode, log }: VtGateConfig,
    { gateway }: Cluster,
    { executor, describer, transactions, processes }: BuiltExecutor,
    backend: BackendVersion,
  ): Promise<number | undefined> {
    if (mysql === undefined || (mysql.port === undefined && mysql.socketPath === undefined)) return undefined;
    const { host, socketPath } = mysql;
    const front = new MysqlFront({
      ...mysql,
      executor,
      describer,
      transactionMode,
      gateway,
      flavor: backend.flavor,
      serverVersion: backend.version,
      authenticator: mysql.authenticator ?? new NoAuthenticator(),
      processes,
      releaseAll: (session, call) => transactions.releaseAll(session, call),
      onError: (error, connectionId) => log.error('error of a MySQL connection', { error, connectionId }),
    });
    this.metrics.watchConnections(() => front.connectionCount);
    this.frontStops.push((graceMs) => front.stop(graceMs));
    const bound = await front.start();
    log.info('MySQL server listens', { host, port: bound, socketPath });
    return bound ?? undefined;
  }

  private async serveGrpc(
    { grpc, transactionMode, log }: VtGateConfig,
    { gateway }: Cluster,
    { executor, describer, transactions }: BuiltExecutor,
    { maxMemoryRows }: GateLimits,
    flavor: 'mariadb' | 'mysql',
  ): Promise<number | undefined> {
    if (grpc === undefined) return undefined;
    const server = new GrpcServer({ host: grpc.host ?? '127.0.0.1', port: grpc.port, log });
    server.handle(
      VitessService,
      new VitessHandlers({
        executor,
        describer,
        transactionMode,
        flavor,
        names: new LogicalNames(gateway),
        maxRows: maxMemoryRows,
        releaseAll: (session, call) => transactions.releaseAll(session, call),
      }),
    );
    this.frontStops.push((graceMs) => server.stop(graceMs));
    const port = await server.start();
    server.setServing(true);
    return port;
  }

  private async servePages(
    { http, log, version = '', report }: VtGateConfig,
    { gateway, schema }: Cluster,
    { planned }: BuiltExecutor,
    queryLog: OpenedQueryLog,
  ): Promise<number | undefined> {
    if (http === undefined) return undefined;
    const server = new DebugServer({ host: http.host, port: http.port, log });
    const notServing = (): string | undefined => this.notServing;
    const { metrics } = this;
    addGatePages(server, { version, metrics, gateway, schema, planned, queryLog, notServing, report });
    this.stops.push(() => server.stop());
    return server.start();
  }
}

/** The watched state of the cluster. */
interface Cluster {
  health: HealthCheck;
  gateway: TabletGateway;
  schema: SchemaManager;
}

type ShardTarget = { keyspace: string; shard: string; tabletType: TabletType };

function shardTargets(gateway: TabletGateway, keyspace: string, tabletType: TabletType): ShardTarget[] {
  try {
    return gateway.shards(keyspace, tabletType).map(({ name }) => ({ keyspace, shard: name, tabletType }));
  } catch (error) {
    // A type that the keyspace does not serve is not waited for.
    if (error instanceof VtError && error.code === Code.NOT_FOUND) return [];
    throw error;
  }
}

async function within<T>(
  ms: number,
  signal: AbortSignal,
  fn: (limited: AbortSignal) => Promise<T>,
): Promise<T> {
  const limited = childSignal(signal, ms);
  try {
    return await fn(limited.signal);
  } finally {
    limited.dispose();
  }
}

/** Everybody may in only where nobody else can come. */
function checkAccess(mysql: MysqlListener | undefined): void {
  if (mysql?.port === undefined || mysql.authenticator !== undefined) return;
  const host = mysql.host ?? '127.0.0.1';
  if (host === 'localhost' || host === '::1' || host.startsWith('127.')) return;
  throw new VtError(
    Code.INVALID_ARGUMENT,
    `the MySQL server would let everybody in on ${host}: give it users (--mysql-auth-server-static-file), or say ` +
      `--mysql-auth-server-impl none`,
  );
}
