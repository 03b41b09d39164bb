/**
 * How each system variable is treated by SET. A name in none of these lists is the backend's own: its value is compared
 * with the backend's, and when it differs the session gets connections of its own that have it set.
 */

/** Variables that MySQL lets nobody set in a session (MySQL manual, System Variable Reference): errno 1238. */
export const readOnlyVariables: ReadonlySet<string> = new Set([
  'basedir',
  'datadir',
  'hostname',
  'license',
  'lower_case_table_names',
  'pid_file',
  'port',
  'protocol_version',
  'server_uuid',
  'socket',
  'version',
  'version_comment',
  'version_compile_machine',
  'version_compile_os',
]);

/** Global in MySQL: a session cannot set them, errno 1229. */
export const globalOnlyVariables: ReadonlySet<string> = new Set([
  'binlog_cache_size',
  'connect_timeout',
  'event_scheduler',
  'general_log',
  'gtid_mode',
  'innodb_buffer_pool_size',
  'local_infile',
  'max_connections',
  'read_only',
  'server_id',
  'slow_query_log',
  'super_read_only',
  'sync_binlog',
  'table_open_cache',
  'thread_cache_size',
]);

/** A session has its own value of these, which it can only read: errno 1621. */
export const sessionReadOnlyVariables: ReadonlySet<string> = new Set([
  'max_allowed_packet',
  'net_buffer_length',
]);

/**
 * Kept for the session to read, and without effect: they steer the connection between client and server, which is the
 * gate's.
 */
export const keptVariables: ReadonlySet<string> = new Set([
  'interactive_timeout',
  'net_read_timeout',
  'net_retry_count',
  'net_write_timeout',
  'profiling',
  'profiling_history_size',
  'session_track_schema',
  'session_track_state_change',
  'session_track_system_variables',
  'session_track_transaction_info',
  'wait_timeout',
]);

/** Would break what the gate relies on, or lose data: refused. */
export const refusedVariables: ReadonlyMap<string, string> = new Map([
  ['binlog_format', 'replication and resharding need row events'],
  ['sql_log_bin', 'a change that is not logged would be lost at the next failover'],
  ['gtid_domain_id', 'positions belong to the cluster'],
  ['gtid_next', 'positions belong to the cluster'],
  ['gtid_seq_no', 'positions belong to the cluster'],
  ['server_id', 'it names the tablet'],
  ['insert_id', 'generated values come from the sequence or the shard'],
  ['pseudo_thread_id', 'connections are shared'],
  ['character_set_filesystem', 'files are the tablet’s'],
]);
