import {
  TopoStoreService,
  LockRequest_Kind,
  type LockRequest,
  type LockResponse,
} from '@vitess-ts/proto/vttopo';
import type { File, ListResponse, WatchRequest, WatchResponse } from '@vitess-ts/proto/vttopo';
import type { CallContext, Handlers } from '@vitess-ts/servenv';
import { Code, VtError } from '@vitess-ts/vterrors';
import { defaultLockTtlMs, minLockTtlMs, type Conn, type ListedFile } from '../conn';
import { LeaseTable, type Leased } from './lock-lease';

/** Portions of a long list are about this long, well below the limit of a message. */
const portionBytes = 1024 * 1024;
const maxLockTtlMs = 10 * 60_000;

/**
 * The handlers that serve a store to other processes, for `GrpcServer.handle(TopoStoreService, …)`. `conn` must be
 * connected to the root of the store; its owner closes it, which ends the watches and locks of all clients.
 */
export function topoStoreHandlers(conn: Conn): Handlers<typeof TopoStoreService> {
  const leases = new LeaseTable();
  return {
    listDir: async ({ path, full }, { signal }) => {
      const entries = await conn.listDir(path, full, signal);
      return {
        entries: entries.map(({ name, type, ephemeral }) => ({
          name,
          isDirectory: type === 'directory',
          ephemeral: ephemeral ?? false,
        })),
      };
    },
    list: ({ prefix }, { signal }) => list(conn, prefix, signal),
    get: ({ path }, { signal }) => conn.get(path, signal),
    create: async ({ path, contents }, { signal }) => ({
      version: await conn.create(path, contents, signal),
    }),
    update: async ({ path, contents, version }, { signal }) => ({
      version: await conn.update(path, contents, version ?? null, signal),
    }),
    delete: async ({ path, version }, { signal }) => {
      await conn.delete(path, version ?? null, signal);
      return {};
    },
    watch: (request, { signal }) => watch(conn, request, signal),
    lock: (request, context) => lock(conn, leases, request, context),
    renewLock: async ({ lockId }) => {
      leases.renew(lockId);
      return {};
    },
    unlock: async ({ lockId }) => {
      await leases.unlock(lockId);
      return {};
    },
    getLeader: async ({ name }, { signal }) => {
      const onlooker = conn.newLeaderParticipation(name, '');
      try {
        return { id: await onlooker.getCurrentLeaderId(signal) };
      } finally {
        await onlooker.stop();
      }
    },
    watchLeader: async function* ({ name }, { signal }) {
      const onlooker = conn.newLeaderParticipation(name, '');
      try {
        for await (const id of onlooker.waitForNewLeader(signal)) yield { id };
      } finally {
        await onlooker.stop();
      }
    },
  };
}

async function* list(conn: Conn, prefix: string, signal: AbortSignal): AsyncGenerator<ListResponse> {
  let files: File[] = [];
  let bytes = 0;
  for (const file of await conn.list(prefix, signal)) {
    files.push(file);
    bytes += file.contents.length + file.path.length;
    if (bytes < portionBytes) continue;
    yield { files };
    files = [];
    bytes = 0;
  }
  if (files.length > 0) yield { files };
}

async function* watch(
  conn: Conn,
  { path, recursive }: WatchRequest,
  signal: AbortSignal,
): AsyncGenerator<WatchResponse> {
  const file = (value: ListedFile): WatchResponse => ({ event: { $case: 'file', value } });
  const initialDone: WatchResponse = { event: { $case: 'initialDone', value: true } };
  if (!recursive) {
    const { initial, changes } = await conn.watch(path, signal);
    yield file({ path, ...initial });
    yield initialDone;
    for await (const change of changes) yield file({ path, ...change });
    return;
  }
  const { initial, changes } = await conn.watchRecursive(path, signal);
  for (const one of initial) yield file(one);
  yield initialDone;
  for await (const change of changes) {
    yield change.deleted ? { event: { $case: 'deleted', value: change.path } } : file(change);
  }
}

async function* lock(
  conn: Conn,
  leases: LeaseTable,
  request: LockRequest,
  { signal }: CallContext,
): AsyncGenerator<LockResponse> {
  const ttlMs = request.ttlMs === 0n ? defaultLockTtlMs : Number(request.ttlMs);
  if (!(ttlMs >= minLockTtlMs && ttlMs <= maxLockTtlMs)) {
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `a lock lives ${minLockTtlMs} to ${maxLockTtlMs} ms without renewal, not ${ttlMs}`,
    );
  }
  const leased = await acquire(conn, request, ttlMs, signal);
  for await (const event of leases.hold(leased, ttlMs, signal)) {
    yield 'acquired' in event
      ? { event: { $case: 'acquired', value: event.acquired } }
      : { event: { $case: 'lost', value: event.lost } };
  }
}

async function acquire(
  conn: Conn,
  { kind, path, contents }: LockRequest,
  ttlMs: number,
  signal: AbortSignal,
): Promise<Leased> {
  switch (kind) {
    case LockRequest_Kind.DIRECTORY:
      return leasedLock(path, await conn.lock(path, contents, { signal, ttlMs }));
    case LockRequest_Kind.TRY_DIRECTORY:
      return leasedLock(path, await conn.tryLock(path, contents, { signal, ttlMs }));
    case LockRequest_Kind.NAME:
      return leasedLock(path, await conn.lockName(path, contents, { signal, ttlMs }));
    case LockRequest_Kind.LEADERSHIP:
      return leadership(conn, path, contents, signal);
    default:
      throw new VtError(Code.INVALID_ARGUMENT, `there is no kind of lock ${kind}`);
  }
}

function leasedLock(path: string, held: Awaited<ReturnType<Conn['lock']>>): Leased {
  return {
    path,
    lost: held.lost,
    release: async () => {
      if (!held.lost.aborted) await held.unlock();
    },
  };
}

async function leadership(conn: Conn, name: string, id: string, signal: AbortSignal): Promise<Leased> {
  const participation = conn.newLeaderParticipation(name, id);
  const stop = (): void => void participation.stop();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    const lost = await participation.waitForLeadership();
    return { path: name, lost, release: () => participation.stop() };
  } catch (error) {
    await participation.stop();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
