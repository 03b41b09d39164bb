import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import { tabletTypeName } from '@vitess-ts/proto';
import type { TabletType } from '@vitess-ts/proto/topodata';

/**
 * The errors that the query path makes itself. Texts are Vitess's: vtgate of either kind reads CLUSTER_EVENT ones as
 * "buffer and try again".
 */
export const tabletErrors = {
  notServing: (state: string): VtError =>
    new VtError(Code.CLUSTER_EVENT, `operation not allowed in state ${state}`),
  wrongKeyspace: (got: string, expected: string): VtError =>
    new VtError(Code.INVALID_ARGUMENT, `invalid keyspace ${got} does not match expected ${expected}`),
  wrongShard: (got: string, expected: string): VtError =>
    new VtError(Code.INVALID_ARGUMENT, `invalid shard ${got} does not match expected ${expected}`),
  wrongTabletType: (is: TabletType, want: TabletType): VtError =>
    new VtError(
      Code.CLUSTER_EVENT,
      `wrong tablet type: ${tabletTypeName(is)}, want: ${tabletTypeName(want)} or []`,
    ),
  /** A write to a tablet that is not a primary. READ_ONLY, so that it is not taken for a reparent and buffered. */
  notWritable: (type: TabletType): SqlError =>
    new SqlError(
      1290,
      'HY000',
      `The MySQL server is running with the --read-only option so it cannot execute this statement (tablet type ${tabletTypeName(type)})`,
      { code: Code.READ_ONLY },
    ),
  transactionPoolFull: (cause: unknown): VtError =>
    new VtError(Code.RESOURCE_EXHAUSTED, 'transaction pool connection limit exceeded', { cause }),
  transactionPoolExpired: (cause: unknown): VtError =>
    new VtError(Code.RESOURCE_EXHAUSTED, 'transaction pool aborting request due to already expired context', {
      cause,
    }),
  poolTimedOut: (pool: string, cause: unknown): VtError =>
    new VtError(Code.RESOURCE_EXHAUSTED, `${pool} pool timed out: all connections are in use`, { cause }),
  poolWaitersFull: (pool: string, cause: unknown): VtError =>
    new VtError(Code.RESOURCE_EXHAUSTED, `${pool} pool: too many requests wait for a connection`, { cause }),
  rowCountExceeded: (limit: number): SqlError =>
    new SqlError(10001, 'HY000', `Row count exceeded ${limit}`, { code: Code.RESOURCE_EXHAUSTED }),
  transactionEnded: (id: bigint, why: string): VtError =>
    new VtError(Code.ABORTED, `transaction ${id}: ${why}`),
  notASequence: (table: string): VtError =>
    new VtError(Code.INVALID_ARGUMENT, `table ${table} is not a sequence`),
  notInTransaction: (id: bigint): VtError =>
    new VtError(Code.ABORTED, `transaction ${id}: the connection is not in a transaction`),
  notRecorded: (id: bigint): VtError =>
    new VtError(
      Code.FAILED_PRECONDITION,
      `transaction ${id} was not begun for a commit over several shards (ExecuteOptions.atomic_commit)`,
    ),
  needsReservedConnection: (what: string): VtError =>
    new VtError(Code.FAILED_PRECONDITION, `${what} not allowed without reserved connection`),
  needsTransaction: (what: string): VtError =>
    new VtError(Code.FAILED_PRECONDITION, `${what} not allowed outside a transaction`),
} as const;
