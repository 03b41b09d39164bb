import { MysqlConnection } from '@vitess-ts/mysql';
import { Account } from '@vitess-ts/mysqlctl';
import { tabletAliasString, tabletTypeName } from '@vitess-ts/proto';
import { Tablet, TabletType } from '@vitess-ts/proto/topodata';
import {
  addPipeline,
  addQueryService,
  TracedQueryService,
  type Pipeline,
  type QueryService,
} from '@vitess-ts/queryservice';
import { crashFile, GrpcServer, type DebugServer, type Service } from '@vitess-ts/servenv';
import { createTracer, MetricsRegistry } from '@vitess-ts/telemetry';
import { registerTabletManagerService } from '@vitess-ts/tmclient';
import { Code, VtError } from '@vitess-ts/vterrors';
import { startDebugServer } from './debug-pages';
import { HealthStreamer } from './health/health-streamer';
import { LagReader } from './health/lag-reader';
import { MysqldKeeper } from './health/mysqld-keeper';
import { MysqldMonitor } from './health/mysqld-monitor';
import { SchemaEngine } from './schema/schema-engine';
import { binlogProblem } from './tabletmanager/binlog-check';
import { Reopening } from './tabletmanager/reopening';
import { Replication } from './tabletmanager/replication';
import { createDatabases } from './tabletmanager/sidecar';
import { TabletManager } from './tabletmanager/tablet-manager';
import { TypeChanger } from './tabletmanager/type-changer';
import { defaultTabletServerOptions } from './tabletserver/options';
import { buildPlan } from './tabletserver/plan-builder';
import { StateManager } from './tabletserver/state-manager';
import { registerTabletGauges } from './tabletserver/tablet-gauges';
import { TabletMetrics } from './tabletserver/tablet-metrics';
import { TabletServer } from './tabletserver/tablet-server';
import { endStrayTransactions } from './tabletserver/twopc/end-strays';
import { registerTwopcGauges } from './tabletserver/twopc/twopc-gauges';
import { UnresolvedWatch } from './tabletserver/twopc/unresolved-watch';
import type { VtTabletConfig } from './vttablet-config';

const defaultSchemaReloadMs = 30 * 60_000;
const grpcGraceMs = 1000;

/** What a started tablet consists of. */
interface Running {
  server: TabletServer;
  types: TypeChanger;
  monitor: MysqldMonitor;
  keeper: MysqldKeeper;
  health: HealthStreamer;
  unresolved: UnresolvedWatch;
  reopening: Reopening;
  grpc?: GrpcServer;
  pipeline?: Pipeline;
  http?: DebugServer;
  /** Undo steps of what has no `stop` of its own. */
  cleanup: (() => void)[];
}

/**
 * One tablet: its mysqld, the query service on it, its management and its place in the topology. Several can live in
 * one process.
 */
export class VtTablet implements Service {
  readonly state: StateManager;
  readonly metrics = new MetricsRegistry({ prefix: 'vttablet' });
  private readonly tracer = createTracer('vttablet');
  private readonly database: string;
  private running?: Running;
  private mysqlStarted = false;

  constructor(private readonly config: VtTabletConfig) {
    const { keyspace, shard, alias, log, initTabletType } = config;
    if (initTabletType === TabletType.PRIMARY) {
      throw new VtError(
        Code.INVALID_ARGUMENT,
        'a tablet does not start as PRIMARY by itself: start it as REPLICA and use InitShardPrimary or a reparent',
      );
    }
    this.database = config.database ?? `vt_${keyspace}`;
    this.state = new StateManager(keyspace, shard, alias.cell, (error) =>
      log.error('state listener', { error }),
    );
  }

  /** The query service of this tablet; it answers once the tablet has started. */
  get queryService(): TabletServer {
    return this.started.server;
  }

  get grpcPort(): number | undefined {
    return this.started.grpc?.port;
  }

  get httpPort(): number | undefined {
    return this.started.http?.port;
  }

  /** The record in the topology as this tablet knows it. */
  get tablet(): Tablet {
    return this.started.types.tablet;
  }

  /** Starts or takes over mysqld, then serves. Resolves when the tablet is in the topology, whether it serves or not. */
  async start(signal: AbortSignal): Promise<void> {
    const { config, database, state } = this;
    const { mysql, log } = config;
    this.mysqlStarted = true;
    await mysql.start(signal);
    if (mysql.managed) await this.withDba((c) => createDatabases(c, database));
    state.setObstacle(
      'binlog',
      config.allowUnsafeBinlog && !mysql.managed ? '' : await this.withDba(binlogProblem),
    );
    const running = this.assemble();
    this.running = running;
    await running.monitor.start();
    if (running.monitor.isUp) await running.server.schema.reload();
    if (config.grpcPort !== undefined) await this.startGrpc(running, config.grpcPort);
    if (config.httpPort !== undefined) await this.startHttp(running, config.httpPort);
    if (mysql.managed) await endStrayTransactions(mysql.dba(), signal);
    await running.types.init(this.record(running), signal);
    if (mysql.managed) running.unresolved.start();
    this.joinProcess(running);
    await this.followPrimary(running.types.tablet, signal);
    running.grpc?.setServing(true);
    const type = tabletTypeName(running.types.tablet.type);
    log.info('tablet started', { alias: tabletAliasString(config.alias), type });
  }

  /** Refuses new work: health says not serving, open transactions go on. */
  lameduck(): void {
    this.state.shutDown();
    this.running?.grpc?.setServing(false);
  }

  async stop(): Promise<void> {
    const { running } = this;
    this.running = undefined;
    if (running) {
      this.state.shutDown();
      for (const undo of running.cleanup) undo();
      await running.reopening.stop();
      await running.unresolved.stop();
      await running.monitor.stop();
      await running.keeper.stop();
      await running.server.shutDown();
      running.health.close();
      running.pipeline?.drain();
      await running.grpc?.stop(grpcGraceMs);
      await running.http?.stop();
    }
    if (this.mysqlStarted) await this.config.mysql.stop();
    this.mysqlStarted = false;
  }

  private get started(): Running {
    if (!this.running) throw new VtError(Code.UNAVAILABLE, 'the tablet is not running');
    return this.running;
  }

  private assemble(): Running {
    const { config, database, state } = this;
    const { alias, mysql, log, topo } = config;
    const onError = (error: unknown): void => log.warn('tablet', { error });
    const options = { ...defaultTabletServerOptions, ...config.limits };
    const metrics = new TabletMetrics(this.metrics);
    const health = new HealthStreamer(
      alias,
      state,
      config.healthIntervalMs ?? 5000,
      () => metrics.queries.count,
    );
    // `monitor` and `server` know each other: the one is asked before the other is made only by these closures.
    const server: TabletServer = new TabletServer({
      alias,
      options,
      app: () => ({ ...mysql.app(), database }),
      dba: () => ({ ...mysql.dba(), database }),
      state,
      health,
      schemaEngine: (pools) =>
        new SchemaEngine({ database, withConnection: (fn) => pools.withDba(fn), onError }),
      buildPlan: (sql, noBackslashEscapes) =>
        buildPlan(sql, { flavor: mysql.flavor.name, noBackslashEscapes }),
      metrics,
      tracer: this.tracer,
      onError,
      onConnectError: () => monitor.kick(),
      atCommitStep: config.commitCrashFile
        ? crashFile(config.commitCrashFile, { vttablet: () => process.pid, mysqld: () => mysql.processId() })
        : undefined,
    });
    this.metrics.publish('ConnectionPools', 'Connections to mysqld by pool', () => server.pools.stats());
    registerTabletGauges(this.metrics, alias, options, state, server);
    const lag = new LagReader(mysql.flavor, state, (seconds) => health.setLag(seconds), onError);
    const monitor: MysqldMonitor = new MysqldMonitor({
      connect: () => ({ ...mysql.dba(), database }),
      probe: async (connection) => {
        await server.schema.poll(connection);
        await lag.read(connection);
      },
      onUp: (isFirst) => {
        if (!isFirst) log.info('mysqld answers again');
        server.schema.forgetCounters();
        state.setObstacle('mysqld', '');
      },
      onDown: (error) => {
        log.error('mysqld does not answer', { error });
        state.setObstacle('mysqld', `mysqld does not answer: ${error.message}`);
        keeper.mysqldIsDown();
      },
      onHung: () => server.pools.closeBusy(),
      hungAfterMs: config.mysqldHungAfterMs,
    });
    const types = new TypeChanger({
      alias,
      topo,
      state,
      setReadOnly: async (on) => {
        if (mysql.managed) await this.withDba((c) => mysql.flavor.setReadOnly(c, on));
      },
      endTransactions: (reason) => server.endTransactions(reason),
      recoverPrepared: (signal) => server.twopc.prepared.recover(signal),
      closePrepared: (reason) => server.twopc.prepared.close(reason),
      onClosed: (error) => reopening.closed(error),
    });
    const reopening = new Reopening(
      (signal) => types.reopen(signal),
      (reason) => {
        if (reason !== '') log.error('the shard stays closed for writes', { reason });
        state.setObstacle('redo', reason);
      },
    );
    const unresolved = new UnresolvedWatch(
      state,
      () => server.twopc.distributed.unresolved(options.twopcAbandonAgeMs, state.target),
      (some) => health.setUnresolved(some),
      onError,
    );
    registerTwopcGauges(this.metrics, server, unresolved);
    const keeper: MysqldKeeper = new MysqldKeeper(
      mysql,
      () => {
        log.error('mysqld has died; it is started again');
        state.setObstacle('restart', 'mysqld has died and is being started again');
      },
      async (signal) => {
        log.info('mysqld was started again');
        await types.mysqldRestarted(signal);
        await this.followPrimary(types.tablet, signal);
        state.setObstacle('restart', '');
        monitor.kick();
      },
      (error) => log.error('mysqld cannot be started', { error }),
    );
    return { server, types, monitor, keeper, health, unresolved, reopening, cleanup: [] };
  }

  /** What callers from outside get: each of their requests has a span. */
  private traced(server: TabletServer): QueryService {
    const { tracer } = this;
    const attributes = { 'vitess.tablet': tabletAliasString(this.config.alias) };
    return new TracedQueryService(server, { tracer, prefix: 'vttablet', kind: 'server', attributes });
  }

  private manager(running: Running): TabletManager {
    const { server, types, monitor } = running;
    return new TabletManager({
      mysql: this.config.mysql,
      database: this.database,
      topo: this.config.topo,
      server,
      types,
      replication: this.replication(),
      monitor,
      hookDir: this.config.hookDir ?? '',
    });
  }

  private replication(): Replication {
    const { mysql, topo, replicationPassword } = this.config;
    return new Replication({ flavor: mysql.flavor, topo, user: Account.REPL, password: replicationPassword });
  }

  private async startGrpc(running: Running, port: number): Promise<void> {
    const { bindAddress = '127.0.0.1', log } = this.config;
    const grpc = new GrpcServer({
      host: bindAddress,
      port,
      log: log.child('grpc'),
      maxMessageBytes: 64 << 20,
    });
    const service = this.traced(running.server);
    addQueryService(grpc, service);
    running.pipeline = addPipeline(grpc, service);
    registerTabletManagerService(grpc, this.manager(running).handlers());
    await grpc.start();
    running.grpc = grpc;
  }

  private async startHttp(running: Running, port: number): Promise<void> {
    running.http = await startDebugServer(this.config, port, this.metrics, this.state, running.server);
  }

  /** Makes the tablet known within the process, and reads the schema again now and then. */
  private joinProcess(running: Running): void {
    const { localTablets, localManagers, alias, log } = this.config;
    if (localTablets) running.cleanup.push(localTablets.add(alias, this.traced(running.server)));
    if (localManagers) running.cleanup.push(localManagers.register(alias, this.manager(running).handlers()));
    const everyMs = this.config.schemaReloadIntervalMs ?? defaultSchemaReloadMs;
    if (everyMs <= 0) return;
    const timer = setInterval(() => {
      running.server.schema.reload().catch((error: unknown) => log.warn('schema reload', { error }));
    }, everyMs);
    timer.unref();
    running.cleanup.push(() => clearInterval(timer));
  }

  private record(running: Running): Tablet {
    const { config } = this;
    const { hostname = 'localhost' } = config;
    const portMap: Record<string, number> = {};
    if (running.grpc) portMap['grpc'] = running.grpc.port;
    if (running.http) portMap['vt'] = running.http.port;
    const now = Date.now();
    return Tablet.fromPartial({
      alias: config.alias,
      hostname,
      portMap,
      keyspace: config.keyspace,
      shard: config.shard,
      type: config.initTabletType ?? TabletType.REPLICA,
      dbNameOverride: this.database === `vt_${config.keyspace}` ? '' : this.database,
      tags: { ...config.tags },
      mysqlHostname: config.mysqlHostname ?? hostname,
      mysqlPort: config.mysqlPort ?? 0,
      tabletStartTime: { seconds: BigInt(Math.floor(now / 1000)), nanoseconds: (now % 1000) * 1_000_000 },
    });
  }

  /** A replica that starts follows its shard's primary again; it serves what it has when that fails. */
  private async followPrimary(tablet: Tablet, signal: AbortSignal): Promise<void> {
    const { mysql, topo, keyspace, shard, replicationPassword, log } = this.config;
    if (!mysql.managed || replicationPassword === undefined) return;
    if (tablet.type !== TabletType.REPLICA && tablet.type !== TabletType.RDONLY) return;
    const { primaryAlias } = await topo.getShard(keyspace, shard, signal);
    if (!primaryAlias) return;
    try {
      const replication = this.replication();
      await this.withDba((c) => replication.follow(c, primaryAlias, '', signal));
    } catch (error) {
      log.error('cannot follow the primary of the shard', {
        primary: tabletAliasString(primaryAlias),
        error,
      });
    }
  }

  private async withDba<T>(run: (connection: MysqlConnection) => Promise<T>): Promise<T> {
    const connection = await MysqlConnection.connect(this.config.mysql.dba());
    try {
      return await run(connection);
    } finally {
      await connection.close();
    }
  }
}
