import { Backoff, sleep, systemClock } from '@vitess-ts/base';
import { CellInfo } from '@vitess-ts/proto/topodata';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { Conn, ListedFile } from '../conn';
import { asVtError, isBadVersion, isNoNode, throwIfInterrupted } from '../errors';
import { cellInfoPath, globalCell } from './layout';

/** What ts-proto generates for a message. */
export interface RecordCodec<T> {
  encode(message: T): { finish(): Uint8Array };
  decode(bytes: Uint8Array): T;
}

/** Opens the store of a cell. An empty address means the server of the global store. */
export type ConnFactory = (cell: string, serverAddress: string, root: string) => Promise<Conn>;

/**
 * A change to a record that was read. It may run several times, each time on a fresh record. Returning false leaves
 * the stored record as it is.
 */
export type RecordChange<T> = (record: T) => boolean | void;

const casTimeoutMs = 30_000;

interface OpenCell {
  info: CellInfo;
  conn: Conn;
}

/** Connections to the global store and to that of each cell, and typed records on them. */
export class RecordStore {
  private readonly cells = new Map<string, Promise<OpenCell>>();

  constructor(
    /** The global store, closed with this. */
    readonly global: Conn,
    private readonly factory: ConnFactory,
  ) {}

  /**
   * The store of a cell, or the global one for `global`. NOT_FOUND when there is no such cell. While the global store
   * is away, a cell that was opened before goes on working.
   */
  async connForCell(cell: string, signal?: AbortSignal): Promise<Conn> {
    if (cell === globalCell) return this.global;
    const opened = this.cells.get(cell);
    let info: CellInfo;
    try {
      info = await this.readCellInfo(cell, signal);
    } catch (error) {
      const away =
        asVtError(error).code === Code.UNAVAILABLE || asVtError(error).code === Code.DEADLINE_EXCEEDED;
      if (opened && away) return (await opened).conn;
      throw error;
    }
    if (opened) {
      const { info: old, conn } = await opened;
      if (old.serverAddress === info.serverAddress && old.root === info.root) return conn;
      if (this.cells.get(cell) === opened) {
        this.cells.delete(cell);
        await conn.close();
      }
      return this.connForCell(cell, signal);
    }
    return (await this.openCell(cell, info)).conn;
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.cells.values());
    this.cells.clear();
    for (const cell of opened) if (cell.status === 'fulfilled') await cell.value.conn.close();
    await this.global.close();
  }

  protected async readRecord<T>(
    conn: Conn,
    path: string,
    codec: RecordCodec<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    const { contents } = await conn.get(path, signal);
    return decodeRecord(path, codec, contents);
  }

  /** As `readRecord`; undefined when there is no such file. */
  protected async readIfThere<T>(
    conn: Conn,
    path: string,
    codec: RecordCodec<T>,
    signal?: AbortSignal,
  ): Promise<T | undefined> {
    try {
      return await this.readRecord(conn, path, codec, signal);
    } catch (error) {
      if (isNoNode(error)) return undefined;
      throw error;
    }
  }

  protected async createRecord<T>(
    conn: Conn,
    path: string,
    codec: RecordCodec<T>,
    record: T,
    signal?: AbortSignal,
  ): Promise<void> {
    await conn.create(path, codec.encode(record).finish(), signal);
  }

  /** Writes without looking: only for records that are derived from others and written whole. */
  protected async writeRecord<T>(
    conn: Conn,
    path: string,
    codec: RecordCodec<T>,
    record: T,
    signal?: AbortSignal,
  ): Promise<void> {
    await conn.update(path, codec.encode(record).finish(), null, signal);
  }

  /**
   * Changes a record by compare and swap, again and again until nobody else came between. `missing` makes the record
   * that `change` gets when there is none; without it that is NOT_FOUND. Gives the record as it then is.
   */
  protected async changeRecord<T>(
    conn: Conn,
    path: string,
    codec: RecordCodec<T>,
    change: RecordChange<T>,
    options: { missing?: () => T; signal?: AbortSignal } = {},
  ): Promise<T> {
    const { missing, signal } = options;
    const giveUpAtMs = systemClock.monotonic() + casTimeoutMs;
    // Fully random delays take many writers apart who keep getting into each other's way.
    const backoff = new Backoff({ initialMs: 1, maxMs: 100, jitter: 1 });
    for (;;) {
      const current = await conn.get(path, signal).catch((error: unknown) => {
        if (missing && isNoNode(error)) return undefined;
        throw error;
      });
      const record = current ? decodeRecord(path, codec, current.contents) : (missing as () => T)();
      if (change(record) === false) return record;
      const bytes = codec.encode(record).finish();
      try {
        if (current) await conn.update(path, bytes, current.version, signal);
        else await conn.create(path, bytes, signal);
        return record;
      } catch (error) {
        const raced = current
          ? isBadVersion(error) || (missing !== undefined && isNoNode(error))
          : asVtError(error).code === Code.ALREADY_EXISTS;
        if (!raced) throw error;
        throwIfInterrupted(signal, `change of ${path}`);
        if (systemClock.monotonic() > giveUpAtMs) {
          throw new VtError(
            Code.DEADLINE_EXCEEDED,
            `change of ${path}: others changed it for ${casTimeoutMs} ms`,
            {
              cause: error,
            },
          );
        }
        await sleep(backoff.next());
      }
    }
  }

  /** The names in a directory, without what locks keep there; none when it does not exist. */
  protected async names(conn: Conn, dir: string, signal?: AbortSignal): Promise<string[]> {
    try {
      // In full: while its lock is held, a record that was deleted leaves a directory behind in some stores.
      const entries = await conn.listDir(dir, true, signal);
      return entries.filter(({ ephemeral }) => !ephemeral).map(({ name }) => name);
    } catch (error) {
      if (isNoNode(error)) return [];
      throw error;
    }
  }

  /** The files below a directory; none when it does not exist. */
  protected async files(conn: Conn, dir: string, signal?: AbortSignal): Promise<ListedFile[]> {
    try {
      return await conn.list(`${dir}/`, signal);
    } catch (error) {
      if (isNoNode(error)) return [];
      throw error;
    }
  }

  /**
   * Follows one record: what it is now, then each change; null while it does not exist. Ends when `signal` aborts,
   * throws when the store is lost: watch again.
   */
  protected async *watchRecord<T>(
    cell: string,
    path: string,
    codec: RecordCodec<T>,
    signal: AbortSignal,
  ): AsyncGenerator<T | null, void, undefined> {
    // A reader that stops early must free the watch too.
    const own = new AbortController();
    const both = AbortSignal.any([signal, own.signal]);
    try {
      const conn = await this.connForCell(cell, both);
      const { initial, changes } = await conn.watchRecursive(path, both);
      const now = initial.find((file) => file.path === path);
      yield now ? decodeRecord(path, codec, now.contents) : null;
      for await (const change of changes) {
        if (change.path !== path) continue;
        yield change.deleted ? null : decodeRecord(path, codec, change.contents);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      own.abort();
    }
  }

  private async readCellInfo(cell: string, signal?: AbortSignal): Promise<CellInfo> {
    try {
      return await this.readRecord(this.global, cellInfoPath(cell), CellInfo, signal);
    } catch (error) {
      if (!isNoNode(error)) throw error;
      throw new VtError(Code.NOT_FOUND, `cell ${cell} doesn't exist: add it with AddCellInfo`, {
        cause: error,
      });
    }
  }

  private openCell(cell: string, info: CellInfo): Promise<OpenCell> {
    const opening = this.cells.get(cell);
    if (opening) return opening;
    const opened = this.factory(cell, info.serverAddress, info.root).then((conn) => ({ info, conn }));
    this.cells.set(cell, opened);
    opened.catch(() => this.cells.delete(cell));
    return opened;
  }
}

export function decodeRecord<T>(path: string, codec: RecordCodec<T>, contents: Buffer): T {
  try {
    return codec.decode(contents);
  } catch (error) {
    throw new VtError(Code.DATA_LOSS, `topology file ${path} cannot be read: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
