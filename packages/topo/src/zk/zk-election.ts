import { Code, VtError } from '@vitess-ts/vterrors';
import type { LeaderParticipation } from '../conn';
import { asVtError, interrupted, isAway } from '../errors';
import { EventStream } from '../event-stream';
import type { ZkCallSettings } from './zk-session';
import type { ZkLock, ZkLockContext } from './zk-lock';

export interface ZkElectionOptions {
  name: string;
  id: string;
  /** The path of the directory where the candidates queue. */
  queue: string;
  /** Takes the lock that is the leadership, with the id as contents. */
  acquire(signal: AbortSignal): Promise<ZkLock>;
  onStop(): void;
}

/** A candidate: the one with the lowest number leads. */
export class ZkElection implements LeaderParticipation {
  private readonly stopping = new AbortController();
  private lock?: ZkLock;
  private standing?: Promise<unknown>;

  constructor(
    private readonly context: ZkLockContext,
    private readonly options: ZkElectionOptions,
  ) {}

  async waitForLeadership(): Promise<AbortSignal> {
    this.throwIfStopped();
    if (this.lock && !this.lock.lost.aborted) return this.lock.lost;
    const acquiring = this.options.acquire(this.stopping.signal);
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
    const { name, id, onStop } = this.options;
    this.stopping.abort(new VtError(Code.CANCELED, `election ${name}: candidate ${id} has stopped`));
    await this.standing;
    if (this.lock && !this.lock.lost.aborted) await this.lock.resign('the candidate has stopped');
    onStop();
  }

  async getCurrentLeaderId(signal?: AbortSignal): Promise<string> {
    const { closing } = this.context;
    const settings = { signal: signal ? AbortSignal.any([signal, closing]) : closing };
    await this.context.client.sync(this.context.files.node(this.options.queue), settings);
    return (await this.leader(settings))?.id ?? '';
  }

  async *waitForNewLeader(signal: AbortSignal): AsyncGenerator<string, void, undefined> {
    const { closing, watches, files } = this.context;
    const own = new AbortController();
    const any = AbortSignal.any([signal, closing, this.stopping.signal, own.signal]);
    const stream = new EventStream<string>(`watch of election ${this.options.name}`, any);
    let leader: string | undefined;
    let looking: Promise<void> = Promise.resolve();
    const look = (): void => {
      looking = looking.then(async () => {
        try {
          const now = await this.leader({ signal: any });
          if (now && now.node !== leader) stream.push(now.id);
          leader = now?.node;
        } catch (error) {
          // The next connection looks again.
          if (!isAway(asVtError(error))) stream.fail(asVtError(error));
        }
      });
    };
    let unwatch: () => void = () => undefined;
    try {
      const watcher = { onEvent: look, onRestored: look };
      unwatch = await watches.add(files.node(this.options.queue), watcher, { signal: any });
      look();
      yield* stream;
    } finally {
      unwatch();
      own.abort();
    }
  }

  private async leader(settings: ZkCallSettings): Promise<{ node: string; id: string } | undefined> {
    const { client, files } = this.context;
    const dir = files.node(this.options.queue);
    for (;;) {
      const [first] = ((await client.children(dir, settings)) ?? []).sort();
      if (first === undefined) return undefined;
      const node = `${dir}/${first}`;
      const found = await client.get(node, settings);
      if (found) return { node, id: found.data?.toString() ?? '' };
    }
  }

  private throwIfStopped(): void {
    if (this.stopping.signal.aborted)
      throw interrupted(this.stopping.signal, `election ${this.options.name}`);
  }
}
