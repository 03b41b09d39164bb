import type { Target } from '@vitess-ts/proto/query';
import type { ConnectionIds, QueryService } from '../query-service';

/** How long the transactions of a client that is gone may be taken on by another stream. */
const GRACE_MS = 2000;
const END_TIMEOUT_MS = 30_000;

interface Owned {
  /** The stream that used it last. */
  owner: object;
  target: Target;
  ids: ConnectionIds;
}

/**
 * Which stream of a pipeline uses which transactions and reserved connections. Those of a stream that has ended, and
 * that no other stream has used since, end soon after: a client that was killed must not keep its locks.
 */
export class TransactionOwners {
  private readonly owned = new Map<bigint, Owned>();

  constructor(
    private readonly service: QueryService,
    private readonly graceMs = GRACE_MS,
  ) {}

  opened(owner: object, target: Target, ids: ConnectionIds): void {
    const { transactionId, reservedId } = ids;
    this.owned.set(transactionId !== 0n ? transactionId : reservedId, {
      owner,
      target,
      ids: { transactionId, reservedId },
    });
  }

  used(owner: object, { transactionId, reservedId }: ConnectionIds): void {
    const entry = this.owned.get(transactionId !== 0n ? transactionId : reservedId);
    if (entry !== undefined) entry.owner = owner;
  }

  /** `reservedId`: the connection goes on under this id; 0n: it does not. */
  ended(owner: object, target: Target, id: bigint, reservedId: bigint): void {
    this.owned.delete(id);
    if (reservedId !== 0n) this.opened(owner, target, { transactionId: 0n, reservedId });
  }

  /** The stream has ended. */
  left(owner: object): void {
    if (![...this.owned.values()].some((entry) => entry.owner === owner)) return;
    const timer = setTimeout(() => this.endAll(owner), this.graceMs);
    timer.unref();
  }

  private endAll(owner: object): void {
    const ctx = { timeoutMs: END_TIMEOUT_MS };
    for (const [id, { owner: last, target, ids }] of this.owned) {
      if (last !== owner) continue;
      this.owned.delete(id);
      const ending =
        ids.reservedId !== 0n
          ? this.service.release(ctx, target, ids)
          : this.service.rollback(ctx, target, ids.transactionId);
      // It has ended already, or its time limit will end it.
      ending.catch(() => undefined);
    }
  }
}
