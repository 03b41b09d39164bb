/**
 * The contract of a topology store: small files in directories, changed by compare and swap, with watches, locks and
 * elections. Every implementation passes the suite in `contract/conn.contract.ts`.
 *
 * Paths are relative to the root of the connection: segments joined by `/`, a leading `/` is accepted. Directories
 * are never made or removed: they are there as long as a file below them is. One path is a file or a directory, never
 * both.
 *
 * All methods reject with a `VtError`. Besides the codes that a method names: CANCELED and DEADLINE_EXCEEDED when
 * `signal` ends the call, UNAVAILABLE when the store cannot be reached (whether a write happened is then unknown),
 * INVALID_ARGUMENT for a path or contents that no store would take.
 */
export interface Conn {
  /**
   * The children of a directory, sorted by name. `full` also fills in `type` and `ephemeral`, which some stores have
   * to ask for. NOT_FOUND when nothing is below the path.
   */
  listDir(path: string, full: boolean, signal?: AbortSignal): Promise<DirEntry[]>;

  /** Makes a new file. ALREADY_EXISTS when there is one. */
  create(path: string, contents: Uint8Array, signal?: AbortSignal): Promise<Version>;

  /**
   * Replaces the contents of a file. With a version: only while the file has that version, else ABORTED; NOT_FOUND
   * when there is no file. With null: always, and the file is made when it is missing.
   */
  update(path: string, contents: Uint8Array, version: Version | null, signal?: AbortSignal): Promise<Version>;

  /** NOT_FOUND when there is no such file. */
  get(path: string, signal?: AbortSignal): Promise<FileContents>;

  /**
   * All files whose path begins with `prefix` (text: `tablets/zone1` matches `tablets/zone1-0000000100/Tablet`),
   * sorted by path. NOT_FOUND when there are none.
   */
  list(prefix: string, signal?: AbortSignal): Promise<ListedFile[]>;

  /** Removes a file. NOT_FOUND when there is none; ABORTED when a version is given and is not the file's. */
  delete(path: string, version: Version | null, signal?: AbortSignal): Promise<void>;

  /**
   * Takes the lock of a directory, waiting for it in turn. The lock keeps nobody from changing files: it only
   * excludes others who take it. NOT_FOUND when the directory does not exist. `contents` tells people who holds it.
   */
  lock(path: string, contents: string, options?: LockOptions): Promise<LockDescriptor>;

  /** As `lock`, but ALREADY_EXISTS at once when somebody holds it. */
  tryLock(path: string, contents: string, options?: LockOptions): Promise<LockDescriptor>;

  /** As `lock`, for a name that need not exist as a directory. */
  lockName(name: string, contents: string, options?: LockOptions): Promise<LockDescriptor>;

  /**
   * Follows one file until `signal` aborts. NOT_FOUND when it does not exist. The changes end by throwing: NOT_FOUND
   * after the file was deleted, CANCELED after the abort, UNAVAILABLE when the store was lost or the reader fell too
   * far behind; the reader then watches again. Changes come in order and the last one always comes; where the store
   * does not keep those before it (ZooKeeper, etcd after a compaction), quick ones are seen as one.
   */
  watch(path: string, signal: AbortSignal): Promise<Watch>;

  /** As `watch`, for a file or everything below a directory, which may both not exist yet. Deletions do not end it. */
  watchRecursive(path: string, signal: AbortSignal): Promise<RecursiveWatch>;

  /** One candidate in the election `name`; `id` (host:port, say) must be unique among the candidates. */
  newLeaderParticipation(name: string, id: string): LeaderParticipation;

  /** Ends watches and locks of this connection. Calls after it reject with UNAVAILABLE. */
  close(): Promise<void>;
}

/** Opaque; two reads of an unchanged file give the same one. */
export type Version = string;

export interface FileContents {
  contents: Buffer;
  version: Version;
}

export interface ListedFile extends FileContents {
  path: string;
}

export interface DirEntry {
  name: string;
  /** Only when asked for in full. */
  type?: 'directory' | 'file';
  /** Only when asked for in full: true for what locks and elections keep in the store. */
  ephemeral?: boolean;
}

export interface LockOptions {
  /** Gives up waiting. It has no effect on a lock that was taken. */
  signal?: AbortSignal;
  /**
   * How long the lock outlives a holder that was cut off or died. A living holder keeps it: renewal is the
   * connection's work. At least 1000.
   */
  ttlMs?: number;
}

export interface LockDescriptor {
  /**
   * Asks the store whether the lock is still held; FAILED_PRECONDITION when it was lost. Call it before each step
   * that cannot be undone.
   */
  check(signal?: AbortSignal): Promise<void>;
  /** Aborts as soon as the loss of the lock is known here. */
  readonly lost: AbortSignal;
  /** Gives the lock back. FAILED_PRECONDITION when it was lost before; a second call does nothing. */
  unlock(): Promise<void>;
}

export interface Watch {
  initial: FileContents;
  changes: AsyncIterable<FileContents>;
}

/** `deleted: true` instead of contents when the file is gone. */
export type RecursiveChange =
  | (ListedFile & { deleted?: undefined })
  | { path: string; deleted: true; contents?: undefined; version?: undefined };

export interface RecursiveWatch {
  initial: ListedFile[];
  changes: AsyncIterable<RecursiveChange>;
}

export interface LeaderParticipation {
  /**
   * Becomes a candidate and resolves once this one leads. The signal aborts when leadership is lost; call again to
   * stand again. CANCELED after `stop`.
   */
  waitForLeadership(): Promise<AbortSignal>;
  /** Gives up candidacy and leadership. */
  stop(): Promise<void>;
  /** The id of the leader, '' when there is none. */
  getCurrentLeaderId(signal?: AbortSignal): Promise<string>;
  /** The id of the leader now, if there is one, and of each later one. Ends by throwing as watches do. */
  waitForNewLeader(signal: AbortSignal): AsyncIterable<string>;
}

/** Files above this are refused everywhere, so that records fit every store's messages. */
export const maxContentsBytes = 4 * 1024 * 1024;
export const defaultLockTtlMs = 30_000;
export const minLockTtlMs = 1_000;
