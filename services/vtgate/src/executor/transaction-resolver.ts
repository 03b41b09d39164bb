import { TransactionState, type Target, type TransactionMetadata } from '@vitess-ts/proto/query';
import { TabletType } from '@vitess-ts/proto/topodata';
import type { AtomicCommit, CallContext } from '@vitess-ts/queryservice';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { Gateway } from './gateway';

const CALL_TIMEOUT_MS = 10_000;
/** Transactions of one shard that are ended at a time. */
const CONCURRENCY = 8;

/**
 * Ends commits over several shards that nobody ends: their gate has died, or a shard did not answer it. Several gates may
 * do the same at a time: every step may be repeated.
 */
export class TransactionResolver {
  private readonly running = new Map<string, Promise<void>>();
  private readonly abort = new AbortController();
  private resolvedCount = 0;

  constructor(
    private readonly gateway: Gateway,
    private readonly onError: (error: Error) => void,
  ) {}

  /** Transactions that were ended here. */
  get resolved(): number {
    return this.resolvedCount;
  }

  /** Ends what the shard keeps the decision of, if that is not being done. Never rejects. */
  resolveShard(keyspace: string, shard: string): void {
    const key = `${keyspace}/${shard}`;
    if (this.abort.signal.aborted || this.running.has(key)) return;
    const work = this.resolveAll(primaryOf(keyspace, shard))
      .catch((error: Error) => {
        if (!this.abort.signal.aborted) this.onError(error);
      })
      .finally(() => this.running.delete(key));
    this.running.set(key, work);
  }

  /** Resolves when nothing is being ended. */
  async idle(): Promise<void> {
    await Promise.all(this.running.values());
  }

  async stop(): Promise<void> {
    this.abort.abort();
    await this.idle();
  }

  /** Those of all shards of a keyspace that go on for too long. */
  async unresolved(keyspace: string): Promise<TransactionMetadata[]> {
    const shards = this.gateway.shards(keyspace, TabletType.PRIMARY);
    const lists = await Promise.all(
      shards.map(({ name }) =>
        this.on(primaryOf(keyspace, name), (s, target) =>
          s.unresolvedTransactions(this.context(), target, 0),
        ),
      ),
    );
    return lists.flat();
  }

  /** undefined when it is not known (any more). */
  read(dtid: string): Promise<TransactionMetadata | undefined> {
    const { keyspace, shard } = parseDtid(dtid);
    return this.on(primaryOf(keyspace, shard), (s, target) =>
      s.readTransaction(this.context(), target, dtid),
    );
  }

  private async resolveAll(manager: Target): Promise<void> {
    const open = await this.on(manager, (s, target) => s.unresolvedTransactions(this.context(), target, 0));
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < open.length && !this.abort.signal.aborted) {
        const transaction = open[next++];
        try {
          await this.resolve(manager, transaction);
          this.resolvedCount++;
        } catch (error) {
          // The tablet tells of it again.
          this.onError(error as Error);
        }
      }
    };
    await Promise.all(Array.from({ length: CONCURRENCY }, work));
  }

  private async resolve(manager: Target, { dtid, state, participants }: TransactionMetadata): Promise<void> {
    const commits = state === TransactionState.COMMIT || !(await this.rollsBack(manager, dtid, state));
    await Promise.all(
      participants.map((participant) =>
        this.on(primaryOf(participant.keyspace, participant.shard), (s, target) =>
          commits
            ? s.commitPrepared(this.context(), target, dtid)
            : s.rollbackPrepared(this.context(), target, dtid, 0n),
        ),
      ),
    );
    await this.on(manager, (s, target) => s.concludeTransaction(this.context(), target, dtid));
  }

  /** False when it was decided meanwhile to commit. */
  private async rollsBack(manager: Target, dtid: string, state: TransactionState): Promise<boolean> {
    if (state === TransactionState.ROLLBACK) return true;
    try {
      const { transactionId } = parseDtid(dtid);
      await this.on(manager, (s, target) => s.setRollback(this.context(), target, dtid, transactionId));
      return true;
    } catch (error) {
      if (error instanceof VtError && error.code === Code.FAILED_PRECONDITION) return false;
      throw error;
    }
  }

  private async on<T>(
    target: Target,
    act: (service: AtomicCommit, target: Target) => Promise<T>,
  ): Promise<T> {
    const { service } = await this.gateway.choose(target, this.signal());
    return act(service.atomic, target);
  }

  private context(): CallContext {
    return { timeoutMs: CALL_TIMEOUT_MS, signal: this.signal() };
  }

  private signal(): AbortSignal {
    return AbortSignal.any([this.abort.signal, AbortSignal.timeout(CALL_TIMEOUT_MS)]);
  }
}

function primaryOf(keyspace: string, shard: string): Target {
  return { keyspace, shard, tabletType: TabletType.PRIMARY, cell: '' };
}

/** `keyspace:shard:transaction id` of the shard that keeps the decision. Throws INVALID_ARGUMENT for anything else. */
export function parseDtid(dtid: string): { keyspace: string; shard: string; transactionId: bigint } {
  const parts = /^([^:]+):([^:]+):(\d+)$/.exec(dtid);
  if (parts === null) throw new VtError(Code.INVALID_ARGUMENT, `invalid parts in dtid: ${dtid}`);
  return { keyspace: parts[1], shard: parts[2], transactionId: BigInt(parts[3]) };
}
