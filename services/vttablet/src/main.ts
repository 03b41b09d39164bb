import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { ConnectOptions } from '@vitess-ts/mysql';
import { Mysqld } from '@vitess-ts/mysqlctl';
import { parseTabletAlias, parseTabletType } from '@vitess-ts/proto';
import type { TabletAlias } from '@vitess-ts/proto/topodata';
import { runMain, UsageError, type OptionValues, type Service } from '@vitess-ts/servenv';
import { openTopoByOptions, type OpenedTopo } from '@vitess-ts/topo';
import { vttabletOptions } from './options';
import { externalMysql, managedMysql, type TabletMysql } from './tabletmanager/tablet-mysql';
import type { TabletServerOptions } from './tabletserver/options';
import { VtTablet } from './vttablet';

type Values = OptionValues<(typeof vttabletOptions)['specs']>;

const { version } = JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')) as {
  version: string;
};
/** Connections to mysqld beside those of the pools: monitor, management, replicas. */
const otherConnections = 30;

void runMain({
  name: 'vttablet',
  version,
  options: vttabletOptions,
  async create({ options, log, report }): Promise<Service> {
    const alias = readOr(() => parseTabletAlias(options.tabletPath), '--tablet-path');
    const initTabletType = readOr(() => parseTabletType(options.initTabletType), '--init-tablet-type');
    for (const flag of ['initKeyspace', 'initShard'] as const) {
      if (options[flag] === '') throw new UsageError('--init-keyspace and --init-shard are needed');
    }
    const limits = limitsOf(options);
    const mysql = mysqlOf(options, alias, limits);
    const opened = await openTopoByOptions(options);
    const host = options.tabletHostname || hostname();
    const tablet = new VtTablet({
      alias,
      keyspace: options.initKeyspace,
      shard: options.initShard,
      initTabletType,
      hostname: host,
      bindAddress: options.bindAddress,
      grpcPort: options.grpcPort,
      httpPort: options.port,
      mysql,
      mysqlHostname: options.mysqlHostname || (options.unmanaged ? options.dbHost : host),
      mysqlPort: options.unmanaged && options.dbHost !== '' ? options.dbPort : options.mysqlPort,
      database: options.initDbNameOverride || undefined,
      replicationPassword: options.mysqlReplicationPassword || undefined,
      topo: opened.topo,
      tags: options.initTags,
      limits,
      healthIntervalMs: options.healthCheckIntervalMs,
      schemaReloadIntervalMs: options.queryserverConfigSchemaReloadTimeMs,
      allowUnsafeBinlog: options.allowUnsafeBinlog,
      hookDir: options.hookDir,
      commitCrashFile: options.twopcCrashFile || undefined,
      log,
      report,
    });
    return withTopo(tablet, opened);
  },
});

/** The topology is opened for this tablet alone, and closed after it. */
function withTopo(tablet: VtTablet, opened: OpenedTopo): Service {
  return {
    start: (signal) => tablet.start(signal),
    lameduck: () => tablet.lameduck(),
    stop: async () => {
      try {
        await tablet.stop();
      } finally {
        await opened.close();
      }
    },
  };
}

function mysqlOf(options: Values, alias: TabletAlias, limits: TabletServerOptions): TabletMysql {
  if (options.unmanaged) {
    if (options.dbSocket === '' && options.dbHost === '') {
      throw new UsageError('--unmanaged needs --db-socket or --db-host');
    }
    const where: Omit<ConnectOptions, 'user'> =
      options.dbSocket !== ''
        ? { socketPath: options.dbSocket }
        : { host: options.dbHost, port: options.dbPort };
    return externalMysql(
      { ...where, user: options.dbAppUser, password: options.dbAppPassword },
      { ...where, user: options.dbDbaUser, password: options.dbDbaPassword },
    );
  }
  if (options.allowUnsafeBinlog) throw new UsageError('--allow-unsafe-binlog is for --unmanaged only');
  if (options.tabletDir === '') throw new UsageError('--tablet-dir is needed, or --unmanaged');
  const dir = resolve(options.tabletDir);
  const mysqld = new Mysqld({
    dir,
    cacheDir: options.mysqldCacheDir || join(dirname(dir), 'cache'),
    serverId: options.mysqlServerId || alias.uid,
    port: options.mysqlPort || undefined,
    bindAddress: options.bindAddress,
    maxConnections:
      limits.poolSize +
      limits.streamPoolSize +
      limits.dbaPoolSize +
      limits.twopcPoolSize +
      2 * (limits.transactionCap + limits.reservedCap) +
      otherConnections,
    durability: options.mysqldDurability,
    readOnly: true,
    replicationPassword: options.mysqlReplicationPassword || undefined,
  });
  return managedMysql(mysqld, options.keepMysqldRunning);
}

function limitsOf(options: Values): TabletServerOptions {
  return {
    poolSize: options.queryserverConfigPoolSize,
    streamPoolSize: options.queryserverConfigStreamPoolSize,
    transactionCap: options.queryserverConfigTransactionCap,
    reservedCap: options.queryserverConfigReservedCap,
    dbaPoolSize: options.queryserverConfigDbaPoolSize,
    twopcPoolSize: options.twopcPoolSize,
    twopcAbandonAgeMs: options.twopcAbandonAgeMs,
    queryTimeoutMs: options.queryserverConfigQueryTimeoutMs,
    transactionTimeoutMs: options.queryserverConfigTransactionTimeoutMs,
    reservedIdleTimeoutMs: options.queryserverConfigReservedIdleTimeoutMs,
    queryPoolTimeoutMs: options.queryserverConfigQueryPoolTimeoutMs,
    txPoolTimeoutMs: options.queryserverConfigTxpoolTimeoutMs,
    idleTimeoutMs: options.queryserverConfigIdleTimeoutMs,
    maxLifetimeMs: options.queryserverConfigPoolConnMaxLifetimeMs,
    poolWaiterCap: options.queryserverConfigQueryPoolWaiterCap,
    maxResultSize: options.queryserverConfigMaxResultSize,
    streamBufferSize: options.queryserverConfigStreamBufferSize,
    queryPlanCacheBytes: options.queryserverConfigQueryCacheMemory,
    maxWarnings: options.queryserverConfigMaxWarnings,
    shutdownGracePeriodMs: options.shutdownGracePeriodMs,
  };
}

/** Reads a flag whose text is not what it should be: the user's mistake. */
function readOr<T>(read: () => T, flag: string): T {
  try {
    return read();
  } catch (error) {
    throw new UsageError(`${flag}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
