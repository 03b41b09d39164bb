import { Backoff, onAbort, sleep } from '@vitess-ts/base';
import { Code, VtError } from '@vitess-ts/vterrors';
import { asVtError, isAway } from '../errors';
import type { EtcdClient } from './etcd-client';
import type { KeyRange, WatchEvent, WatchResponse } from './etcd-messages';

export interface RangeFollower {
  /** All changes of one or more revisions, in order. */
  onEvents(events: WatchEvent[]): void;
  /**
   * etcd forgot some of the changes that are still to come: reads the state, makes up for what it differs in, and
   * gives the revision to go on from.
   */
  reread(signal: AbortSignal): Promise<string>;
}

interface StreamEnd {
  /** The first revision that was not delivered. */
  next: bigint;
  compacted: boolean;
  failure?: VtError;
}

/**
 * Delivers each change of a range after a revision until `signal` aborts, then resolves. While etcd is away it waits,
 * and then goes on where it was. Rejects with what the follower throws, and when etcd refuses the watch for good.
 */
export async function followRange(
  client: EtcdClient,
  range: KeyRange,
  afterRevision: string,
  follower: RangeFollower,
  signal: AbortSignal,
): Promise<void> {
  const backoff = new Backoff({ initialMs: 100, maxMs: 500 });
  let next = BigInt(afterRevision) + 1n;
  while (!signal.aborted) {
    try {
      const end = await followStream(client, range, next, follower, signal);
      if (end.next > next) backoff.reset();
      next = end.next;
      if (signal.aborted) return;
      if (end.compacted) next = BigInt(await follower.reread(signal)) + 1n;
      else if (end.failure) throw end.failure;
    } catch (error) {
      if (signal.aborted) return;
      const failure = asVtError(error);
      if (!isAway(failure)) throw failure;
    }
    await sleep(backoff.next(), signal).catch(() => undefined);
  }
}

/** One watch of etcd, from its beginning to its end. */
async function followStream(
  client: EtcdClient,
  range: KeyRange,
  from: bigint,
  follower: RangeFollower,
  signal: AbortSignal,
): Promise<StreamEnd> {
  const stream = await client.stream('watch', { signal });
  return new Promise((resolve) => {
    let next = from;
    let held: WatchEvent[] = [];
    let ended = false;
    let removeListener: () => void = () => undefined;
    const end = (how: Omit<StreamEnd, 'next'>): void => {
      if (ended) return;
      ended = true;
      removeListener();
      stream.call.cancel();
      resolve({ ...how, next });
    };
    const take = (response: WatchResponse): void => {
      // Only whole revisions, so that the next stream can begin after the last one.
      for (const event of response.events) held.push(event);
      if (!response.fragment && held.length > 0) {
        const events = held;
        held = [];
        follower.onEvents(events);
        next = BigInt(events[events.length - 1].kv.mod_revision) + 1n;
      }
      if (response.canceled) end(cancellation(response));
    };
    stream.call.on('data', (response: WatchResponse) => {
      if (ended) return;
      try {
        take(response);
      } catch (error) {
        end({ compacted: false, failure: asVtError(error) });
      }
    });
    // Stays on after the end, for the error that our own cancellation gives.
    stream.call.on('error', (error) => {
      if (!ended) end({ compacted: false, failure: stream.failure(error) });
    });
    stream.call.on('end', () => end({ compacted: false }));
    removeListener = onAbort(signal, () => end({ compacted: false }));
    if (!ended)
      stream.call.write({ create_request: { ...range, start_revision: String(from), fragment: true } });
  });
}

function cancellation({ compact_revision, cancel_reason }: WatchResponse): Omit<StreamEnd, 'next'> {
  if (compact_revision !== '0') return { compacted: true };
  return {
    compacted: false,
    failure: new VtError(Code.UNAVAILABLE, `etcd ended a watch: ${cancel_reason || 'it gave no reason'}`),
  };
}
