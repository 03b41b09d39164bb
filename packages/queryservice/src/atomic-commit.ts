import {
  StartCommitState,
  type CommitPreparedRequest,
  type ConcludeTransactionRequest,
  type CreateTransactionRequest,
  type PrepareRequest,
  type ReadTransactionRequest,
  type ReadTransactionResponse,
  type RollbackPreparedRequest,
  type SetRollbackRequest,
  type StartCommitRequest,
  type StartCommitResponse,
  type Target,
  type TransactionMetadata,
  type UnresolvedTransactionsRequest,
  type UnresolvedTransactionsResponse,
} from '@vitess-ts/proto/query';
import type { LockWait, LockWaits, LockWaitsRequest } from '@vitess-ts/proto/vtpipeline';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { CallContext } from './call-context';

/**
 * What one tablet does for a commit over several shards. A distributed transaction is named by its dtid,
 * `keyspace:shard:transaction id` of the shard that keeps the decision (the metadata manager). Everything but `prepare`
 * and `startCommit` may be asked again.
 */
export interface AtomicCommit {
  /** First phase on a participant: when it resolves, the transaction survives a crash and a failover. */
  prepare(ctx: CallContext, target: Target, transactionId: bigint, dtid: string): Promise<void>;
  /** Resolves as well when there is nothing left to commit: it was committed before. */
  commitPrepared(ctx: CallContext, target: Target, dtid: string): Promise<void>;
  /** `transactionId`: ended too where it was not prepared yet; 0n when it is not known. */
  rollbackPrepared(ctx: CallContext, target: Target, dtid: string, transactionId: bigint): Promise<void>;

  /** On the metadata manager: writes down who takes part, before anybody prepares. */
  createTransaction(
    ctx: CallContext,
    target: Target,
    dtid: string,
    participants: readonly Target[],
  ): Promise<void>;
  /** Commits the metadata manager's own transaction and with it the decision to commit all. */
  startCommit(
    ctx: CallContext,
    target: Target,
    transactionId: bigint,
    dtid: string,
  ): Promise<StartCommitState>;
  /** Decides to roll back. FAILED_PRECONDITION when the decision to commit has fallen. */
  setRollback(ctx: CallContext, target: Target, dtid: string, transactionId: bigint): Promise<void>;
  /** Forgets the transaction: all participants have ended it. */
  concludeTransaction(ctx: CallContext, target: Target, dtid: string): Promise<void>;
  /** undefined when it is not known (any more). */
  readTransaction(ctx: CallContext, target: Target, dtid: string): Promise<TransactionMetadata | undefined>;
  /** Those that began this many seconds ago or earlier; 0: the tablet's own limit. */
  unresolvedTransactions(
    ctx: CallContext,
    target: Target,
    abandonAgeSeconds: number,
  ): Promise<TransactionMetadata[]>;

  /** Which transactions of gates wait for locks of which others here, by the names that gates gave them. */
  lockWaits(ctx: CallContext, target: Target): Promise<LockWait[]>;
}

type Nothing = Record<string, never>;

/** Requests and answers of the calls of `AtomicCommit`, as they go over the wire. */
export interface AtomicRpcs {
  prepare: [PrepareRequest, Nothing];
  commitPrepared: [CommitPreparedRequest, Nothing];
  rollbackPrepared: [RollbackPreparedRequest, Nothing];
  createTransaction: [CreateTransactionRequest, Nothing];
  startCommit: [StartCommitRequest, StartCommitResponse];
  setRollback: [SetRollbackRequest, Nothing];
  concludeTransaction: [ConcludeTransactionRequest, Nothing];
  readTransaction: [ReadTransactionRequest, ReadTransactionResponse];
  unresolvedTransactions: [UnresolvedTransactionsRequest, UnresolvedTransactionsResponse];
  lockWaits: [LockWaitsRequest, LockWaits];
}

export type AtomicRpc = keyof AtomicRpcs;

/** Makes one call. */
export type AtomicCall = <N extends AtomicRpc>(
  name: N,
  ctx: CallContext,
  request: AtomicRpcs[N][0],
) => Promise<AtomicRpcs[N][1]>;

/** `AtomicCommit` over anything that carries its calls. */
export class AtomicCommitCalls implements AtomicCommit {
  constructor(private readonly call: AtomicCall) {}

  async prepare(ctx: CallContext, target: Target, transactionId: bigint, dtid: string): Promise<void> {
    await this.call('prepare', ctx, { ...callers(ctx), target, transactionId, dtid });
  }

  async commitPrepared(ctx: CallContext, target: Target, dtid: string): Promise<void> {
    await this.call('commitPrepared', ctx, { ...callers(ctx), target, dtid });
  }

  async rollbackPrepared(
    ctx: CallContext,
    target: Target,
    dtid: string,
    transactionId: bigint,
  ): Promise<void> {
    await this.call('rollbackPrepared', ctx, { ...callers(ctx), target, dtid, transactionId });
  }

  async createTransaction(
    ctx: CallContext,
    target: Target,
    dtid: string,
    participants: readonly Target[],
  ): Promise<void> {
    const request = { ...callers(ctx), target, dtid, participants: [...participants] };
    await this.call('createTransaction', ctx, request);
  }

  async startCommit(
    ctx: CallContext,
    target: Target,
    transactionId: bigint,
    dtid: string,
  ): Promise<StartCommitState> {
    const { state } = await this.call('startCommit', ctx, { ...callers(ctx), target, transactionId, dtid });
    return state;
  }

  async setRollback(ctx: CallContext, target: Target, dtid: string, transactionId: bigint): Promise<void> {
    await this.call('setRollback', ctx, { ...callers(ctx), target, dtid, transactionId });
  }

  async concludeTransaction(ctx: CallContext, target: Target, dtid: string): Promise<void> {
    await this.call('concludeTransaction', ctx, { ...callers(ctx), target, dtid });
  }

  async readTransaction(
    ctx: CallContext,
    target: Target,
    dtid: string,
  ): Promise<TransactionMetadata | undefined> {
    const { metadata } = await this.call('readTransaction', ctx, { ...callers(ctx), target, dtid });
    return metadata === undefined || metadata.dtid === '' ? undefined : metadata;
  }

  async unresolvedTransactions(
    ctx: CallContext,
    target: Target,
    abandonAgeSeconds: number,
  ): Promise<TransactionMetadata[]> {
    const request = { ...callers(ctx), target, abandonAge: BigInt(abandonAgeSeconds) };
    return (await this.call('unresolvedTransactions', ctx, request)).transactions;
  }

  async lockWaits(ctx: CallContext, target: Target): Promise<LockWait[]> {
    return (await this.call('lockWaits', ctx, { target })).waits;
  }
}

/** Answers one call that has come over the wire. */
export async function answerAtomicCall<N extends AtomicRpc>(
  service: AtomicCommit,
  name: N,
  ctx: CallContext,
  request: AtomicRpcs[N][0],
): Promise<AtomicRpcs[N][1]> {
  const answer = answers[name] as (s: AtomicCommit, c: CallContext, r: unknown) => Promise<unknown>;
  return (await answer(service, ctx, request)) as AtomicRpcs[N][1];
}

type Answers = {
  [N in AtomicRpc]: (
    service: AtomicCommit,
    ctx: CallContext,
    request: AtomicRpcs[N][0],
  ) => Promise<AtomicRpcs[N][1]>;
};

const answers: Answers = {
  async prepare(service, ctx, r) {
    await service.prepare(ctx, need(r.target), r.transactionId, r.dtid);
    return {};
  },
  async commitPrepared(service, ctx, r) {
    await service.commitPrepared(ctx, need(r.target), r.dtid);
    return {};
  },
  async rollbackPrepared(service, ctx, r) {
    await service.rollbackPrepared(ctx, need(r.target), r.dtid, r.transactionId);
    return {};
  },
  async createTransaction(service, ctx, r) {
    await service.createTransaction(ctx, need(r.target), r.dtid, r.participants);
    return {};
  },
  async startCommit(service, ctx, r) {
    return { state: await service.startCommit(ctx, need(r.target), r.transactionId, r.dtid) };
  },
  async setRollback(service, ctx, r) {
    await service.setRollback(ctx, need(r.target), r.dtid, r.transactionId);
    return {};
  },
  async concludeTransaction(service, ctx, r) {
    await service.concludeTransaction(ctx, need(r.target), r.dtid);
    return {};
  },
  async readTransaction(service, ctx, r) {
    return { metadata: await service.readTransaction(ctx, need(r.target), r.dtid) };
  },
  async unresolvedTransactions(service, ctx, r) {
    return {
      transactions: await service.unresolvedTransactions(ctx, need(r.target), Number(r.abandonAge)),
    };
  },
  async lockWaits(service, ctx, r) {
    return { waits: await service.lockWaits(ctx, need(r.target)) };
  },
};

/** The calls that `queryservice.Query` has; lock waits are told over the pipeline only. */
export const queryRpcs = Object.keys(answers).filter((name) => name !== 'lockWaits') as Exclude<
  AtomicRpc,
  'lockWaits'
>[];

export { StartCommitState };

function callers(
  ctx: CallContext,
): Required<Pick<PrepareRequest, 'effectiveCallerId' | 'immediateCallerId'>> {
  return { effectiveCallerId: ctx.effectiveCallerId, immediateCallerId: ctx.immediateCallerId };
}

function need(target: Target | undefined): Target {
  if (!target) throw new VtError(Code.INVALID_ARGUMENT, 'the request names no target');
  return target;
}
