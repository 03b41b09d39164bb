import { homedir } from 'node:os';
import { join } from 'node:path';
import { Mysqld } from '@vitess-ts/mysqlctl';
import { tabletAliasString, tabletTypeLowerName } from '@vitess-ts/proto';
import { TabletType } from '@vitess-ts/proto/topodata';
import type { LocalTablets } from '@vitess-ts/queryservice';
import type { Logger } from '@vitess-ts/servenv';
import type { LocalTabletManagers } from '@vitess-ts/tmclient';
import type { TopoServer } from '@vitess-ts/topo';
import { VtTablet, managedMysql } from '@vitess-ts/vttablet';
import type { TabletPlan } from './layout';
import type { TabletInfo } from './state-file';

/** What a tablet needs of its cluster. */
export interface TabletSurroundings {
  cell: string;
  host: string;
  dir: string;
  ports: { http: number; grpc: number };
  /** Where replicas reach its mysqld; absent: it listens on its socket only. */
  mysqlPort?: number;
  replicationPassword: string;
  topo: TopoServer;
  localTablets: LocalTablets;
  managers: LocalTabletManagers;
  log: Logger;
}

/** Transactions at a time on a tablet: as many as an application has connections to a server of its own, and more. */
export const TRANSACTION_CAP = 150;
/** Room for these transactions with and without found rows, for as many reads, and for what else a tablet holds. */
const MAX_CONNECTIONS = 800;

/** Where the prepared data directory of this machine is kept between clusters. */
export function mysqldCacheDir(): string {
  return join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'vitess-ts', 'mysqld');
}

/** A tablet of the cluster with its mysqld. */
export class LocalTablet {
  private readonly mysqld: Mysqld;
  private readonly tablet: VtTablet;
  private started = false;

  constructor(
    readonly plan: TabletPlan,
    private readonly around: TabletSurroundings,
  ) {
    const { mysqlPort } = around;
    this.mysqld = new Mysqld({
      dir: around.dir,
      cacheDir: mysqldCacheDir(),
      serverId: plan.uid,
      port: mysqlPort,
      replicationPassword: around.replicationPassword,
      // A development cluster: a crash of mysqld loses nothing, one of the machine may lose the last second.
      durability: 'relaxed',
      maxConnections: MAX_CONNECTIONS,
      readOnly: true,
    });
    this.tablet = new VtTablet({
      alias: { cell: around.cell, uid: plan.uid },
      keyspace: plan.keyspace,
      shard: plan.shard,
      initTabletType: plan.type === 'rdonly' ? TabletType.RDONLY : TabletType.REPLICA,
      hostname: around.host,
      bindAddress: around.host,
      grpcPort: around.ports.grpc,
      httpPort: around.ports.http,
      mysql: managedMysql(this.mysqld, false),
      mysqlHostname: around.host,
      mysqlPort,
      replicationPassword: around.replicationPassword,
      topo: around.topo,
      localTablets: around.localTablets,
      localManagers: around.managers,
      log: around.log,
      limits: { transactionCap: TRANSACTION_CAP },
    });
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.tablet.start(signal);
    this.started = true;
  }

  stop(): Promise<void> {
    this.started = false;
    return this.tablet.stop();
  }

  /** Empty while its mysqld is down. */
  private get socketPath(): string {
    return this.mysqld.processId === null ? '' : (this.mysqld.dbaConnectionParams().socketPath ?? '');
  }

  info(): TabletInfo {
    const { around, plan } = this;
    return {
      alias: tabletAliasString({ cell: around.cell, uid: plan.uid }),
      keyspace: plan.keyspace,
      shard: plan.shard,
      type: this.started ? tabletTypeLowerName(this.tablet.tablet.type) : plan.type,
      grpc: `${around.host}:${around.ports.grpc}`,
      http: `${around.host}:${around.ports.http}`,
      mysqlSocket: this.socketPath,
      pid: process.pid,
      mysqldPid: this.mysqld.processId ?? 0,
    };
  }
}

/** Stops servers that an unfinished set-up has left running. */
export async function stopLeftovers(
  dataDir: string,
  cell: string,
  plans: readonly TabletPlan[],
): Promise<void> {
  await Promise.all(
    plans.map((plan) => {
      const dir = join(dataDir, 'tablets', tabletAliasString({ cell, uid: plan.uid }));
      return new Mysqld({ dir, cacheDir: mysqldCacheDir(), serverId: plan.uid }).shutdown();
    }),
  );
}
