import type { ConnectOptions } from '@vitess-ts/mysql';
import type { Target } from '@vitess-ts/proto/query';
import type { LockWait } from '@vitess-ts/proto/vtpipeline';
import type { StatefulExecutor } from '../stateful-executor';
import type { TabletPools } from '../tablet-pools';
import { DistributedTransactions } from './distributed-transactions';
import { LockWaits, readLockWaits } from './lock-waits';
import { PreparedTransactions } from './prepared-transactions';
import { RedoLog } from './redo-log';
import { RedoReplay } from './redo-replay';
import { TabletAtomicCommit, type CommitStep } from './tablet-atomic-commit';

export interface TabletTwopcParts {
  pools: TabletPools;
  stateful: StatefulExecutor;
  /** Of the management account, with the tablet's database. */
  dba: () => ConnectOptions;
  /** Throws unless the target is this tablet and it serves, or is about to stop. */
  check: (target: Target) => void;
  abandonAgeMs: number;
  atStep?: (step: CommitStep) => void;
  onError: (error: unknown) => void;
}

/** All that a tablet has for commits over several shards. */
export class TabletTwopc {
  readonly redoLog: RedoLog;
  readonly prepared: PreparedTransactions;
  readonly distributed: DistributedTransactions;
  readonly atomic: TabletAtomicCommit;
  readonly abandonAgeMs: number;

  constructor(private readonly parts: TabletTwopcParts) {
    const { pools, stateful, dba, check, abandonAgeMs, atStep, onError } = parts;
    const ofSessions = {
      take: (id: bigint) => stateful.take(id),
      rollback: (id: bigint) => stateful.rollbackIfOpen(id),
    };
    const lockWaits = new LockWaits(() => this.readLockWaits());
    this.abandonAgeMs = abandonAgeMs;
    this.redoLog = new RedoLog(pools.twopc);
    this.prepared = new PreparedTransactions({
      log: this.redoLog,
      replay: new RedoReplay(dba, onError),
      ...ofSessions,
    });
    this.distributed = new DistributedTransactions(pools.twopc);
    this.atomic = new TabletAtomicCommit({
      prepared: this.prepared,
      distributed: this.distributed,
      ...ofSessions,
      lockWaits: () => lockWaits.get(),
      check,
      abandonAgeMs,
      atStep,
    });
  }

  async close(): Promise<void> {
    await this.atomic.ended();
    await this.prepared.close('tablet is shutting down');
  }

  private readLockWaits(): Promise<LockWait[]> {
    const { pools, stateful } = this.parts;
    const names = new Map(stateful.registry.all().map((c) => [c.connection.connectionId, c.transactionName]));
    return pools.withDba((c) => readLockWaits(c, (id) => names.get(id) ?? ''));
  }
}
