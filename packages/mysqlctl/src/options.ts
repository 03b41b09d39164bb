/** How one managed mysqld is set up. Only `dir`, `cacheDir` and `serverId` are needed. */
export interface MysqldOptions {
  /** Directory of this instance: data, logs, configuration and state; created when missing. */
  dir: string;
  /** Directory of this machine where the prepared data directory of each server version is kept. */
  cacheDir: string;
  /** Replication server id, unique in the cluster, 1 to 2^32-1. */
  serverId: number;
  /** TCP port on `bindAddress`; without one the server listens on its unix socket only. */
  port?: number;
  /** Default 127.0.0.1. */
  bindAddress?: string;
  /** Directories to look for the server's programs in, before the usual ones. */
  binDirs?: readonly string[];
  /** Default 32 MiB. */
  bufferPoolBytes?: number;
  /** Default 16 MiB. */
  redoLogBytes?: number;
  /** Default 200. */
  maxConnections?: number;
  /** Longest packet, so longest row, in bytes. Default 64 MiB. */
  maxAllowedPacketBytes?: number;
  /** innodb_lock_wait_timeout in whole seconds. Default 5: deadlocks over several shards only end by it. */
  lockWaitTimeoutSeconds?: number;
  /**
   * `full` syncs the redo log and the binlog at each commit. `relaxed` once a second: an operating system crash may
   * lose the last commits, a crash of mysqld does not. Default full.
   */
  durability?: 'full' | 'relaxed';
  /** Start with read_only on; a tablet is made writable when it is promoted. Default false. */
  readOnly?: boolean;
  /** Password of vt_repl, the same on all servers of a cluster. Without one replicas cannot connect. */
  replicationPassword?: string;
  /** Stop mysqld when this process ends, however it ends. Default false: it outlives us and is adopted again. */
  stopWithParent?: boolean;
  /** More settings for the configuration file; they win over those above. */
  settings?: Readonly<Record<string, string>>;
  /** Limit for starting, in milliseconds. Default 60000. */
  startTimeoutMs?: number;
  /** Limit for stopping before it is killed, in milliseconds. Default 60000. */
  shutdownTimeoutMs?: number;
}

export const DEFAULTS = {
  bindAddress: '127.0.0.1',
  bufferPoolBytes: 32 * 1024 * 1024,
  redoLogBytes: 16 * 1024 * 1024,
  maxConnections: 200,
  maxAllowedPacketBytes: 64 * 1024 * 1024,
  lockWaitTimeoutSeconds: 5,
  startTimeoutMs: 60_000,
  shutdownTimeoutMs: 60_000,
} as const;
