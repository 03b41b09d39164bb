import { parseTabletType } from '@vitess-ts/proto';
import type { TabletType } from '@vitess-ts/proto/topodata';
import {
  bool,
  defineOptions,
  duration,
  float,
  int,
  list,
  oneOf,
  port,
  processOptions,
  str,
  UsageError,
  type OptionValues,
} from '@vitess-ts/servenv';
import { topoOptions } from '@vitess-ts/topo';
import { mysqlOptions } from './mysqlfront/mysql-options';

/** The options of the program `vtgate`, with Vitess's names. */
export const vtgateOptions = defineOptions({
  ...processOptions,
  cell: str({ default: '', help: 'cell of this gate' }),
  cellsToWatch: list({ default: [], help: 'cells whose tablets are used; empty: the own cell' }),
  keyspacesToWatch: list({ default: [], help: 'keyspaces that are served; empty: all' }),
  tabletTypesToWait: list({
    default: ['primary'],
    help: 'tablet types of which the start waits for one in each shard',
  }),
  gatewayInitialTabletTimeoutMs: duration({
    default: 30_000,
    help: 'longest that the start waits for tablets',
  }),
  discoveryLowReplicationLagMs: duration({
    default: 30_000,
    help: 'replicas that lag no more than this are asked first; in whole seconds',
  }),
  discoveryHighReplicationLagMinimumServingMs: duration({
    default: 7_200_000,
    help: 'replicas that lag more than this are never asked; in whole seconds',
  }),
  minNumberServingVttablets: int({
    default: 2,
    min: 1,
    help: 'while fewer replicas than this lag little, the least lagging of the others are asked too',
  }),
  ...mysqlOptions,
  grpcPort: port({ default: 0, help: 'gRPC port; 0: none' }),
  grpcBindAddress: str({ default: '127.0.0.1', help: 'address of gRPC' }),
  port: port({ default: 0, help: 'HTTP port of the debug pages; 0: none' }),
  bindAddress: str({ default: '127.0.0.1', help: 'address of the debug pages' }),
  ...topoOptions,
  vschemaDdlAuthorizedUsers: list({
    default: [],
    help: 'users that may run ALTER VSCHEMA; %: all; empty: nobody',
  }),
  transactionMode: oneOf(['SINGLE', 'MULTI', 'TWOPC'], {
    default: 'MULTI',
    help: 'of new sessions. SINGLE: a transaction stays on one shard; MULTI: commits shard by shard; TWOPC: on all or none',
  }),
  twopcCrashFile: str({
    default: '',
    help: 'for tests: a file that names a step of a commit over several shards, and who dies there, once',
  }),
  queryTimeoutMs: duration({ default: 0, help: 'longest that a statement may run; 0: no limit' }),
  maxMemoryRows: int({ default: 300_000, min: 1, help: 'rows that one statement may hold in memory' }),
  noScatter: bool({
    default: false,
    help: 'refuse statements that reach all shards of a keyspace, unless they say /*vt+ ALLOW_SCATTER */',
  }),
  scratchMaxRows: int({
    default: 1_000_000,
    min: 1,
    help: 'rows of several shards that one query may gather in scratch tables',
  }),
  scratchMaxBytes: int({
    default: 256 << 20,
    min: 1,
    help: 'bytes of several shards that one query may gather in scratch tables',
  }),
  scratchMaxConcurrent: int({
    default: 8,
    min: 1,
    help: 'queries that may have scratch tables at a time',
  }),
  spillDirectory: str({
    default: '',
    help: "where sorts and joins under workload=olap put what memory does not hold; empty: the system's directory",
  }),
  spillMaxBytes: int({
    default: 16 * 2 ** 30,
    min: 0,
    help: 'bytes that all queries together may have there',
  }),
  gateQueryCacheMemory: int({ default: 32 << 20, min: 0, help: 'bytes of the plan cache' }),
  logQueriesToFile: str({ default: '', help: 'file that the query log is appended to; empty: none' }),
  querylogFormat: oneOf(['text', 'json'], { default: 'text', help: 'form of a line of the query log' }),
  querylogMode: oneOf(['all', 'error'], { default: 'all', help: 'which statements are logged' }),
  querylogFilterTag: str({ default: '', help: 'log only statements whose text contains this' }),
  querylogRowThreshold: int({
    default: 0,
    min: 0,
    help: 'log only statements that return or change at least so many rows',
  }),
  querylogTimeThresholdMs: duration({
    default: 0,
    help: 'log only statements that take at least this long',
  }),
  querylogSampleRate: float({
    default: 1,
    min: 0,
    max: 1,
    help: 'share of the statements that is logged; those that fail always are',
  }),
  redactDebugUiQueries: bool({
    default: false,
    help: 'leave literals and bind variables out of the query log',
  }),
});

export type VtGateOptions = OptionValues<typeof vtgateOptions.specs>;

/** Throws UsageError for a word that is no tablet type. */
export function tabletTypesOf(names: readonly string[]): TabletType[] {
  return names.map((name) => {
    try {
      return parseTabletType(name);
    } catch (error) {
      throw new UsageError(`--tablet-types-to-wait: ${(error as Error).message}`, { cause: error });
    }
  });
}
