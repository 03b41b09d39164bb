import { userInfo } from 'node:os';
import { join } from 'node:path';
import { DEFAULTS, type MysqldOptions } from './options';

/** Paths of an instance, all below its directory but the socket. */
export interface InstancePaths {
  dir: string;
  data: string;
  cnf: string;
  errorLog: string;
  pidFile: string;
  state: string;
  tmp: string;
  binlog: string;
  relayLog: string;
}

export function instancePaths(dir: string): InstancePaths {
  return {
    dir,
    data: join(dir, 'data'),
    cnf: join(dir, 'my.cnf'),
    errorLog: join(dir, 'error.log'),
    pidFile: join(dir, 'mysqld.pid'),
    state: join(dir, 'mysqld.json'),
    tmp: join(dir, 'tmp'),
    binlog: join(dir, 'binlog', 'vt-bin'),
    relayLog: join(dir, 'relay', 'vt-relay'),
  };
}

/** The configuration file of a managed server. Small buffers: a cluster on one machine has many of them. */
export function myCnf(options: MysqldOptions, paths: InstancePaths, socketPath: string): string {
  const settings: Record<string, string> = {
    user: userInfo().username,
    datadir: paths.data,
    tmpdir: paths.tmp,
    socket: socketPath,
    'pid-file': paths.pidFile,
    'log-error': paths.errorLog,
    'server-id': String(options.serverId),
    ...network(options),
    'skip-name-resolve': 'ON',
    'max-connections': String(options.maxConnections ?? DEFAULTS.maxConnections),
    'max-allowed-packet': String(options.maxAllowedPacketBytes ?? DEFAULTS.maxAllowedPacketBytes),
    'local-infile': 'OFF',
    'event-scheduler': 'OFF',
    'character-set-server': 'utf8mb4',
    'collation-server': 'utf8mb4_general_ci',
    'sql-mode': 'STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION',
    ...replication(options, paths),
    ...memory(options),
    ...options.settings,
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
  return `[mariadbd]\n${lines.join('\n')}\n`;
}

function network(options: MysqldOptions): Record<string, string> {
  if (options.port === undefined) return { 'skip-networking': 'ON' };
  return { port: String(options.port), 'bind-address': options.bindAddress ?? DEFAULTS.bindAddress };
}

/** Row binlog with full metadata: streams between shards read column names, types and all values from it. */
function replication(options: MysqldOptions, paths: InstancePaths): Record<string, string> {
  const sync = options.durability === 'relaxed' ? '0' : '1';
  return {
    'log-bin': paths.binlog,
    'binlog-format': 'ROW',
    'binlog-row-image': 'FULL',
    'binlog-row-metadata': 'FULL',
    'binlog-annotate-row-events': 'ON',
    'binlog-expire-logs-seconds': '259200',
    'log-slave-updates': 'ON',
    'relay-log': paths.relayLog,
    'skip-slave-start': 'ON',
    'gtid-strict-mode': 'ON',
    'gtid-domain-id': '0',
    'slave-net-timeout': '10',
    'read-only': options.readOnly ? 'ON' : 'OFF',
    'sync-binlog': sync,
    'innodb-flush-log-at-trx-commit': options.durability === 'relaxed' ? '2' : '1',
  };
}

function memory(options: MysqldOptions): Record<string, string> {
  return {
    'innodb-buffer-pool-size': String(options.bufferPoolBytes ?? DEFAULTS.bufferPoolBytes),
    'innodb-log-file-size': String(options.redoLogBytes ?? DEFAULTS.redoLogBytes),
    'innodb-log-buffer-size': '2M',
    'innodb-lock-wait-timeout': String(options.lockWaitTimeoutSeconds ?? DEFAULTS.lockWaitTimeoutSeconds),
    'innodb-use-native-aio': 'OFF',
    'innodb-read-io-threads': '2',
    'innodb-write-io-threads': '2',
    'innodb-purge-threads': '1',
    'innodb-buffer-pool-dump-at-shutdown': 'OFF',
    'innodb-buffer-pool-load-at-startup': 'OFF',
    'performance-schema': 'OFF',
    'key-buffer-size': '1M',
    'aria-pagecache-buffer-size': '8M',
    'query-cache-type': 'OFF',
    'query-cache-size': '0',
    'table-open-cache': '1000',
  };
}
