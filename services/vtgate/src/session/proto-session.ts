import {
  ExecuteOptions,
  ExecuteOptions_TransactionAccessMode as AccessMode,
  ExecuteOptions_Workload as WorkloadOption,
} from '@vitess-ts/proto/query';
import {
  LookupRemoval,
  Session as ProtoSession,
  Session_ShardSession,
  TransactionMode,
} from '@vitess-ts/proto/vtgate';
import { collationByName } from '@vitess-ts/mysql';
import { Code, VtError } from '@vitess-ts/vterrors';
import { formatTarget, parseTarget } from './target';
import type { PendingRemoval } from './pending-removals';
import type {
  CommitOrder,
  Session,
  ShardSession,
  TransactionMode as TransactionModeName,
  Workload,
} from './session';
import { newSession } from './session';

/**
 * The session as gRPC clients carry it. The client sends it with every call and takes the new one from every answer,
 * so that any gate can go on with it.
 */
export function sessionFromProto(
  proto: ProtoSession,
  user: string,
  defaultTransactionMode: TransactionModeName = 'MULTI',
): Session {
  const session = newSession({
    target: parseTarget(proto.targetString),
    autocommit: proto.autocommit,
    inTransaction: proto.inTransaction,
    shardSessions: [
      ...proto.shardSessions.map((s) => shardSessionFromProto(s)),
      ...proto.preSessions.map((s) => shardSessionFromProto(s, 'pre')),
      ...proto.postSessions.map((s) => shardSessionFromProto(s, 'post')),
    ],
    lookupRemovals: proto.lookupRemovals.map(removalFromProto),
    savepoints: [...proto.savepoints],
    transactionMode: transactionModeFromProto(proto.transactionMode) ?? defaultTransactionMode,
    defaultTransactionMode,
    workload: workloadFromProto(proto.options?.workload),
    clientFoundRows: proto.options?.clientFoundRows ?? false,
    ...variablesFromProto(proto.systemVariables),
    userVariables: new Map(
      Object.entries(proto.userDefinedVariables).map(([name, v]) => [
        name,
        { type: v.type, value: v.value, values: v.values },
      ]),
    ),
    preparedStatements: new Map(
      Object.entries(proto.prepareStatement).map(([name, { prepareStatement }]) => [name, prepareStatement]),
    ),
    lastInsertId: proto.lastInsertId,
    foundRows: proto.foundRows,
    rowCount: proto.rowCount,
    queryTimeoutMs: Number(proto.queryTimeout),
    user,
    uuid: proto.SessionUUID,
  });
  if (proto.errorUntilRollback) session.failedTransaction = 'an earlier statement failed';
  const limit = proto.options?.sqlSelectLimit;
  if (limit !== undefined && limit > 0n) session.sqlSelectLimit = limit;
  const modes = proto.options?.transactionAccessMode ?? [];
  if (modes.includes(AccessMode.READ_ONLY)) session.transaction.readOnly = true;
  return session;
}

export function sessionToProto(session: Session, before: ProtoSession): ProtoSession {
  return {
    ...before,
    inTransaction: session.inTransaction,
    shardSessions: shardSessionsToProto(session, undefined),
    preSessions: shardSessionsToProto(session, 'pre'),
    postSessions: shardSessionsToProto(session, 'post'),
    lookupRemovals: session.lookupRemovals.map(removalToProto),
    autocommit: session.autocommit,
    targetString: formatTarget(session.target),
    options: ExecuteOptions.fromPartial({
      ...before.options,
      workload: WorkloadOption[session.workload],
      clientFoundRows: session.clientFoundRows,
      sqlSelectLimit: session.sqlSelectLimit ?? 0n,
      transactionAccessMode: session.transaction.readOnly ? [AccessMode.READ_ONLY] : [],
    }),
    transactionMode: TransactionMode[session.transactionMode],
    warnings: session.warnings.map(({ code, message, level }) => ({ code, message, level })),
    lastInsertId: session.lastInsertId,
    foundRows: session.foundRows,
    userDefinedVariables: Object.fromEntries(session.userVariables),
    prepareStatement: Object.fromEntries(
      [...session.preparedStatements].map(([name, text]) => [
        name,
        { prepareStatement: text, paramsCount: 0 },
      ]),
    ),
    systemVariables: variablesToProto(session),
    rowCount: session.rowCount,
    savepoints: session.savepoints,
    inReservedConn: session.shardSessions.some((s) => s.reservedId !== 0n),
    SessionUUID: session.uuid,
    queryTimeout: BigInt(session.queryTimeoutMs),
    errorUntilRollback: session.failedTransaction !== undefined,
  };
}

/** Marks variables that the gate answers, among those that shards are to have set. */
const GATE_PREFIX = 'vitess_gate.';

function variablesToProto(session: Session): Record<string, string> {
  const gate = [...session.gateVariables].map(([name, value]) => [GATE_PREFIX + name, value]);
  return Object.fromEntries([...session.systemVariables, ...gate]) as Record<string, string>;
}

function variablesFromProto(
  variables: Record<string, string>,
): Pick<Session, 'systemVariables' | 'gateVariables'> & Partial<Pick<Session, 'collation'>> {
  const entries = Object.entries(variables);
  const gateVariables = new Map(
    entries
      .filter(([name]) => name.startsWith(GATE_PREFIX))
      .map(([name, v]) => [name.slice(GATE_PREFIX.length), v]),
  );
  const systemVariables = new Map(entries.filter(([name]) => !name.startsWith(GATE_PREFIX)));
  const collation = collationByName(gateVariables.get('collation_connection') ?? '');
  return { systemVariables, gateVariables, ...(collation && { collation: collation.id }) };
}

function shardSessionsToProto(session: Session, order: CommitOrder | undefined): Session_ShardSession[] {
  return session.shardSessions.filter((s) => s.commitOrder === order).map(shardSessionToProto);
}

function removalFromProto(proto: LookupRemoval): PendingRemoval {
  const { keyspace, vindex, values, keyspaceId, keep, savepoints, place } = proto;
  const entry = {
    keyspace,
    vindex,
    values: values.map(({ type, value }) => ({ type, value })),
    id: keyspaceId,
    place: place.map(({ type, value }) => ({ type, value })),
  };
  return { kind: keep ? 'keep' : 'remove', entry, savepoints };
}

function removalToProto({ kind, entry, savepoints }: PendingRemoval): LookupRemoval {
  const { keyspace, vindex, values, id, place } = entry;
  return {
    keyspace,
    vindex,
    values: values.map(({ type, value }) => ({ type, value })),
    keyspaceId: id,
    place: place.map(({ type, value }) => ({ type, value })),
    keep: kind === 'keep',
    savepoints,
  };
}

function shardSessionFromProto(proto: Session_ShardSession, commitOrder?: CommitOrder): ShardSession {
  if (proto.target === undefined || proto.tabletAlias === undefined) {
    throw new VtError(Code.INVALID_ARGUMENT, 'a shard session needs its target and its tablet alias');
  }
  return {
    keyspace: proto.target.keyspace,
    shard: proto.target.shard,
    tabletType: proto.target.tabletType,
    transactionId: proto.transactionId,
    reservedId: proto.reservedId,
    wrote: proto.rowsAffected,
    alias: proto.tabletAlias,
    ...(commitOrder === undefined ? {} : { commitOrder }),
  };
}

function shardSessionToProto(s: ShardSession): Session_ShardSession {
  return {
    target: { keyspace: s.keyspace, shard: s.shard, tabletType: s.tabletType, cell: '' },
    transactionId: s.transactionId,
    tabletAlias: s.alias,
    reservedId: s.reservedId,
    readOnly: false,
    rowsAffected: s.wrote,
  };
}

function transactionModeFromProto(mode: TransactionMode): TransactionModeName | undefined {
  switch (mode) {
    case TransactionMode.SINGLE:
      return 'SINGLE';
    case TransactionMode.MULTI:
      return 'MULTI';
    case TransactionMode.TWOPC:
      return 'TWOPC';
    default:
      return undefined;
  }
}

function workloadFromProto(workload: WorkloadOption | undefined): Workload {
  if (workload === WorkloadOption.OLAP) return 'OLAP';
  return workload === WorkloadOption.DBA ? 'DBA' : 'OLTP';
}
