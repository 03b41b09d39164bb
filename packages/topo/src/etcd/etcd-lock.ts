import { Backoff, onAbort, sleep, systemClock, type CancelTimer } from '@vitess-ts/base';
import { Code, VtError } from '@vitess-ts/vterrors';
import { defaultLockTtlMs, minLockTtlMs, type LockDescriptor } from '../conn';
import { asVtError, interrupted, isAway, lockLost, nodeExists } from '../errors';
import type { EtcdCallSettings, EtcdClient } from './etcd-client';
import type { KeyRange, KeyValue } from './etcd-messages';
import { followRange } from './follow-range';
import { grantLease, renewLease, revokeLease, type Lease } from './lease';

const callTimeoutMs = 5_000;
/** How soon a renewal that failed is tried again. */
const retryMs = 500;
/** Giving a lock back at the end of a connection must not hold that up; the lease ends by itself. */
const resignTimeoutMs = 1_000;

export interface EtcdLockRequest {
  /** For messages. */
  path: string;
  /** The directory of the queue: the key that was made first has the lock. */
  queue: KeyRange;
  contents: string;
  ttlMs?: number;
  /** Gives up waiting. */
  signal?: AbortSignal;
  /** Aborts when the connection is closed. */
  closing: AbortSignal;
  /** ALREADY_EXISTS instead of waiting. */
  mustBeFree?: boolean;
}

/** What a connection keeps of its locks, to free them all before it ends. */
export interface EtcdLockOwner {
  /** The lock has a place in the queue. */
  added(lock: EtcdLock): void;
  /** It has not any more, in whatever way it ended. */
  removed(lock: EtcdLock): void;
  /** Frees what its caller no longer waits for; does not reject. */
  freeing(done: Promise<void>): void;
}

/**
 * A place in the queue for a lock, then the lock: a key under a lease, named by the lease's id, as Vitess makes it. It
 * is lost when the lease or the key is gone, or when etcd could not be reached for as long as the lease lasts.
 */
export class EtcdLock implements LockDescriptor {
  private readonly lostController = new AbortController();
  private state: 'held' | 'released' | 'lost' = 'held';
  private confirmedAtMs: number;
  private cancelRenewal: CancelTimer = () => undefined;
  private cancelLoss: CancelTimer = () => undefined;
  private readonly stopListening: () => void;
  private unlocking?: Promise<void>;

  private constructor(
    private readonly client: EtcdClient,
    private readonly path: string,
    private readonly lease: Lease,
    private readonly key: Buffer,
    closing: AbortSignal,
    private readonly owner: EtcdLockOwner,
  ) {
    this.confirmedAtMs = lease.grantedAtMs;
    this.scheduleLoss();
    this.scheduleRenewal(lease.ttlMs / 3);
    this.stopListening = onAbort(closing, () => this.lose('its connection was closed'));
  }

  /** Waits for the lock, in turn. Rejects as `Conn.lock` does. */
  static async acquire(
    client: EtcdClient,
    request: EtcdLockRequest,
    owner: EtcdLockOwner,
  ): Promise<EtcdLock> {
    const { path, queue, contents, signal, closing, mustBeFree } = request;
    const wait = signal ? AbortSignal.any([signal, closing]) : closing;
    const ttlMs = Math.max(request.ttlMs ?? defaultLockTtlMs, minLockTtlMs);
    const lease = await grantLease(client, ttlMs, { signal: wait });
    const key = Buffer.concat([queue.key, Buffer.from(lease.id)]);
    let createdAt: string;
    try {
      createdAt = await enqueue(client, mustBeFree ? queue : { key }, key, contents, lease, wait, path);
    } catch (error) {
      // Whether the key was made may be unknown.
      owner.freeing(freeLease(client, lease.id));
      throw error;
    }
    const lock = new EtcdLock(client, path, lease, key, closing, owner);
    owner.added(lock);
    try {
      await lock.waitForTurn(queue, createdAt, wait);
      return lock;
    } catch (error) {
      owner.freeing(lock.resign('the wait for it has ended'));
      throw error;
    }
  }

  get lost(): AbortSignal {
    return this.lostController.signal;
  }

  async check(signal?: AbortSignal): Promise<void> {
    if (this.state === 'released') throw lockLost(this.path, 'it was given back');
    if (this.state === 'lost') throw this.lost.reason;
    const both = signal ? AbortSignal.any([signal, this.lost]) : this.lost;
    await this.renew(both);
  }

  async unlock(): Promise<void> {
    if (this.state === 'released') return;
    if (this.state === 'lost') throw this.lost.reason;
    this.unlocking ??= this.giveBack();
    await this.unlocking;
  }

  private async giveBack(): Promise<void> {
    this.cancelRenewal();
    try {
      if (await this.revoke()) this.end('released');
      else this.lose('its lease is over');
    } catch (error) {
      const cause = asVtError(error);
      this.lose(`it could not be given back: ${cause.message}`);
      throw cause;
    }
    if (this.lost.aborted) throw this.lost.reason;
  }

  /** Ends the lock as a loss to whoever holds it, and frees it for others as far as etcd can be reached. */
  async resign(why: string): Promise<void> {
    if (this.state === 'held') this.lose(why);
    await freeLease(this.client, this.lease.id);
  }

  /** False when the lease was over. An answer may be lost, so after a failure "it is over" means that we ended it. */
  private async revoke(): Promise<boolean> {
    const giveUpAtMs = systemClock.monotonic() + callTimeoutMs;
    const backoff = new Backoff({ initialMs: 50, maxMs: retryMs });
    for (;;) {
      const leftMs = giveUpAtMs - systemClock.monotonic();
      try {
        const ended = await revokeLease(this.client, this.lease.id, { timeoutMs: Math.max(1, leftMs) });
        return ended || backoff.attempt > 0;
      } catch (error) {
        if (!isAway(asVtError(error)) || leftMs <= retryMs) throw error;
      }
      await sleep(backoff.next());
    }
  }

  /** Resolves when no key of the queue is older than ours. */
  private async waitForTurn(queue: KeyRange, createdAt: string, signal: AbortSignal): Promise<void> {
    const both = AbortSignal.any([signal, this.lost]);
    const backoff = new Backoff({ initialMs: 100, maxMs: retryMs });
    let ahead: KeyValue | undefined;
    for (;;) {
      try {
        const state = await this.lookAhead(queue, createdAt, { signal: both });
        if (state.ahead === undefined) return;
        ahead = state.ahead;
        await untilDeleted(this.client, ahead.key, state.revision, both);
      } catch (error) {
        // What the signals stand for is thrown below.
        if (!both.aborted && !isAway(asVtError(error))) throw error;
        if (!both.aborted) await sleep(backoff.next(), both).catch(() => undefined);
      }
      if (signal.aborted) {
        throw interrupted(
          signal,
          `waiting for lock ${this.path}, behind ${ahead?.value.toString() ?? 'nobody'}`,
        );
      }
      if (this.lost.aborted) {
        throw new VtError(
          Code.UNAVAILABLE,
          `waiting for lock ${this.path}: the place in the queue was lost`,
          {
            cause: this.lost.reason,
          },
        );
      }
    }
  }

  /** The key that is next before ours, if any. Loses the lock when our own is gone. */
  private async lookAhead(
    queue: KeyRange,
    createdAt: string,
    settings: EtcdCallSettings,
  ): Promise<{ ahead?: KeyValue; revision: string }> {
    const older = {
      ...queue,
      max_create_revision: String(BigInt(createdAt) - 1n),
      sort_target: 'Create',
      sort_order: 'Descend',
      limit: 1,
    } as const;
    const own = { key: this.key, keys_only: true };
    const { responses, header } = await this.client.call(
      'txn',
      { compare: [], success: [{ request_range: older }, { request_range: own }], failure: [] },
      settings,
    );
    const [olderKeys, ownKeys] = responses.map(({ response_range }) => response_range?.kvs ?? []);
    if (ownKeys.length === 0) {
      this.lose('its key is gone');
      throw this.lost.reason;
    }
    return { ahead: olderKeys[0], revision: header.revision };
  }

  private lose(why: string): void {
    if (this.state === 'held') this.end('lost', why);
  }

  private end(state: 'released' | 'lost', why = ''): void {
    this.state = state;
    this.cancelRenewal();
    this.cancelLoss();
    this.stopListening?.();
    if (state === 'lost') this.lostController.abort(lockLost(this.path, why));
    this.owner.removed(this);
  }

  /** Asks etcd for the lease and the key, and extends the lease. */
  private async renew(signal: AbortSignal): Promise<void> {
    const sentAtMs = systemClock.monotonic();
    const settings = { signal, timeoutMs: Math.min(callTimeoutMs, this.lease.ttlMs) };
    try {
      const [alive, { kvs }] = await Promise.all([
        renewLease(this.client, this.lease.id, settings),
        this.client.call('range', { key: this.key, keys_only: true }, settings),
      ]);
      if (!alive) this.lose('its lease is over');
      else if (kvs.length === 0) this.lose('its key is gone');
    } catch (error) {
      throw this.lost.aborted ? this.lost.reason : asVtError(error);
    }
    if (this.state === 'lost') throw this.lost.reason;
    this.confirmedAtMs = Math.max(this.confirmedAtMs, sentAtMs);
    if (this.state === 'held') this.scheduleLoss();
  }

  private scheduleLoss(): void {
    this.cancelLoss();
    const leftMs = this.confirmedAtMs + this.lease.ttlMs - systemClock.monotonic();
    const lose = (): void => this.lose(`etcd could not be asked for ${this.lease.ttlMs} ms`);
    this.cancelLoss = systemClock.after(leftMs, lose, { background: true });
  }

  private scheduleRenewal(afterMs: number): void {
    this.cancelRenewal = systemClock.after(afterMs, () => void this.keepAlive(), { background: true });
  }

  private async keepAlive(): Promise<void> {
    let failed = false;
    try {
      await this.renew(this.lost);
    } catch {
      // Either the lock is lost, and whoever holds it hears of that, or there is still time to try again.
      failed = true;
    }
    const intervalMs = this.lease.ttlMs / 3;
    if (this.state === 'held') this.scheduleRenewal(failed ? Math.min(retryMs, intervalMs) : intervalMs);
  }
}

/** The lease ends by itself should this fail. */
async function freeLease(client: EtcdClient, id: string): Promise<void> {
  await revokeLease(client, id, { timeoutMs: resignTimeoutMs }).catch(() => undefined);
}

/** Makes a key under a lease while the range `free` has none, and gives the revision of its making. */
async function enqueue(
  client: EtcdClient,
  free: KeyRange,
  key: Buffer,
  contents: string,
  lease: Lease,
  signal: AbortSignal,
  path: string,
): Promise<string> {
  const { succeeded, header } = await client.call(
    'txn',
    {
      compare: [{ ...free, target: 'Create', result: 'Equal', create_revision: '0' }],
      success: [{ request_put: { key, value: Buffer.from(contents), lease: lease.id } }],
      failure: [],
    },
    { signal },
  );
  if (!succeeded) throw nodeExists(`lock ${path}`);
  return header.revision;
}

/** Resolves when a key was deleted after a revision, when that may be so, or when the signal aborts. */
async function untilDeleted(
  client: EtcdClient,
  key: Buffer,
  revision: string,
  signal: AbortSignal,
): Promise<void> {
  const done = new AbortController();
  const follower = {
    onEvents: (events: { type: string }[]) => {
      if (events.some(({ type }) => type === 'Delete')) done.abort();
    },
    reread: async () => {
      // The caller looks again in any case.
      done.abort();
      return revision;
    },
  };
  await followRange(client, { key }, revision, follower, AbortSignal.any([signal, done.signal]));
}
