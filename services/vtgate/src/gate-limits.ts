export interface GateLimits {
  /** Longest that a statement may run; 0 is no limit. Default 0. */
  queryTimeoutMs: number;
  /** Rows that one statement may hold in memory. Default 300,000. */
  maxMemoryRows: number;
  /** Statements that reach all shards of a keyspace are refused, unless they say ALLOW_SCATTER. Default false. */
  noScatter: boolean;
  /** Rows that one statement may gather in scratch tables. Default 1,000,000. */
  scratchMaxRows: number;
  /** Bytes that one statement may gather in scratch tables. Default 256 MiB. */
  scratchMaxBytes: number;
  /** Statements that may have scratch tables at a time. Default 8. */
  scratchMaxConcurrent: number;
  /** Where sorts and joins under workload = olap put what memory does not hold; empty: the system's. Default empty. */
  spillDirectory: string;
  /** Bytes that all statements together may have there. Default 16 GiB. */
  spillMaxBytes: number;
  /** Default 32 MiB. */
  planCacheBytes: number;
  /** Longest wait of a statement for a healthy tablet. Default 30 s. */
  tabletWaitMs: number;
  /** Longest that the start waits for tablets; then it goes on without them. Default 30 s. */
  initialTabletWaitMs: number;
}

export const defaultLimits: Readonly<GateLimits> = Object.freeze({
  queryTimeoutMs: 0,
  maxMemoryRows: 300_000,
  noScatter: false,
  scratchMaxRows: 1_000_000,
  scratchMaxBytes: 256 << 20,
  scratchMaxConcurrent: 8,
  spillDirectory: '',
  spillMaxBytes: 16 * 2 ** 30,
  planCacheBytes: 32 << 20,
  tabletWaitMs: 30_000,
  initialTabletWaitMs: 30_000,
});
