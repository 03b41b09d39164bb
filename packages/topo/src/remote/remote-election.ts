import type { Client } from '@grpc/grpc-js';
import { LockRequest_Kind, TopoStoreService } from '@vitess-ts/proto/vttopo';
import { serverStream, unary } from '@vitess-ts/servenv';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { LeaderParticipation } from '../conn';
import { interrupted } from '../errors';
import { RemoteLock } from './remote-lock';

/** A candidate in an election that the server holds. */
export class RemoteElection implements LeaderParticipation {
  private readonly stopping = new AbortController();
  private lock?: RemoteLock;
  private standing?: Promise<unknown>;

  constructor(
    private readonly client: Client,
    /** Absolute in the store. */
    private readonly name: string,
    private readonly id: string,
    private readonly timeoutMs: number,
    private readonly closing: AbortSignal,
    private readonly onStop: () => void,
  ) {}

  async waitForLeadership(): Promise<AbortSignal> {
    this.throwIfStopped();
    if (this.lock && !this.lock.lost.aborted) return this.lock.lost;
    const acquiring = RemoteLock.acquire(this.client, {
      kind: LockRequest_Kind.LEADERSHIP,
      path: this.name,
      contents: this.id,
      signal: this.stopping.signal,
      closing: this.closing,
    });
    this.standing = acquiring.catch(() => undefined);
    const lock = await acquiring;
    this.lock = lock;
    if (this.stopping.signal.aborted) {
      await lock.resign('the candidate has stopped');
      this.throwIfStopped();
    }
    return lock.lost;
  }

  async stop(): Promise<void> {
    if (this.stopping.signal.aborted) return;
    this.stopping.abort(
      new VtError(Code.CANCELED, `election ${this.name}: candidate ${this.id} has stopped`),
    );
    await this.standing;
    await this.lock?.resign('the candidate has stopped');
    this.onStop();
  }

  async getCurrentLeaderId(signal?: AbortSignal): Promise<string> {
    const both = signal ? AbortSignal.any([signal, this.closing]) : this.closing;
    const settings = { signal: both, timeoutMs: this.timeoutMs };
    return (await unary(this.client, TopoStoreService.getLeader, { name: this.name }, settings)).id;
  }

  async *waitForNewLeader(signal: AbortSignal): AsyncGenerator<string, void, undefined> {
    const any = AbortSignal.any([signal, this.closing, this.stopping.signal]);
    const settings = { signal: any, timeoutMs: Infinity };
    for await (const { id } of serverStream(
      this.client,
      TopoStoreService.watchLeader,
      { name: this.name },
      settings,
    )) {
      yield id;
    }
    throw new VtError(Code.UNAVAILABLE, `the server ended the watch of election ${this.name}`);
  }

  private throwIfStopped(): void {
    if (this.stopping.signal.aborted) throw interrupted(this.stopping.signal, `election ${this.name}`);
  }
}
