import { StartCommitState, type Target, type TransactionMetadata } from '@vitess-ts/proto/query';
import type { AtomicCommit, CallContext } from '@vitess-ts/queryservice';
import type { LockWait } from '@vitess-ts/proto/vtpipeline';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import { Attended } from '../attended';
import type { TakenTransaction } from '../taken-transaction';
import { decideCommit, type DistributedTransactions } from './distributed-transactions';
import type { PreparedTransactions } from './prepared-transactions';

export interface TabletAtomicCommitParts {
  prepared: PreparedTransactions;
  distributed: DistributedTransactions;
  take(transactionId: bigint): Promise<TakenTransaction>;
  rollback(transactionId: bigint): Promise<void>;
  lockWaits(): Promise<LockWait[]>;
  /** Throws unless the target is this tablet and it serves, or is about to stop. */
  check(target: Target): void;
  /** Age from which a transaction counts as unresolved. */
  abandonAgeMs: number;
  /** For crash tests: called at each step of a commit. */
  atStep?: (step: CommitStep) => void;
}

/** Steps of a commit over several shards, as tests of crashes name them. */
export type CommitStep =
  'create' | 'created' | 'prepare' | 'prepared' | 'decide' | 'decided' | 'commit' | 'committed';

/** A tablet's part in commits over several shards. What was begun goes on when the caller is gone. */
export class TabletAtomicCommit implements AtomicCommit {
  private readonly attended = new Attended();

  constructor(private readonly parts: TabletAtomicCommitParts) {}

  prepare(ctx: CallContext, target: Target, transactionId: bigint, dtid: string): Promise<void> {
    return this.run(ctx, target, async () => {
      this.step('prepare');
      await this.parts.prepared.prepare(transactionId, checkedDtid(dtid));
      this.step('prepared');
    });
  }

  commitPrepared(ctx: CallContext, target: Target, dtid: string): Promise<void> {
    return this.run(ctx, target, async () => {
      this.step('commit');
      await this.parts.prepared.commit(checkedDtid(dtid));
      this.step('committed');
    });
  }

  rollbackPrepared(ctx: CallContext, target: Target, dtid: string, transactionId: bigint): Promise<void> {
    return this.run(ctx, target, () => this.parts.prepared.rollback(checkedDtid(dtid), transactionId));
  }

  createTransaction(
    ctx: CallContext,
    target: Target,
    dtid: string,
    participants: readonly Target[],
  ): Promise<void> {
    return this.run(ctx, target, async () => {
      this.step('create');
      await this.parts.distributed.create(checkedDtid(dtid), participants);
      this.step('created');
    });
  }

  startCommit(
    ctx: CallContext,
    target: Target,
    transactionId: bigint,
    dtid: string,
  ): Promise<StartCommitState> {
    return this.run(ctx, target, async () => {
      const taken = await this.parts.take(transactionId);
      const { connection } = taken;
      try {
        if (!(await decideCommit(connection, checkedDtid(dtid)))) {
          await connection.query('ROLLBACK');
          taken.done('rolled back');
          return StartCommitState.Fail;
        }
        this.step('decide');
        await connection.query(taken.commitSql);
      } catch (error) {
        // mysqld rolls back what has not committed when the connection ends; the record tells which it was.
        connection.destroy();
        taken.done('lost');
        throw error;
      }
      taken.done('committed');
      this.step('decided');
      return StartCommitState.Success;
    });
  }

  setRollback(ctx: CallContext, target: Target, dtid: string, transactionId: bigint): Promise<void> {
    return this.run(ctx, target, async () => {
      if (transactionId !== 0n) await this.parts.rollback(transactionId);
      await this.parts.distributed.setRollback(checkedDtid(dtid));
    });
  }

  concludeTransaction(ctx: CallContext, target: Target, dtid: string): Promise<void> {
    return this.run(ctx, target, () => this.parts.distributed.conclude(checkedDtid(dtid)));
  }

  readTransaction(ctx: CallContext, target: Target, dtid: string): Promise<TransactionMetadata | undefined> {
    return this.run(ctx, target, () => this.parts.distributed.read(checkedDtid(dtid), target));
  }

  unresolvedTransactions(
    ctx: CallContext,
    target: Target,
    abandonAgeSeconds: number,
  ): Promise<TransactionMetadata[]> {
    const ageMs = abandonAgeSeconds > 0 ? abandonAgeSeconds * 1000 : this.parts.abandonAgeMs;
    return this.run(ctx, target, () => this.parts.distributed.unresolved(ageMs, target));
  }

  lockWaits(ctx: CallContext, target: Target): Promise<LockWait[]> {
    return this.run(ctx, target, () => this.parts.lockWaits());
  }

  /** Resolves when nothing is under way any more. */
  ended(): Promise<void> {
    return this.attended.ended();
  }

  private async run<T>(ctx: CallContext, target: Target, work: () => Promise<T>): Promise<T> {
    this.parts.check(target);
    try {
      return await this.attended.run(ctx.signal, work);
    } catch (error) {
      if (error instanceof VtError || error instanceof SqlError) throw error;
      throw new VtError(Code.UNKNOWN, error instanceof Error ? error.message : String(error), {
        cause: error,
      });
    }
  }

  private step(step: CommitStep): void {
    this.parts.atStep?.(step);
  }
}

/** The column's width. */
const MAX_DTID_BYTES = 512;

function checkedDtid(dtid: string): string {
  if (dtid !== '' && Buffer.byteLength(dtid) <= MAX_DTID_BYTES) return dtid;
  throw new VtError(
    Code.INVALID_ARGUMENT,
    `a distributed transaction needs a name of 1 to ${MAX_DTID_BYTES} bytes`,
  );
}
