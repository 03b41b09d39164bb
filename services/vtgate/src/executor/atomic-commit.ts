import { sleep } from '@vitess-ts/base';
import { StartCommitState, type Target } from '@vitess-ts/proto/query';
import type { AtomicCommit, CallContext } from '@vitess-ts/queryservice';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import type { ShardSession } from '../session/session';
import type { Gateway } from './gateway';
import type { TransactionObserver } from './statement-stats';
import { unknownOutcome } from './unknown-outcome';

/** Longest that one step may take on one shard. */
const STEP_TIMEOUT_MS = 30_000;
/** How long the gate itself tries to finish what is decided, before it leaves it to the resolver. */
const FINISH_MS = 10_000;
const RETRY_MS = 50;

/** Steps of a commit, as tests of crashes name them. */
export type GateCommitStep = 'created' | 'prepared' | 'decided' | 'committed';

export interface CommitResult {
  dtid: string;
  /** Shards that have not said yet that they have committed, and will; the resolver sees to it. */
  pending: string[];
}

/**
 * Commits a transaction on several shards: on all of them, or on none. The first shard that wrote keeps the decision,
 * which falls with its own commit; the others are prepared before, so that they can follow it whatever breaks.
 */
export class AtomicCommits {
  private readonly concluding = new Set<Promise<void>>();

  constructor(
    private readonly gateway: Gateway,
    private readonly observer?: TransactionObserver,
    private readonly atStep: (step: GateCommitStep) => void = () => undefined,
  ) {}

  /**
   * `writers`: the shards that wrote, two or more. Rejects with sqlstate 08007 when nobody can tell which way it went;
   * any other error means that it is rolled back everywhere.
   */
  async commit(writers: readonly ShardSession[], call: CallContext): Promise<CommitResult> {
    const [manager, ...others] = writers;
    const dtid = `${manager.keyspace}:${manager.shard}:${manager.transactionId}`;
    try {
      await this.on(manager, (s, target) =>
        s.createTransaction(stepContext(call), target, dtid, others.map(targetOf)),
      );
    } catch (error) {
      // Nothing is prepared. A record that was made all the same is found and ended by the resolver.
      await this.rollBackOpen(writers, call);
      throw rolledBack(error);
    }
    this.atStep('created');
    const prepared = await Promise.allSettled(
      others.map((o) =>
        this.on(o, (s, target) => s.prepare(stepContext(call), target, o.transactionId, dtid)),
      ),
    );
    const refused = prepared.find((p) => p.status === 'rejected');
    if (refused) {
      await this.abort(dtid, manager, others, call);
      throw rolledBack(refused.reason);
    }
    this.atStep('prepared');
    await this.decide(dtid, manager, others, call);
    this.atStep('decided');
    const pending = await this.commitOthers(dtid, others, call);
    this.atStep('committed');
    if (pending.length === 0) this.conclude(dtid, targetOf(manager), call);
    return { dtid, pending };
  }

  /** Resolves when nothing is under way any more. */
  async ended(): Promise<void> {
    await Promise.allSettled(this.concluding);
  }

  /** Resolves when the decision is COMMIT. */
  private async decide(
    dtid: string,
    manager: ShardSession,
    others: readonly ShardSession[],
    call: CallContext,
  ): Promise<void> {
    let failure: unknown;
    try {
      const state = await this.on(manager, (s, target) =>
        s.startCommit(stepContext(call), target, manager.transactionId, dtid),
      );
      if (state === StartCommitState.Success) return;
      failure = new VtError(Code.ABORTED, 'it took so long that it was ended by the resolver');
    } catch (error) {
      failure = error;
      if (await this.wasDecided(dtid, manager, call, error)) return;
    }
    await this.rollBackOthers(dtid, others, call);
    this.conclude(dtid, targetOf(manager), call);
    throw rolledBack(failure);
  }

  /**
   * Which way the decision fell when the answer is not known: asks to roll back, which a decision to commit refuses.
   * Rejects with sqlstate 08007 when the shard does not answer in time.
   */
  private async wasDecided(
    dtid: string,
    manager: ShardSession,
    call: CallContext,
    cause: unknown,
  ): Promise<boolean> {
    const deadline = performance.now() + FINISH_MS;
    for (;;) {
      try {
        await this.onPrimary(manager, (s, target) =>
          s.setRollback(stepContext(call), target, dtid, manager.transactionId),
        );
        return false;
      } catch (error) {
        const code = error instanceof VtError ? error.code : undefined;
        if (code === Code.FAILED_PRECONDITION) return true;
        // A gate has ended it meanwhile; which way, nobody knows any more.
        if (code === Code.NOT_FOUND || performance.now() > deadline) {
          this.observer?.outcomeUnknown('commit');
          throw unknownOutcome(`the commit of ${dtid}`, cause);
        }
      }
      await sleep(RETRY_MS);
    }
  }

  private async commitOthers(
    dtid: string,
    others: readonly ShardSession[],
    call: CallContext,
  ): Promise<string[]> {
    const done = await Promise.all(
      others.map((other) =>
        this.finish(other, (s, target) => s.commitPrepared(stepContext(call), target, dtid)),
      ),
    );
    const pending = others.filter((_, i) => !done[i]).map((o) => `${o.keyspace}/${o.shard}`);
    if (pending.length > 0) this.observer?.leftToResolver();
    return pending;
  }

  /** Tries until it succeeds or the time is over; says which. */
  private async finish(
    shard: ShardSession,
    act: (service: AtomicCommit, target: Target) => Promise<void>,
  ): Promise<boolean> {
    const deadline = performance.now() + FINISH_MS;
    for (;;) {
      try {
        await this.onPrimary(shard, act);
        return true;
      } catch {
        if (performance.now() > deadline) return false;
      }
      await sleep(RETRY_MS);
    }
  }

  private async abort(
    dtid: string,
    manager: ShardSession,
    others: readonly ShardSession[],
    call: CallContext,
  ): Promise<void> {
    const [decided, ended] = await Promise.all([
      this.once(manager, (s, target) =>
        s.setRollback(stepContext(call), target, dtid, manager.transactionId),
      ),
      this.rollBackOthers(dtid, others, call),
    ]);
    if (decided && ended) this.conclude(dtid, targetOf(manager), call);
  }

  /** What fails here is ended by the resolver: the decision to commit has not fallen, and cannot any more. */
  private async rollBackOthers(
    dtid: string,
    others: readonly ShardSession[],
    call: CallContext,
  ): Promise<boolean> {
    const done = await Promise.all(
      others.map((o) =>
        this.once(o, (s, target) => s.rollbackPrepared(stepContext(call), target, dtid, o.transactionId)),
      ),
    );
    return done.every(Boolean);
  }

  private async rollBackOpen(shards: readonly ShardSession[], call: CallContext): Promise<void> {
    await Promise.allSettled(
      shards.map(async (s) =>
        this.gateway.byAlias(s.alias).service.rollback(stepContext(call), targetOf(s), s.transactionId),
      ),
    );
  }

  private async once(
    shard: ShardSession,
    act: (service: AtomicCommit, target: Target) => Promise<void>,
  ): Promise<boolean> {
    try {
      await this.onPrimary(shard, act);
      return true;
    } catch {
      this.observer?.leftToResolver();
      return false;
    }
  }

  /** Nobody waits for it: what is not forgotten now, the resolver forgets. */
  private conclude(dtid: string, manager: Target, call: CallContext): void {
    const ctx = stepContext(call);
    const work = this.gateway
      .choose(manager, AbortSignal.timeout(STEP_TIMEOUT_MS))
      .then(({ service }) => service.atomic.concludeTransaction(ctx, manager, dtid))
      .catch(() => this.observer?.leftToResolver())
      .finally(() => this.concluding.delete(work));
    this.concluding.add(work);
  }

  /** On the tablet that has the session's transaction. */
  private async on<T>(
    shard: ShardSession,
    act: (service: AtomicCommit, target: Target) => Promise<T>,
  ): Promise<T> {
    return act(this.gateway.byAlias(shard.alias).service.atomic, targetOf(shard));
  }

  /** On the tablet that is the shard's primary now: it has what the one before it had prepared. */
  private async onPrimary<T>(
    shard: ShardSession,
    act: (service: AtomicCommit, target: Target) => Promise<T>,
  ): Promise<T> {
    const target = targetOf(shard);
    const { service } = await this.gateway.choose(target, AbortSignal.timeout(FINISH_MS));
    return act(service.atomic, target);
  }
}

function targetOf(s: ShardSession): Target {
  return { keyspace: s.keyspace, shard: s.shard, tabletType: s.tabletType, cell: '' };
}

/** A commit goes on when its client is gone. */
function stepContext({ effectiveCallerId, immediateCallerId, traceparent }: CallContext): CallContext {
  return {
    effectiveCallerId,
    immediateCallerId,
    traceparent,
    timeoutMs: STEP_TIMEOUT_MS,
    signal: AbortSignal.timeout(STEP_TIMEOUT_MS),
  };
}

/** ER_ERROR_DURING_COMMIT. */
const errno = 1180;

function rolledBack(error: unknown): SqlError {
  const why = error instanceof Error ? error.message : String(error);
  const options = { cause: error, code: Code.ABORTED };
  if (error instanceof SqlError) {
    return new SqlError(error.errno, error.sqlstate, `the transaction was rolled back: ${why}`, options);
  }
  return new SqlError(errno, 'HY000', `the transaction was rolled back on all shards: ${why}`, options);
}
