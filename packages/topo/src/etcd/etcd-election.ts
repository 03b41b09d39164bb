import { Code, VtError } from '@vitess-ts/vterrors';
import type { LeaderParticipation } from '../conn';
import { asVtError, interrupted } from '../errors';
import { EventStream } from '../event-stream';
import type { EtcdClient } from './etcd-client';
import type { EtcdLock } from './etcd-lock';
import type { KeyRange, KeyValue, WatchEvent } from './etcd-messages';
import { followRange } from './follow-range';
import { readRange } from './read-range';

export interface EtcdElectionOptions {
  name: string;
  id: string;
  /** Where the candidates queue. */
  queue: KeyRange;
  /** Takes the lock that is the leadership, with the id as contents. */
  acquire(signal: AbortSignal): Promise<EtcdLock>;
  closing: AbortSignal;
  onStop(): void;
}

/** A candidate: the oldest in the queue leads. */
export class EtcdElection implements LeaderParticipation {
  private readonly stopping = new AbortController();
  private lock?: EtcdLock;
  private standing?: Promise<unknown>;

  constructor(
    private readonly client: EtcdClient,
    private readonly options: EtcdElectionOptions,
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
    const { queue, closing } = this.options;
    const request = { ...queue, sort_target: 'Create', sort_order: 'Ascend', limit: 1 } as const;
    const settings = { signal: signal ? AbortSignal.any([signal, closing]) : closing };
    const { kvs } = await this.client.call('range', request, settings);
    return kvs.length === 0 ? '' : kvs[0].value.toString();
  }

  async *waitForNewLeader(signal: AbortSignal): AsyncGenerator<string, void, undefined> {
    const { name, closing } = this.options;
    const own = new AbortController();
    const any = AbortSignal.any([signal, closing, this.stopping.signal, own.signal]);
    const stream = new EventStream<string>(`watch of election ${name}`, any);
    const candidates = new Map<string, KeyValue>();
    let leader: string | undefined;
    const report = (): void => {
      const first = oldest(candidates.values());
      const key = first && keyText(first);
      if (first && key !== leader) stream.push(first.value.toString());
      leader = key;
    };
    const read = async (): Promise<string> => {
      // What is old in the local state, the events after it put right.
      const { kvs, revision } = await readRange(this.client, this.options.queue, { signal: any }, true);
      candidates.clear();
      for (const kv of kvs) candidates.set(keyText(kv), kv);
      report();
      return revision;
    };
    const onEvents = (events: WatchEvent[]): void => {
      for (const { type, kv } of events) {
        if (type === 'Put') candidates.set(keyText(kv), kv);
        else candidates.delete(keyText(kv));
        report();
      }
    };
    try {
      const revision = await read();
      followRange(this.client, this.options.queue, revision, { onEvents, reread: read }, any).catch(
        (error: unknown) => stream.fail(asVtError(error)),
      );
      yield* stream;
    } finally {
      own.abort();
    }
  }

  private throwIfStopped(): void {
    if (this.stopping.signal.aborted)
      throw interrupted(this.stopping.signal, `election ${this.options.name}`);
  }
}

/** Keys are bytes; as text of one byte a character they can be told apart. */
const keyText = ({ key }: KeyValue): string => key.toString('latin1');

function oldest(candidates: Iterable<KeyValue>): KeyValue | undefined {
  let first: KeyValue | undefined;
  for (const kv of candidates) {
    if (!first || BigInt(kv.create_revision) < BigInt(first.create_revision)) first = kv;
  }
  return first;
}
