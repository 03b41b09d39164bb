import { Backoff, Deferred, onAbort, sleep, type Mutex } from '@vitess-ts/base';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { LockDescriptor } from '../conn';
import {
  asVtError,
  connectionController,
  interrupted,
  isAway,
  isNoNode,
  lockLost,
  nodeExists,
} from '../errors';
import type { ZkClient } from './zk-client';
import type { ZkFiles } from './zk-files';
import type { ZkGrant } from './zk-session';
import type { ZkWatches } from './zk-watches';

const retryMs = 500;
const resignTimeoutMs = 1_000;

export interface ZkLockRequest {
  /** For messages. */
  path: string;
  /** The path of the directory of the queue: the node with the lowest number has the lock. */
  queue: string;
  contents: string;
  signal?: AbortSignal;
  /** ALREADY_EXISTS instead of waiting. */
  mustBeFree?: boolean;
}

/** What locks of one session share. */
export interface ZkLockContext {
  client: ZkClient;
  files: ZkFiles;
  watches: ZkWatches;
  /** Excludes making a place in a queue and looking for places that were made without our knowing. */
  placing: Mutex;
  /** Nodes of the places that are known to be ours. */
  places: Set<string>;
  /** Aborts when the connection is closed. */
  closing: AbortSignal;
  /** Frees what its caller no longer waits for; does not reject. */
  freeing(done: Promise<void>): void;
  added(lock: ZkLock): void;
  removed(lock: ZkLock): void;
}

/** A place in the queue for a lock, then the lock: an ephemeral node with a number, as Vitess makes it. */
export class ZkLock implements LockDescriptor {
  private readonly lostController = connectionController();
  private state: 'held' | 'released' | 'lost' = 'held';
  private readonly stopListening: (() => void)[] = [];
  private unlocking?: Promise<void>;

  private constructor(
    private readonly context: ZkLockContext,
    private readonly path: string,
    /** The node of the place. */
    readonly node: string,
    private readonly grant: ZkGrant,
  ) {
    context.places.add(node);
    context.added(this);
    this.stopListening.push(onAbort(context.closing, () => this.lose('its connection was closed')));
    this.stopListening.push(onAbort(grant.lost, () => this.lose(asVtError(grant.lost.reason).message)));
  }

  /** Waits for the lock, in turn. Rejects as `Conn.lock` does. */
  static async acquire(context: ZkLockContext, request: ZkLockRequest): Promise<ZkLock> {
    const { signal, path } = request;
    const wait = signal ? AbortSignal.any([signal, context.closing]) : context.closing;
    const lock = await ZkLock.enqueue(context, request, wait);
    try {
      await lock.watchOver(wait);
      await lock.waitForTurn(request, wait);
      // What others wrote while they held it is to be seen from now on.
      await context.client.sync(lock.node, { signal: wait });
      return lock;
    } catch (error) {
      context.freeing(lock.resign('the wait for it has ended'));
      if (lock.lost.aborted && !wait.aborted) {
        throw new VtError(Code.UNAVAILABLE, `waiting for lock ${path}: the place in the queue was lost`, {
          cause: lock.lost.reason,
        });
      }
      throw error;
    }
  }

  get lost(): AbortSignal {
    return this.lostController.signal;
  }

  async check(signal?: AbortSignal): Promise<void> {
    this.throwUnlessHeld();
    const both = signal ? AbortSignal.any([signal, this.lost]) : this.lost;
    await this.context.client.sync(this.node, { signal: both }).catch((error: unknown) => {
      throw this.lost.aborted ? this.lost.reason : error;
    });
    const stat = await this.context.client.stat(this.node, { signal: both }).catch((error: unknown) => {
      throw this.lost.aborted ? this.lost.reason : error;
    });
    if (stat?.ephemeralOwner !== this.grant.id) this.lose('its node is gone');
    if (this.state === 'lost') throw this.lost.reason;
  }

  async unlock(): Promise<void> {
    if (this.state === 'released') return;
    if (this.state === 'lost') throw this.lost.reason;
    this.unlocking ??= this.giveBack();
    await this.unlocking;
  }

  /** Ends the lock as a loss to whoever holds it, and frees it for others as far as ZooKeeper can be reached. */
  async resign(why: string): Promise<void> {
    this.lose(why);
    await this.remove(resignTimeoutMs).catch(() => undefined);
  }

  private throwUnlessHeld(): void {
    if (this.state === 'released') throw lockLost(this.path, 'it was given back');
    if (this.state === 'lost') throw this.lost.reason;
  }

  private async giveBack(): Promise<void> {
    try {
      await this.remove();
      this.end('released');
    } catch (error) {
      if (isNoNode(error)) this.lose('its node is gone');
      else this.lose(`it could not be given back: ${asVtError(error).message}`);
      throw this.lost.reason;
    }
    if (this.lost.aborted) throw this.lost.reason;
  }

  private async remove(timeoutMs?: number): Promise<void> {
    const { client, files, places } = this.context;
    const backoff = new Backoff({ initialMs: 50, maxMs: retryMs });
    for (;;) {
      try {
        await client.delete(this.node, -1, { timeoutMs });
        break;
      } catch (error) {
        // An answer may be lost, so after a failure "it is gone" means that we removed it.
        if (isNoNode(error) && backoff.attempt > 0) break;
        if (!isAway(asVtError(error)) || this.grant.lost.aborted || timeoutMs !== undefined) throw error;
        if (backoff.attempt >= 10) throw error;
      }
      await sleep(backoff.next());
    }
    places.delete(this.node);
    await files.removeEmptyParents(this.node, { timeoutMs });
  }

  /** Makes a place in the queue. */
  private static async enqueue(
    context: ZkLockContext,
    { path, queue, contents, mustBeFree }: ZkLockRequest,
    wait: AbortSignal,
  ): Promise<ZkLock> {
    const { client, files, placing } = context;
    const place = `${queue}/`;
    const what = `waiting for lock ${path}`;
    return placing
      .runExclusive(async () => {
        for (let left = 20; ; left--) {
          if (wait.aborted) throw interrupted(wait, what);
          if (mustBeFree) {
            const taken = await client.children(files.node(queue), { signal: wait });
            if (taken && taken.length > 0) throw nodeExists(`lock ${path}`);
          }
          await files.ensureParents(`${place}x`, { signal: wait });
          try {
            const made = await client.createEphemeral(`${files.node(queue)}/`, Buffer.from(contents), {
              signal: wait,
            });
            return new ZkLock(context, path, made.path, made.grant);
          } catch (error) {
            if (isNoNode(error) && left > 0) continue;
            // It may have been made all the same, and would keep the lock as long as the session.
            context.freeing(removeUnknownPlaces(context, queue));
            throw error;
          }
        }
      }, wait)
      .catch((error: unknown) => {
        throw wait.aborted && !(error instanceof VtError) ? interrupted(wait, what) : error;
      });
  }

  /** Hears of it at once when somebody removes the node. */
  private async watchOver(signal: AbortSignal): Promise<void> {
    const look = (): void => {
      if (this.state !== 'held') return;
      this.context.client.stat(this.node, { signal: this.lost }).then(
        (stat) => {
          // Giving it back removes it too.
          if (stat?.ephemeralOwner !== this.grant.id && !this.unlocking) this.lose('its node is gone');
        },
        () => undefined,
      );
    };
    const watcher = { onEvent: look, onRestored: look };
    this.stopListening.push(await this.context.watches.add(this.node, watcher, { signal }));
    if (this.state !== 'held') this.stopAll();
  }

  /** Resolves when no place of the queue is before ours. */
  private async waitForTurn({ path, queue, mustBeFree }: ZkLockRequest, signal: AbortSignal): Promise<void> {
    const { client, files, watches } = this.context;
    const both = AbortSignal.any([signal, this.lost]);
    const backoff = new Backoff({ initialMs: 100, maxMs: retryMs });
    const dir = files.node(queue);
    let ahead: string | undefined;
    for (;;) {
      try {
        const names = ((await client.children(dir, { signal: both })) ?? []).sort(byNumber);
        const own = names.indexOf(this.node.slice(dir.length + 1));
        if (own < 0) this.lose('its node is gone');
        if (own === 0) return;
        if (own > 0 && mustBeFree) throw nodeExists(`lock ${path}`);
        if (own > 0) {
          ahead = `${dir}/${names[own - 1]}`;
          await untilGone(client, watches, ahead, both);
        }
      } catch (error) {
        if (mustBeFree || (!both.aborted && !isAway(asVtError(error)))) throw error;
        if (!both.aborted) await sleep(backoff.next(), both).catch(() => undefined);
      }
      if (signal.aborted) throw interrupted(signal, `waiting for lock ${path}, behind ${ahead ?? 'nobody'}`);
      if (this.lost.aborted) throw this.lost.reason;
    }
  }

  private lose(why: string): void {
    if (this.state === 'held') this.end('lost', why);
  }

  private end(state: 'released' | 'lost', why = ''): void {
    this.state = state;
    this.stopAll();
    if (state === 'lost') this.lostController.abort(lockLost(this.path, why));
    this.context.removed(this);
  }

  private stopAll(): void {
    for (const stop of this.stopListening.splice(0)) stop();
  }
}

/** Others may name their places otherwise; the number is what counts. */
const byNumber = (a: string, b: string): number => (a.slice(-10) < b.slice(-10) ? -1 : 1);

async function untilGone(
  client: ZkClient,
  watches: ZkWatches,
  node: string,
  signal: AbortSignal,
): Promise<void> {
  const told = new Deferred<void>();
  const tell = (): void => told.resolve();
  const unwatch = await watches.add(node, { onEvent: tell, onRestored: tell }, { signal });
  const removeListener = onAbort(signal, tell);
  try {
    if (await client.stat(node, { signal })) await told.promise;
  } finally {
    removeListener();
    unwatch();
  }
}

/** Places of our session that no lock knows: made by requests whose answers were lost. */
async function removeUnknownPlaces(context: ZkLockContext, queue: string): Promise<void> {
  const { client, files, placing, places } = context;
  const dir = files.node(queue);
  const backoff = new Backoff({ initialMs: 50, maxMs: retryMs });
  for (;;) {
    try {
      await placing.runExclusive(async () => {
        for (const name of (await client.children(dir, {})) ?? []) {
          const node = `${dir}/${name}`;
          if (places.has(node)) continue;
          const stat = await client.stat(node, {});
          if (stat && stat.ephemeralOwner === client.session.id) {
            await client.delete(node, -1, {});
            await files.removeEmptyParents(node, {});
          }
        }
      });
      return;
    } catch {
      // With the end of the session they go by themselves.
      if (backoff.attempt > 20 || context.closing.aborted) return;
      await sleep(backoff.next());
    }
  }
}
