import { Pool, PoolTimeoutError, type PooledResource } from '@vitess-ts/base';
import type { TabletHealth } from '@vitess-ts/discovery';
import type { Target } from '@vitess-ts/proto/query';
import { TabletType } from '@vitess-ts/proto/topodata';
import {
  wasNotSent,
  type BoundQuery,
  type CallContext,
  type ConnectionIds,
  type ExecuteOptions,
} from '@vitess-ts/queryservice';
import type { Result } from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { ScratchConnection } from '../engine/scratch/scratch-access';
import type { ChosenTablet, Gateway } from './gateway';

export interface ScratchLimits {
  /** Rows that one statement may load. */
  maxRows: number;
  /** Bytes that one statement may load. */
  maxBytes: number;
  /** Statements that may have scratch tables at a time. */
  maxConcurrent: number;
}

/** A statement's side of a scratch connection. */
export interface ScratchCall {
  call: CallContext;
  signal: AbortSignal;
  options: ExecuteOptions;
  /** SET statements of the session. */
  settings: readonly string[];
  /** Only the primary of the first shard of the first keyspace will do. */
  onPrimary: boolean;
}

/** Longest wait for another statement's scratch tables to go. */
const WAIT_MS = 10_000;
const MAX_WAITERS = 200;
/** Opening and closing must reach the tablet, whatever becomes of the statement. */
const OPEN_TIMEOUT_MS = 10_000;
const CLOSE_TIMEOUT_MS = 30_000;

/** Connections for scratch tables, each of its own, a limited number at a time. */
export class ScratchConnections {
  private readonly places: Pool<object>;
  private rows = 0;
  private bytes = 0;
  private opened = 0;

  constructor(
    private readonly gateway: Gateway,
    readonly limits: ScratchLimits,
    private readonly random: () => number = Math.random,
  ) {
    this.places = new Pool<object>({
      capacity: limits.maxConcurrent,
      maxWaiters: MAX_WAITERS,
      create: () => Promise.resolve({}),
      destroy: () => undefined,
    });
  }

  get stats(): { opened: number; open: number; rows: number; bytes: number } {
    const { opened, rows, bytes } = this;
    return { opened, open: this.places.stats().inUse, rows, bytes };
  }

  loaded(rows: number, bytes: number): void {
    this.rows += rows;
    this.bytes += bytes;
  }

  /** On a replica or rdonly tablet of these keyspaces; on a primary only where there is none. */
  async open(keyspaces: readonly string[], how: ScratchCall): Promise<ScratchConnection> {
    const place = await this.place(how.signal);
    const free = (): void => this.places.put(place);
    try {
      const connection = await this.openOnAny(keyspaces, how, free);
      this.opened++;
      return connection;
    } catch (error) {
      free();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.places.close(0);
  }

  private async place(signal: AbortSignal): Promise<PooledResource<object>> {
    try {
      return await this.places.get({ signal, timeoutMs: WAIT_MS });
    } catch (error) {
      if (!(error instanceof PoolTimeoutError)) throw error;
      throw new VtError(
        Code.RESOURCE_EXHAUSTED,
        `${this.limits.maxConcurrent} statements gather rows of several shards already ` +
          `(scratch-max-concurrent); try again later, or raise the limit`,
        { errno: 1040, sqlstate: '08004', cause: error },
      );
    }
  }

  private async openOnAny(
    keyspaces: readonly string[],
    how: ScratchCall,
    free: () => void,
  ): Promise<ScratchConnection> {
    const candidates = how.onPrimary ? [] : this.candidates(keyspaces);
    let failure: unknown;
    for (const { target, tablet } of candidates) {
      try {
        return await openOn(tablet, target, how, free);
      } catch (error) {
        // A tablet that has just gone, or is full: another one will do, for nothing has been asked yet.
        if (!isTabletTrouble(error)) throw error;
        failure = error;
      }
    }
    if (failure !== undefined) throw failure;
    const [keyspace] = [...keyspaces].sort();
    const [shard] = this.gateway.shards(keyspace, TabletType.PRIMARY);
    if (shard === undefined) throw new VtError(Code.UNAVAILABLE, `no shard of keyspace ${keyspace} serves`);
    const target: Target = { keyspace, shard: shard.name, tabletType: TabletType.PRIMARY, cell: '' };
    return openOn(await this.gateway.choose(target, how.signal), target, how, free);
  }

  private candidates(keyspaces: readonly string[]): { target: Target; tablet: ChosenTablet }[] {
    const serving = this.gateway
      .tablets()
      .filter((t) => t.serving && keyspaces.includes(t.target.keyspace) && t.tablet.alias !== undefined);
    return [TabletType.REPLICA, TabletType.RDONLY, TabletType.PRIMARY].flatMap((type) =>
      this.shuffled(serving.filter((t) => t.target.tabletType === type)).map(({ target, tablet }) => ({
        target: { ...target, cell: '' },
        tablet: this.gateway.byAlias(tablet.alias!),
      })),
    );
  }

  private shuffled(tablets: readonly TabletHealth[]): TabletHealth[] {
    return tablets
      .map((tablet) => ({ tablet, at: this.random() }))
      .sort((a, b) => a.at - b.at)
      .map(({ tablet }) => tablet);
  }
}

function isTabletTrouble(error: unknown): boolean {
  if (!(error instanceof VtError)) return false;
  return (
    error.code === Code.UNAVAILABLE ||
    error.code === Code.RESOURCE_EXHAUSTED ||
    error.code === Code.FAILED_PRECONDITION ||
    wasNotSent(error)
  );
}

async function openOn(
  { service }: ChosenTablet,
  target: Target,
  how: ScratchCall,
  free: () => void,
): Promise<ScratchConnection> {
  const { call, signal, options, settings } = how;
  signal.throwIfAborted();
  // Without the statement's signal and time limit: a reply that nobody waits for would leave its connection behind.
  const opening: CallContext = {
    ...call,
    timeoutMs: undefined,
    signal: AbortSignal.timeout(OPEN_TIMEOUT_MS),
  };
  const query = { sql: 'select @@timestamp', bindVariables: {} };
  const opened = await service.reserveExecute(opening, target, [], query, 0n, options);
  const ids: ConnectionIds = { transactionId: 0n, reservedId: opened.reservedId };
  let closing: Promise<void> | undefined;
  const release = async (): Promise<void> => {
    const ending: CallContext = {
      ...call,
      timeoutMs: undefined,
      signal: AbortSignal.timeout(CLOSE_TIMEOUT_MS),
    };
    try {
      await service.release(ending, target, ids);
    } catch {
      // The tablet closes what it cannot be asked about, when it is idle.
    } finally {
      free();
    }
  };
  if (opened.error !== undefined || opened.result === undefined) {
    await service.release(opening, target, ids);
    throw opened.error ?? new VtError(Code.INTERNAL, 'a tablet opened a connection and said nothing');
  }
  const ctx: CallContext = { ...call, signal };
  return {
    openedAt: opened.result.rows.value(0, 0)?.toString() ?? '0',
    settings,
    execute: (bound: BoundQuery): Promise<Result> => service.execute(ctx, target, bound, ids, options),
    stream: (bound: BoundQuery) => service.streamExecute(ctx, target, bound, ids, options),
    close: () => (closing ??= release()),
  };
}
