import type { TabletAlias } from '@vitess-ts/proto/topodata';
import type { TabletType } from '@vitess-ts/proto/topodata';
import type { BindVariable, Warning } from '@vitess-ts/sqltypes';
import type { PendingRemoval } from './pending-removals';
import type { TargetString } from './target';

/** What a session holds open on one shard: a transaction, a reserved connection, or both on one connection. */
export interface ShardSession {
  keyspace: string;
  shard: string;
  tabletType: TabletType;
  /** 0n when no transaction is open. */
  transactionId: bigint;
  /** 0n when no connection is reserved. */
  reservedId: bigint;
  /** It may have changed rows in the transaction. */
  wrote: boolean;
  /** The tablet keeps what it needs to prepare the transaction. */
  recorded?: boolean;
  /** The tablet that holds it; every later statement of the session on this shard goes there. */
  alias: TabletAlias;
  /** Entries of consistent lookups commit before the rows, or go after them. Absent: with the rows. */
  commitOrder?: CommitOrder;
}

export type CommitOrder = 'pre' | 'post';

export type TransactionMode = 'SINGLE' | 'MULTI' | 'TWOPC';
export type Workload = 'OLTP' | 'OLAP' | 'DBA';

/** Characteristics of the next transaction (`SET TRANSACTION`, `START TRANSACTION READ ONLY`). */
export interface TransactionCharacteristics {
  isolation?: 'READ UNCOMMITTED' | 'READ COMMITTED' | 'REPEATABLE READ' | 'SERIALIZABLE';
  readOnly?: boolean;
  consistentSnapshot?: boolean;
}

/**
 * The state of one client connection. It is plain data: the executor changes it, the fronts carry it (gRPC clients
 * even hold it themselves, as `vtgate.Session`).
 */
export interface Session {
  target: TargetString;
  autocommit: boolean;
  /** A transaction is open: by BEGIN, or implicitly under autocommit=0. */
  inTransaction: boolean;
  /** Set when the transaction can no longer commit; only ROLLBACK (or COMMIT, which fails) is accepted then. */
  failedTransaction?: string;
  /** For the transaction that is open, or the next one. */
  transaction: TransactionCharacteristics;
  /** What each new transaction starts from (`SET SESSION TRANSACTION`). */
  transactionDefaults: TransactionCharacteristics;
  shardSessions: ShardSession[];
  /** The gate's name of the open transaction, the same on all shards; later ones are larger. */
  transactionName?: string;
  /** Savepoint statements of the open transaction, replayed on shards that join it later. */
  savepoints: string[];
  /** Entries of consistent lookups that go when the open transaction commits. */
  lookupRemovals: PendingRemoval[];
  /** The open transaction has moved a row between shards: whatever the mode, its commit should be atomic. */
  requiresAtomicCommit?: boolean;
  transactionMode: TransactionMode;
  /** What `SET transaction_mode = DEFAULT` gives. */
  defaultTransactionMode: TransactionMode;
  workload: Workload;
  clientFoundRows: boolean;
  /** Collation id of the client connection. */
  collation: number;
  /** What connections to shards must have set for this session: variable -> SQL literal. */
  systemVariables: Map<string, string>;
  /** Variables that the gate itself answers for this session: variable -> text, as the client set it. */
  gateVariables: Map<string, string>;
  /** Names in lower case. */
  userVariables: Map<string, BindVariable>;
  /** Texts of PREPARE by name, in lower case. */
  preparedStatements: Map<string, string>;
  lastInsertId: bigint;
  foundRows: bigint;
  /** What ROW_COUNT() gives: -1 after a result set. */
  rowCount: bigint;
  warnings: Warning[];
  /** Of the statement before the one that runs: what @@warning_count and @@error_count give. */
  lastCounts: { warnings: number; errors: number };
  /** What it does, and since when (monotonic milliseconds); without a text it waits for its client. */
  activity?: { sql?: string; sinceMs: number };
  /** Milliseconds; 0 = the gate's default. */
  queryTimeoutMs: number;
  sqlSelectLimit?: bigint;
  connectionId: number;
  user: string;
  uuid: string;
}

export function newSession(rest: Partial<Session> = {}): Session {
  return {
    target: { keyspace: '', tabletType: undefined, destination: undefined, alias: undefined },
    autocommit: true,
    inTransaction: false,
    transaction: {},
    transactionDefaults: {},
    shardSessions: [],
    savepoints: [],
    lookupRemovals: [],
    transactionMode: rest.defaultTransactionMode ?? 'MULTI',
    defaultTransactionMode: 'MULTI',
    workload: 'OLTP',
    clientFoundRows: false,
    collation: 45,
    systemVariables: new Map(),
    gateVariables: new Map(),
    userVariables: new Map(),
    preparedStatements: new Map(),
    lastInsertId: 0n,
    foundRows: 0n,
    rowCount: 0n,
    warnings: [],
    lastCounts: { warnings: 0, errors: 0 },
    queryTimeoutMs: 0,
    connectionId: 0,
    user: '',
    uuid: '',
    ...rest,
  };
}

export function findShardSession(
  session: Session,
  keyspace: string,
  shard: string,
  tabletType: TabletType,
  commitOrder?: CommitOrder,
): ShardSession | undefined {
  return session.shardSessions.find(
    (s) =>
      s.keyspace === keyspace &&
      s.shard === shard &&
      s.tabletType === tabletType &&
      s.commitOrder === commitOrder,
  );
}
