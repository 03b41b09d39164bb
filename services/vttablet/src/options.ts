import {
  bool,
  defineOptions,
  duration,
  int,
  map,
  oneOf,
  port,
  processOptions,
  str,
} from '@vitess-ts/servenv';
import { topoOptions } from '@vitess-ts/topo';
import { defaultTabletServerOptions as limits } from './tabletserver/options';

/** The flags of vttablet. */
export const vttabletOptions = defineOptions({
  ...processOptions,
  tabletPath: str({ default: '', help: 'alias of this tablet: cell-uid, such as zone1-0000000100' }),
  initKeyspace: str({ default: '', help: 'keyspace of this tablet; made when it does not exist' }),
  initShard: str({ default: '', help: 'shard of this tablet; made when it does not exist' }),
  initTabletType: str({
    default: 'replica',
    help: 'type unless the shard names this tablet as its primary: replica, rdonly, spare, experimental or drained',
  }),
  hookDir: str({ default: '', help: 'folder of the programs that ExecuteHook may run; none when empty' }),
  initDbNameOverride: str({ default: '', help: 'database of this tablet; vt_KEYSPACE when empty' }),
  initTags: map({ default: {}, help: 'tags of the record of this tablet' }),
  tabletHostname: str({
    default: '',
    help: 'name under which others reach this machine; its host name when empty',
  }),
  bindAddress: str({ default: '127.0.0.1', help: 'address that the gRPC and HTTP servers bind' }),
  port: port({ default: 15100, help: 'HTTP port; 0 takes any free one' }),
  grpcPort: port({ default: 16100, help: 'gRPC port; 0 takes any free one' }),

  ...topoOptions,

  tabletDir: str({ default: '', help: 'directory of the managed mysqld; made when it does not exist' }),
  mysqldCacheDir: str({
    default: '',
    help: 'where prepared data directories are kept; TABLET_DIR/../cache when empty',
  }),
  mysqldDurability: oneOf(['full', 'relaxed'], {
    default: 'full',
    help: 'relaxed: the managed mysqld syncs once a second, so a crash of the machine may lose the last commits',
  }),
  mysqlServerId: int({ default: 0, min: 0, max: 0xffffffff, help: 'server_id; the uid of the alias when 0' }),
  mysqlPort: port({
    default: 0,
    help: 'TCP port of the managed mysqld, which replicas connect to; 0 is none',
  }),
  mysqlHostname: str({
    default: '',
    help: 'name under which replicas reach mysqld; the tablet host when empty',
  }),
  mysqlReplicationPassword: str({
    default: '',
    secret: true,
    help: 'password of vt_repl, the same in the whole cluster; replicas need it',
  }),
  keepMysqldRunning: bool({
    default: false,
    help: 'leave the managed mysqld running when the tablet stops; the next start takes it over',
  }),

  unmanaged: bool({
    default: false,
    help: 'serve a mysqld that somebody else runs; see db-socket and db-host',
  }),
  dbSocket: str({ default: '', help: 'unix socket of a mysqld that is not managed' }),
  dbHost: str({ default: '', help: 'host of a mysqld that is not managed' }),
  dbPort: port({ default: 3306, help: 'port of a mysqld that is not managed' }),
  dbAppUser: str({ default: 'vt_app', help: 'account that queries run under, where mysqld is not managed' }),
  dbAppPassword: str({ default: '', secret: true, help: 'its password' }),
  dbDbaUser: str({ default: 'vt_dba', help: 'account for management, where mysqld is not managed' }),
  dbDbaPassword: str({ default: '', secret: true, help: 'its password' }),
  allowUnsafeBinlog: bool({
    default: false,
    help: 'serve an unmanaged mysqld whose binlog_format is not ROW: replicas and streams may then differ from it',
  }),

  healthCheckIntervalMs: duration({
    default: 5000,
    help: 'time between health messages when nothing changes',
  }),
  queryserverConfigSchemaReloadTimeMs: duration({
    default: 30 * 60_000,
    help: 'how often the schema is read again without a sign of change; 0 is never',
  }),
  queryserverConfigPoolSize: size(limits.poolSize, 'connections for reads outside transactions'),
  queryserverConfigStreamPoolSize: size(limits.streamPoolSize, 'connections for streaming reads'),
  queryserverConfigTransactionCap: size(
    limits.transactionCap,
    'transactions, and writes outside them, at a time',
  ),
  queryserverConfigReservedCap: size(limits.reservedCap, 'reserved connections at a time'),
  queryserverConfigDbaPoolSize: size(limits.dbaPoolSize, 'connections for schema reads and kills'),
  twopcPoolSize: size(limits.twopcPoolSize, 'connections for the records of commits over several shards'),
  twopcAbandonAgeMs: duration({
    default: limits.twopcAbandonAgeMs,
    help: 'a commit over several shards that takes longer is taken up, and ended, by any vtgate',
  }),
  twopcCrashFile: str({
    default: '',
    help: 'for tests: a file that names a step of a commit over several shards, and who dies there, once',
  }),
  queryserverConfigQueryTimeoutMs: duration({
    default: limits.queryTimeoutMs,
    help: 'a statement that takes longer is ended; 0 is no limit',
  }),
  queryserverConfigTransactionTimeoutMs: duration({
    default: limits.transactionTimeoutMs,
    help: 'a transaction that is idle for longer is rolled back; 0 is no limit',
  }),
  queryserverConfigReservedIdleTimeoutMs: duration({
    default: limits.reservedIdleTimeoutMs,
    help: 'a reserved connection that is idle for longer is closed; 0 is no limit',
  }),
  queryserverConfigQueryPoolTimeoutMs: duration({
    default: limits.queryPoolTimeoutMs,
    help: 'longest wait for a connection; 0 is the query timeout',
  }),
  queryserverConfigTxpoolTimeoutMs: duration({
    default: limits.txPoolTimeoutMs,
    help: 'longest wait for a place in the transaction pool',
  }),
  queryserverConfigIdleTimeoutMs: duration({
    default: limits.idleTimeoutMs,
    help: 'idle connections are closed after this time; 0 is never',
  }),
  queryserverConfigPoolConnMaxLifetimeMs: duration({
    default: limits.maxLifetimeMs,
    help: 'connections are not used for longer than this; 0 is no limit',
  }),
  queryserverConfigQueryPoolWaiterCap: size(
    limits.poolWaiterCap,
    'most requests that wait for a connection of a pool',
  ),
  queryserverConfigMaxResultSize: size(limits.maxResultSize, 'most rows of a result that is not streamed'),
  queryserverConfigStreamBufferSize: size(
    limits.streamBufferSize,
    'bytes of rows from which a chunk is sent',
  ),
  queryserverConfigQueryCacheMemory: size(limits.queryPlanCacheBytes, 'bytes of the plan cache'),
  queryserverConfigMaxWarnings: size(limits.maxWarnings, 'most warnings that are read after a statement'),
  shutdownGracePeriodMs: duration({
    default: limits.shutdownGracePeriodMs,
    help: 'how long open transactions may go on when the tablet stops or is demoted',
  }),
});

function size(value: number, help: string): ReturnType<typeof int> {
  return int({ default: value, min: 1, help });
}
