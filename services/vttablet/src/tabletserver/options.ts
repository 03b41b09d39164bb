/** Limits of the query path. The names in the comments are the flags; times are milliseconds. */
export interface TabletServerOptions {
  /** queryserver-config-pool-size: connections for reads outside transactions. */
  poolSize: number;
  /** queryserver-config-stream-pool-size: connections for streaming reads. */
  streamPoolSize: number;
  /** queryserver-config-transaction-cap: transactions, and writes outside them, at a time. */
  transactionCap: number;
  /** queryserver-config-reserved-cap: reserved connections at a time. */
  reservedCap: number;
  /** queryserver-config-dba-pool-size: connections for schema reads, sequences' set-up and management. */
  dbaPoolSize: number;
  /** twopc-pool-size: connections for the records of commits over several shards. */
  twopcPoolSize: number;
  /** twopc-abandon-age: a commit over several shards that takes longer is ended by a gate. */
  twopcAbandonAgeMs: number;
  /** queryserver-config-query-timeout: a statement outside streaming that takes longer is killed. */
  queryTimeoutMs: number;
  /** queryserver-config-transaction-timeout: a transaction that is idle for longer is rolled back. */
  transactionTimeoutMs: number;
  /** queryserver-config-reserved-idle-timeout: a reserved connection without a transaction that is idle for longer is closed. */
  reservedIdleTimeoutMs: number;
  /** queryserver-config-query-pool-timeout: longest wait for a connection; 0 is the query timeout. */
  queryPoolTimeoutMs: number;
  /** queryserver-config-txpool-timeout: longest wait for a place in the transaction pool. */
  txPoolTimeoutMs: number;
  /** queryserver-config-idle-timeout: idle connections are closed after this time. */
  idleTimeoutMs: number;
  /** queryserver-config-pool-conn-max-lifetime: 0 is no limit. */
  maxLifetimeMs: number;
  /** queryserver-config-query-pool-waiter-cap: most requests that wait for a connection. */
  poolWaiterCap: number;
  /** queryserver-config-max-result-size: most rows of an OLTP result. */
  maxResultSize: number;
  /** queryserver-config-stream-buffer-size: bytes of rows from which a chunk is sent. */
  streamBufferSize: number;
  /** queryserver-config-query-cache-memory: bytes of the plan cache. */
  queryPlanCacheBytes: number;
  /** queryserver-config-max-warnings: most warnings that are read after a statement. */
  maxWarnings: number;
  /** shutdown-grace-period: how long open transactions may go on when the tablet stops serving as primary. */
  shutdownGracePeriodMs: number;
}

export const defaultTabletServerOptions: Readonly<TabletServerOptions> = Object.freeze({
  poolSize: 16,
  streamPoolSize: 200,
  transactionCap: 20,
  reservedCap: 100,
  dbaPoolSize: 4,
  twopcPoolSize: 16,
  twopcAbandonAgeMs: 5000,
  queryTimeoutMs: 30_000,
  transactionTimeoutMs: 30_000,
  reservedIdleTimeoutMs: 30 * 60_000,
  queryPoolTimeoutMs: 0,
  txPoolTimeoutMs: 1000,
  idleTimeoutMs: 30 * 60_000,
  maxLifetimeMs: 0,
  poolWaiterCap: 5000,
  maxResultSize: 10_000,
  streamBufferSize: 32_768,
  queryPlanCacheBytes: 32 << 20,
  maxWarnings: 64,
  shutdownGracePeriodMs: 3000,
});
