import type { Client } from '@grpc/grpc-js';
import { Deferred, onAbort, systemClock, type CancelTimer } from '@vitess-ts/base';
import { TopoStoreService, type LockRequest } from '@vitess-ts/proto/vttopo';
import { serverStream, unary } from '@vitess-ts/servenv';
import { Code, VtError } from '@vitess-ts/vterrors';
import { defaultLockTtlMs, minLockTtlMs, type LockDescriptor } from '../conn';
import { asVtError, connClosed, interrupted, lockLost } from '../errors';

const callTimeoutMs = 5_000;

export interface RemoteLockRequest {
  kind: LockRequest['kind'];
  /** Absolute in the store. */
  path: string;
  contents: string;
  ttlMs?: number;
  /** Gives up waiting. */
  signal?: AbortSignal;
  /** Aborts when the connection is closed. */
  closing: AbortSignal;
}

/**
 * A lock that the server holds for us. It is lost when the call that holds it ends, when the server says so, or when
 * the server could not be reached for as long as the lease lasts.
 */
export class RemoteLock implements LockDescriptor {
  private readonly lostController = new AbortController();
  private state: 'held' | 'released' | 'lost' = 'held';
  private cancelRenewal: CancelTimer = () => undefined;
  private confirmedAtMs = systemClock.monotonic();

  private constructor(
    private readonly client: Client,
    private readonly path: string,
    private readonly id: string,
    private readonly ttlMs: number,
    private readonly call: AbortController,
  ) {
    this.scheduleRenewal();
  }

  /** Waits for the lock. Rejects as `Conn.lock` does. */
  static async acquire(client: Client, request: RemoteLockRequest): Promise<RemoteLock> {
    const { kind, path, contents, signal, closing } = request;
    const ttlMs = Math.max(request.ttlMs ?? defaultLockTtlMs, minLockTtlMs);
    // The call outlives the wait: what the caller's signal does later is no longer our concern.
    const call = new AbortController();
    const waitOver = onAbort(signal, () =>
      call.abort(interrupted(signal as AbortSignal, `waiting for lock ${path}`)),
    );
    let lock: RemoteLock | undefined;
    const stopListening = onAbort(closing, () => {
      lock?.lose('its connection was closed');
      call.abort(connClosed());
    });
    const events = serverStream(
      client,
      TopoStoreService.lock,
      { kind, path, contents, ttlMs: BigInt(ttlMs) },
      { signal: call.signal, timeoutMs: Infinity },
    );
    const acquired = new Deferred<RemoteLock>();
    const follow = async (): Promise<void> => {
      try {
        for await (const { event } of events) {
          if (event?.$case === 'acquired' && !lock) {
            waitOver();
            lock = new RemoteLock(client, path, event.value, ttlMs, call);
            acquired.resolve(lock);
          } else if (event?.$case === 'lost') lock?.lose(event.value);
        }
        lock?.lose('the server ended it');
        acquired.reject(new VtError(Code.UNAVAILABLE, `the server ended the wait for lock ${path}`));
      } catch (error) {
        lock?.lose(asVtError(error).message);
        acquired.reject(asVtError(error));
      } finally {
        waitOver();
        stopListening();
      }
    };
    void follow();
    return acquired.promise;
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
    this.cancelRenewal();
    try {
      await unary(this.client, TopoStoreService.unlock, { lockId: this.id }, { timeoutMs: callTimeoutMs });
      this.state = 'released';
    } catch (error) {
      const cause = asVtError(error);
      this.lose(cause.message);
      throw cause;
    } finally {
      this.call.abort(new VtError(Code.CANCELED, `lock ${this.path} was given back`));
    }
  }

  /** Ends the lock as a loss: the candidate whose leadership it is has stopped. */
  async resign(why: string): Promise<void> {
    if (this.state !== 'held') return;
    this.lose(why);
    // The end of the call frees the lock as well, should this not arrive.
    await unary(
      this.client,
      TopoStoreService.unlock,
      { lockId: this.id },
      { timeoutMs: callTimeoutMs },
    ).catch(() => undefined);
    this.call.abort(new VtError(Code.CANCELED, `lock ${this.path}: ${why}`));
  }

  private lose(why: string): void {
    if (this.state !== 'held') return;
    this.state = 'lost';
    this.cancelRenewal();
    this.lostController.abort(lockLost(this.path, why));
  }

  private async renew(signal: AbortSignal): Promise<void> {
    const sentAtMs = systemClock.monotonic();
    try {
      await unary(
        this.client,
        TopoStoreService.renewLock,
        { lockId: this.id },
        { signal, timeoutMs: Math.min(callTimeoutMs, this.ttlMs) },
      );
      this.confirmedAtMs = sentAtMs;
    } catch (error) {
      const cause = asVtError(error);
      if (cause.code === Code.FAILED_PRECONDITION) this.lose(cause.message);
      throw this.lost.aborted ? this.lost.reason : cause;
    }
  }

  private scheduleRenewal(): void {
    this.cancelRenewal = systemClock.after(this.ttlMs / 3, () => void this.keepAlive(), { background: true });
  }

  private async keepAlive(): Promise<void> {
    try {
      await this.renew(this.lost);
    } catch (error) {
      if (systemClock.monotonic() - this.confirmedAtMs > this.ttlMs) {
        this.lose(`the server could not be reached: ${asVtError(error).message}`);
        this.call.abort(this.lost.reason);
      }
    }
    if (this.state === 'held') this.scheduleRenewal();
  }
}
