import { randomBytes } from 'node:crypto';
import { systemClock, type CancelTimer, type Clock } from '@vitess-ts/base';
import { lockLost } from '../errors';

/** What a lease stands for: a lock, or leadership, that the server holds on behalf of a client. */
export interface Leased {
  readonly path: string;
  readonly lost: AbortSignal;
  release(): Promise<void>;
}

/** Why a lease ended: `released` by its holder's wish. */
export type LeaseEnd = { released: true } | { released: false; why: string };

/** One lease; it ends by itself when it is not renewed for `ttlMs`. */
class Lease {
  readonly id = randomBytes(16).toString('hex');
  readonly ended: Promise<LeaseEnd>;
  /** Settles when the lock was given back to the store. */
  released: Promise<void> = Promise.resolve();
  private end!: (how: LeaseEnd) => void;
  private cancelTimer: CancelTimer = () => undefined;

  constructor(
    readonly leased: Leased,
    private readonly ttlMs: number,
    private readonly clock: Clock,
    onEnd: (lease: Lease) => void,
  ) {
    this.ended = new Promise((resolve) => {
      this.end = (how) => {
        this.cancelTimer();
        leased.lost.removeEventListener('abort', lost);
        onEnd(this);
        // At once, and not when the holder has read why: it may never read again.
        this.released = leased.release();
        this.released.catch(() => undefined);
        resolve(how);
        this.end = () => undefined;
      };
    });
    const lost = (): void => this.finish(reasonOf(leased.lost));
    leased.lost.addEventListener('abort', lost, { once: true });
    if (leased.lost.aborted) lost();
    else this.renew();
  }

  renew(): void {
    this.cancelTimer();
    this.cancelTimer = this.clock.after(
      this.ttlMs,
      () => this.finish(`it was not renewed for ${this.ttlMs} ms`),
      { background: true },
    );
  }

  finish(why: string | undefined): void {
    this.end(why === undefined ? { released: true } : { released: false, why });
  }
}

function reasonOf(signal: AbortSignal): string {
  return signal.reason instanceof Error ? signal.reason.message : String(signal.reason);
}

/** The leases of a server, by the ids that only their holders know. */
export class LeaseTable {
  private readonly leases = new Map<string, Lease>();

  constructor(private readonly clock: Clock = systemClock) {}

  /**
   * Holds `leased` until it is unlocked, lost, not renewed in time, or `signal` aborts; then it is released. Yields
   * the lease's id first, and at the end why it was lost, if it was.
   */
  async *hold(
    leased: Leased,
    ttlMs: number,
    signal: AbortSignal,
  ): AsyncGenerator<{ acquired: string } | { lost: string }, void, undefined> {
    const lease = new Lease(leased, ttlMs, this.clock, ({ id }) => this.leases.delete(id));
    const aborted = (): void => lease.finish('its holder is gone');
    signal.addEventListener('abort', aborted, { once: true });
    try {
      if (signal.aborted) return;
      this.leases.set(lease.id, lease);
      yield { acquired: lease.id };
      const end = await lease.ended;
      if (!end.released) yield { lost: end.why };
    } finally {
      signal.removeEventListener('abort', aborted);
      this.leases.delete(lease.id);
      lease.finish('its call ended');
      await lease.released;
    }
  }

  /** FAILED_PRECONDITION when the lease is over. */
  renew(id: string): void {
    this.find(id).renew();
  }

  /** Gives the lock back before it resolves; FAILED_PRECONDITION when the lease is over. */
  async unlock(id: string): Promise<void> {
    const lease = this.find(id);
    lease.finish(undefined);
    await lease.released;
  }

  private find(id: string): Lease {
    const lease = this.leases.get(id);
    if (!lease) throw lockLost('the given id', 'its lease is over');
    return lease;
  }
}
