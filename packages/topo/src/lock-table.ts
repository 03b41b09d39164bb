import { onAbort } from '@vitess-ts/base';
import { interrupted, lockLost, nodeExists, throwIfInterrupted } from './errors';
import type { LockDescriptor } from './conn';

interface Waiter {
  contents: string;
  grant(held: HeldLock): void;
}

interface Entry {
  holder?: HeldLock;
  readonly waiters: Set<Waiter>;
}

/** A lock while it is held; `revoke` takes it from its holder. */
export class HeldLock implements LockDescriptor {
  private readonly lostController = new AbortController();
  private state: 'held' | 'released' | 'lost' = 'held';
  private why = '';
  private readonly releaseListeners: (() => void)[] = [];

  constructor(
    readonly path: string,
    readonly contents: string,
    private readonly free: () => void,
  ) {}

  get lost(): AbortSignal {
    return this.lostController.signal;
  }

  /** Calls `fn` when the lock is no longer held, for whatever reason. */
  onRelease(fn: () => void): void {
    this.releaseListeners.push(fn);
  }

  async check(signal?: AbortSignal): Promise<void> {
    throwIfInterrupted(signal, `check of lock ${this.path}`);
    if (this.state === 'released') throw lockLost(this.path, 'it was given back');
    if (this.state === 'lost') throw lockLost(this.path, this.why);
  }

  async unlock(): Promise<void> {
    if (this.state === 'released') return;
    if (this.state === 'lost') throw lockLost(this.path, this.why);
    this.state = 'released';
    this.end();
  }

  /** Frees the lock without its holder's doing: its lease ended or its connection closed. */
  revoke(why: string): void {
    if (this.state !== 'held') return;
    this.state = 'lost';
    this.why = why;
    this.lostController.abort(lockLost(this.path, why));
    this.end();
  }

  private end(): void {
    for (const listener of this.releaseListeners) listener();
    this.free();
  }
}

/** Who holds which lock, and who waits, first come first served. Locks live in memory: they end with the process. */
export class LockTable {
  private readonly entries = new Map<string, Entry>();
  private readonly listeners = new Set<(path: string) => void>();

  /** Takes a lock, waiting for it. Rejects with CANCELED or DEADLINE_EXCEEDED when `signal` aborts first. */
  async acquire(path: string, contents: string, signal?: AbortSignal): Promise<HeldLock> {
    const what = `waiting for lock ${path}`;
    throwIfInterrupted(signal, what);
    const entry = this.entryOf(path);
    if (!entry.holder) return this.grant(path, entry, contents);
    return new Promise<HeldLock>((resolve, reject) => {
      const waiter: Waiter = {
        contents,
        grant: (held) => {
          removeListener();
          resolve(held);
        },
      };
      const removeListener = onAbort(signal, () => {
        entry.waiters.delete(waiter);
        reject(interrupted(signal as AbortSignal, `${what}, held by ${entry.holder?.contents ?? 'nobody'}`));
      });
      entry.waiters.add(waiter);
    });
  }

  /** Takes a lock that is free now; ALREADY_EXISTS when it is not. */
  tryAcquire(path: string, contents: string): HeldLock {
    const entry = this.entryOf(path);
    if (entry.holder) throw nodeExists(`lock ${path}, held by ${entry.holder.contents}`);
    return this.grant(path, entry, contents);
  }

  /** What the holder of a lock gave as contents; undefined when nobody holds it. */
  holder(path: string): string | undefined {
    return this.entries.get(path)?.holder?.contents;
  }

  /** Calls `fn` with the path of each lock that gets a holder. The returned function takes the listener off. */
  onGrant(fn: (path: string) => void): () => void {
    this.listeners.add(fn);
    return () => void this.listeners.delete(fn);
  }

  private entryOf(path: string): Entry {
    let entry = this.entries.get(path);
    if (!entry) this.entries.set(path, (entry = { waiters: new Set() }));
    return entry;
  }

  private grant(path: string, entry: Entry, contents: string): HeldLock {
    const held = new HeldLock(path, contents, () => this.free(path, entry));
    entry.holder = held;
    for (const listener of [...this.listeners]) listener(path);
    return held;
  }

  private free(path: string, entry: Entry): void {
    entry.holder = undefined;
    const [next] = entry.waiters;
    if (!next) {
      this.entries.delete(path);
      return;
    }
    entry.waiters.delete(next);
    next.grant(this.grant(path, entry, next.contents));
  }
}
