import type { TabletAlias, TabletType } from '@vitess-ts/proto/topodata';
import type { LocalTablets } from '@vitess-ts/queryservice';
import type { Logger, OptionReport } from '@vitess-ts/servenv';
import type { LocalTabletManagers } from '@vitess-ts/tmclient';
import type { TopoServer } from '@vitess-ts/topo';
import type { TabletMysql } from './tabletmanager/tablet-mysql';
import type { TabletServerOptions } from './tabletserver/options';

/** All that one tablet needs to know. */
export interface VtTabletConfig {
  alias: TabletAlias;
  keyspace: string;
  shard: string;
  /** What it is unless the shard's record names it as its primary; not PRIMARY. Default REPLICA. */
  initTabletType?: TabletType;
  /** Name under which others reach this machine. Default localhost. */
  hostname?: string;
  /** Address that gRPC and HTTP listen on. Default 127.0.0.1. */
  bindAddress?: string;
  /** 0: any free port. Absent: none, for tablets that are only used within the process. */
  grpcPort?: number;
  httpPort?: number;
  mysql: TabletMysql;
  /** Where replicas reach mysqld; absent when it listens on its socket only. */
  mysqlHostname?: string;
  mysqlPort?: number;
  /** Default `vt_<keyspace>`. */
  database?: string;
  /** Of vt_repl, the same in the whole cluster. Without one the tablet cannot follow a primary. */
  replicationPassword?: string;
  /** The topology, which the caller closes. Its cell must be known there. */
  topo: TopoServer;
  /** Tags of the tablet's record. */
  tags?: Readonly<Record<string, string>>;
  /** Limits of the query path that differ from the defaults. */
  limits?: Partial<TabletServerOptions>;
  /** Least time between two health messages when nothing changes. Default 5 s. */
  healthIntervalMs?: number;
  /** Statements that wait for a mysqld that has not answered for this long end as lost. Default 10 s. */
  mysqldHungAfterMs?: number;
  /** How often the whole schema is read again, whatever mysqld's counters say. Default 30 min; 0 is never. */
  schemaReloadIntervalMs?: number;
  /** Serve even when binlog_format is not ROW, or there is no binlog. Only for a mysqld that is not managed. */
  allowUnsafeBinlog?: boolean;
  /** Folder of the programs that ExecuteHook may run. None when absent. */
  hookDir?: string;
  /** Other parts of the process find the tablet here instead of over gRPC. */
  localTablets?: LocalTablets;
  localManagers?: LocalTabletManagers;
  /** Tests of crashes: see `crashFile`. */
  commitCrashFile?: string;
  log: Logger;
  /** Options as `/debug/env` shows them. */
  report?: readonly OptionReport[];
}
