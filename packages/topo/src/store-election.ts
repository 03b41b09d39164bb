import type { LeaderParticipation } from './conn';
import { asVtError, interrupted } from './errors';
import { EventStream } from './event-stream';
import type { HeldLock, LockTable } from './lock-table';
import { Code, VtError } from '@vitess-ts/vterrors';

/** An election over the lock table of a store: the leader is the holder of a lock whose contents are its id. */
export class StoreElection implements LeaderParticipation {
  private readonly stopping = new AbortController();
  private held?: HeldLock;
  private standing?: Promise<unknown>;

  constructor(
    private readonly locks: LockTable,
    private readonly key: string,
    private readonly id: string,
    private readonly onStop: () => void,
  ) {}

  async waitForLeadership(): Promise<AbortSignal> {
    this.throwIfStopped();
    if (this.held && !this.held.lost.aborted) return this.held.lost;
    const acquiring = this.locks.acquire(this.key, this.id, this.stopping.signal);
    this.standing = acquiring.catch(() => undefined);
    try {
      this.held = await acquiring;
    } catch (error) {
      this.throwIfStopped();
      throw asVtError(error);
    }
    if (this.stopping.signal.aborted) {
      await this.held.unlock();
      this.throwIfStopped();
    }
    return this.held.lost;
  }

  async stop(): Promise<void> {
    if (this.stopping.signal.aborted) return;
    this.stopping.abort(new VtError(Code.CANCELED, `election ${this.key}: candidate ${this.id} has stopped`));
    await this.standing;
    // Revoked rather than given back, so that whoever leads by it hears of the end.
    this.held?.revoke('the candidate has stopped');
    this.onStop();
  }

  async getCurrentLeaderId(): Promise<string> {
    return this.locks.holder(this.key) ?? '';
  }

  waitForNewLeader(signal: AbortSignal): AsyncIterable<string> {
    let removeListener: () => void = () => undefined;
    const both = AbortSignal.any([signal, this.stopping.signal]);
    if (both.aborted) throw interrupted(both, `watch of election ${this.key}`);
    const stream = new EventStream<string>(`watch of election ${this.key}`, both, () => removeListener());
    removeListener = this.locks.onGrant((path) => {
      if (path === this.key) stream.push(this.locks.holder(path) ?? '');
    });
    const leader = this.locks.holder(this.key);
    if (leader !== undefined) stream.push(leader);
    return stream;
  }

  private throwIfStopped(): void {
    if (this.stopping.signal.aborted) throw interrupted(this.stopping.signal, `election ${this.key}`);
  }
}
