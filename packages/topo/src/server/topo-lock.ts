import { hostname, userInfo } from 'node:os';
import { childSignal } from '@vitess-ts/base';
import type { Conn, LockDescriptor } from '../conn';
import { keyspaceDir, namedLocksDir, shardDir } from './layout';
import { RecordStore } from './record-store';

/** How long a lock is waited for unless the caller says otherwise. */
const defaultWaitMs = 45_000;

export interface TopoLockOptions {
  signal?: AbortSignal;
  /** How long to wait for the lock; 45,000 when not given. */
  waitMs?: number;
  ttlMs?: number;
}

/** What others see of a lock. */
function lockContents(action: string): string {
  return JSON.stringify(
    {
      Action: action,
      HostName: hostname(),
      UserName: userName(),
      Time: new Date().toISOString(),
      Status: 'Running',
    },
    null,
    2,
  );
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A container may run under a uid that has no name.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}

/** The locks of the cluster. Whoever holds one calls `check` before each step that cannot be undone. */
export class TopoLocks extends RecordStore {
  /** Excludes other changes to a keyspace. `action` says what for. NOT_FOUND when there is no such keyspace. */
  lockKeyspace(keyspace: string, action: string, options?: TopoLockOptions): Promise<LockDescriptor> {
    return this.take((conn, lock) => conn.lock(keyspaceDir(keyspace), lockContents(action), lock), options);
  }

  /** Excludes other changes to a shard, reparents above all. NOT_FOUND when there is no such shard. */
  lockShard(
    keyspace: string,
    shard: string,
    action: string,
    options?: TopoLockOptions,
  ): Promise<LockDescriptor> {
    return this.take(
      (conn, lock) => conn.lock(shardDir(keyspace, shard), lockContents(action), lock),
      options,
    );
  }

  /** As `lockShard`, but ALREADY_EXISTS at once when somebody holds it. */
  tryLockShard(
    keyspace: string,
    shard: string,
    action: string,
    options?: TopoLockOptions,
  ): Promise<LockDescriptor> {
    return this.take(
      (conn, lock) => conn.tryLock(shardDir(keyspace, shard), lockContents(action), lock),
      options,
    );
  }

  /** A lock for anything that is no keyspace or shard, by a name of the caller's. */
  lockName(name: string, action: string, options?: TopoLockOptions): Promise<LockDescriptor> {
    return this.take(
      (conn, lock) => conn.lockName(`${namedLocksDir}/${name}`, lockContents(action), lock),
      options,
    );
  }

  withKeyspaceLock<T>(
    keyspace: string,
    action: string,
    fn: (lock: LockDescriptor) => Promise<T>,
    options?: TopoLockOptions,
  ): Promise<T> {
    return withLock(this.lockKeyspace(keyspace, action, options), fn);
  }

  withShardLock<T>(
    keyspace: string,
    shard: string,
    action: string,
    fn: (lock: LockDescriptor) => Promise<T>,
    options?: TopoLockOptions,
  ): Promise<T> {
    return withLock(this.lockShard(keyspace, shard, action, options), fn);
  }

  withNameLock<T>(
    name: string,
    action: string,
    fn: (lock: LockDescriptor) => Promise<T>,
    options?: TopoLockOptions,
  ): Promise<T> {
    return withLock(this.lockName(name, action, options), fn);
  }

  private async take(
    take: (conn: Conn, options: { signal: AbortSignal; ttlMs?: number }) => Promise<LockDescriptor>,
    { signal, waitMs = defaultWaitMs, ttlMs }: TopoLockOptions = {},
  ): Promise<LockDescriptor> {
    const wait = childSignal(signal, waitMs);
    try {
      return await take(this.global, { signal: wait.signal, ttlMs });
    } finally {
      wait.dispose();
    }
  }
}

/** Runs `fn` under the lock and gives it back. That the lock was lost meanwhile is an error even when `fn` went well. */
async function withLock<T>(
  taking: Promise<LockDescriptor>,
  fn: (lock: LockDescriptor) => Promise<T>,
): Promise<T> {
  const lock = await taking;
  let result: T;
  try {
    result = await fn(lock);
  } catch (error) {
    // What went wrong first is what counts; the lock ends by itself if it cannot be given back.
    await lock.unlock().catch(() => undefined);
    throw error;
  }
  await lock.unlock();
  return result;
}
