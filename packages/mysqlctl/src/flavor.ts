import type { MysqlConnection } from '@vitess-ts/mysql';

/** Where a replica gets its events from. */
export interface ReplicationSource {
  host: string;
  port: number;
  user: string;
  password: string;
}

export interface ReplicationStatus {
  sourceHost: string;
  sourcePort: number;
  /** The thread that receives events: `connecting` while it tries to reach the source. */
  io: 'running' | 'connecting' | 'stopped';
  /** The thread that applies events. */
  sql: 'running' | 'stopped';
  /** Seconds behind the source; null while it is not known (a thread is stopped or connecting). */
  lagSeconds: number | null;
  /** Applied position. */
  position: string;
  /** Received position. */
  receivedPosition: string;
  ioError: string;
  sqlError: string;
}

/**
 * What differs between MySQL and MariaDB in replication. Positions are text with the flavor in front:
 * `MariaDB/0-101-5`. Each call runs on an administrative connection that the caller gives and keeps.
 */
export interface Flavor {
  readonly name: 'mariadb' | 'mysql';
  /** Position up to which this server's own binlog goes. */
  primaryPosition(connection: MysqlConnection): Promise<string>;
  /** Follows `source` from `position` (default: from where this server is) and starts both threads. */
  startReplication(connection: MysqlConnection, source: ReplicationSource, position?: string): Promise<void>;
  /** Stops both threads; the source stays configured. */
  stopReplication(connection: MysqlConnection): Promise<void>;
  /** Stops, and forgets the source. */
  resetReplication(connection: MysqlConnection): Promise<void>;
  /** Null when no source is configured. */
  replicationStatus(connection: MysqlConnection): Promise<ReplicationStatus | null>;
  /** Waits until `position` is applied; false when that takes longer than `timeoutMs`. */
  waitForPosition(connection: MysqlConnection, position: string, timeoutMs: number): Promise<boolean>;
  setReadOnly(connection: MysqlConnection, on: boolean): Promise<void>;
  isReadOnly(connection: MysqlConnection): Promise<boolean>;
}
