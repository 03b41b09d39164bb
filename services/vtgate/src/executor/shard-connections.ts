import { OpenedIterator } from '@vitess-ts/base';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import type { Target } from '@vitess-ts/proto/query';
import { TabletType } from '@vitess-ts/proto/topodata';
import {
  noConnection,
  type BoundQuery,
  type CallContext,
  type ConnectionIds,
  type ExecuteOptions,
  type OpenedResult,
} from '@vitess-ts/queryservice';
import type { Result } from '@vitess-ts/sqltypes';
import type { ResolvedShard, ShardExecution } from '../engine/primitive';
import type { CommitOrder, Session, ShardSession } from '../session/session';
import { findShardSession } from '../session/session';
import { MAX_WARNINGS } from '../session/warnings';
import type { DeadlockDetector } from './deadlock-detector';
import type { ChosenTablet, Gateway } from './gateway';
import type { Directives } from './directives';
import type { StatementClock } from './statement-clock';
import { transactionOptions } from './execute-options';
import { newTransactionName } from './transaction-name';
import { untilEnded, watchStatement } from './watched-statement';

/** What all shard calls of one statement have in common. */
export interface StatementShape {
  tabletType: TabletType;
  call: CallContext;
  /** The statement runs in a transaction: the session's, or one that the executor opened around this statement. */
  inTransaction: boolean;
  /** SET statements that a connection needs before the statement; not empty: the session reserves connections. */
  settings: readonly string[];
  /** Finds deadlocks of transactions over several shards. */
  deadlocks?: DeadlockDetector;
  /** The session needs the connection itself for longer, whatever its settings are. */
  reserve?: boolean;
  /** For lookup tables whose part of the transaction commits before or after the rows. */
  commitOrder?: CommitOrder;
  /** A part of a statement: it never commits alone. */
  joins?: boolean;
  /** A write of the client's transaction without a savepoint before it, since one shard was expected. */
  unguarded?: boolean;
  /** A write to several shards commits on each by itself, where the session has no transaction. */
  multiShardAutocommit?: boolean;
  /** Its time, on all servers. */
  clock?: StatementClock;
  /** A shard of several that fails has no rows, and a warning. */
  goesWithout?: boolean;
  /** It may hold any number of rows in memory. */
  unlimitedMemory?: boolean;
  /** What the statement's directives tell the tablets. */
  tabletOptions?: Directives['tablet'];
  /** A query that sets LAST_INSERT_ID(x): what it set comes back with its result. */
  fetchLastInsertId?: boolean;
}

/** Cell is the tablet's own affair; a target names keyspace, shard and type. */
function targetOf(shard: ResolvedShard, tabletType: TabletType): Target {
  return { keyspace: shard.keyspace, shard: shard.shard, tabletType, cell: '' };
}

/** Longest wait for a row lock in a transaction over several shards; deadlocks are found sooner. */
const LOCK_WAIT_SECONDS = 5;

type Opening = 'none' | 'begin' | 'reserve' | 'reserveBegin';

/**
 * Runs statements on shards for one session: outside transactions on any healthy tablet, else on the connection that
 * the session holds on that shard, which it opens on first use.
 *
 * A statement is sent once. Nothing here repeats a call whose bytes may have reached a mysqld (an acknowledged write
 * is present once, and never twice).
 */
export class ShardConnections {
  constructor(
    private readonly session: Session,
    private readonly gateway: Gateway,
  ) {}

  async execute(
    shape: StatementShape,
    shards: readonly ResolvedShard[],
    queries: readonly BoundQuery[],
    how: ShardExecution,
    signal: AbortSignal,
  ): Promise<Result[]> {
    // Never inside the client's own transaction, nor beside shards that joined this statement's: it would commit alone.
    const mayCommit = (how.canAutocommit && shards.length === 1) || (how.isDml && shape.multiShardAutocommit);
    const autocommit = mayCommit === true && shape.joins !== true && !this.isInTransaction();
    if (shape.inTransaction && !autocommit) this.checkTransactionMode(shards, shape.tabletType);
    const watched = autocommit ? undefined : watchStatement(this.session, shape, shards);
    if (watched === undefined) return this.executeAll(shape, shards, queries, how, autocommit, signal);
    try {
      const either = AbortSignal.any([signal, watched.signal]);
      return await this.executeAll(shape, shards, queries, how, autocommit, either);
    } finally {
      watched.done();
    }
  }

  private async executeAll(
    shape: StatementShape,
    shards: readonly ResolvedShard[],
    queries: readonly BoundQuery[],
    how: ShardExecution,
    autocommit: boolean,
    signal: AbortSignal,
  ): Promise<Result[]> {
    if (shards.length === 1) {
      return [await this.executeOne(shape, shards[0], queries[0], autocommit, how.isDml, signal)];
    }
    const settled = await Promise.allSettled(
      shards.map((shard, i) => this.executeOne(shape, shard, queries[i], autocommit, how.isDml, signal)),
    );
    const failed = settled.find((s) => s.status === 'rejected');
    if (failed) {
      if (how.isDml && shape.unguarded) this.noteHalfDone(settled);
      throw failed.reason;
    }
    return settled.map((s) => (s as PromiseFulfilledResult<Result>).value);
  }

  stream(
    shape: StatementShape,
    shards: readonly ResolvedShard[],
    queries: readonly BoundQuery[],
    signal: AbortSignal,
  ): AsyncIterable<Result>[] {
    if (shape.inTransaction) this.checkTransactionMode(shards, shape.tabletType);
    const watched = watchStatement(this.session, shape, shards);
    if (watched === undefined)
      return shards.map((shard, i) => this.streamOne(shape, shard, queries[i], signal));
    const either = AbortSignal.any([signal, watched.signal]);
    let running = shards.length;
    const ended = (): void => {
      if (--running === 0) watched.done();
    };
    return shards.map((shard, i) => untilEnded(this.streamOne(shape, shard, queries[i], either), ended));
  }

  /** Opens what statements on these shards need opened: after it their results come as streams. */
  async openAll(shape: StatementShape, shards: readonly ResolvedShard[], signal: AbortSignal): Promise<void> {
    const closed = shards.filter((shard) => {
      const open = this.heldOn(shard, shape);
      return this.openingOf(shape, open, false) !== 'none';
    });
    const query = { sql: 'select 1', bindVariables: {} };
    const how = { isDml: false, canAutocommit: false };
    if (closed.length > 0) {
      await this.execute(
        shape,
        closed,
        closed.map(() => query),
        how,
        signal,
      );
    }
  }

  private heldOn(shard: ResolvedShard, shape: StatementShape): ShardSession | undefined {
    return findShardSession(this.session, shard.keyspace, shard.shard, shape.tabletType, shape.commitOrder);
  }

  /** Refuses a transaction over several shards in a session that is to have none, before it begins. */
  private checkTransactionMode(shards: readonly ResolvedShard[], tabletType: TabletType): void {
    if (this.session.transactionMode !== 'SINGLE') return;
    const key = (s: { keyspace: string; shard: string }, type: TabletType): string =>
      `${s.keyspace}/${s.shard}/${type}`;
    const open = this.session.shardSessions.filter((s) => s.transactionId !== 0n);
    const all = new Set([...open.map((s) => key(s, s.tabletType)), ...shards.map((s) => key(s, tabletType))]);
    if (all.size <= 1) return;
    throw new VtError(
      Code.FAILED_PRECONDITION,
      `multi-db transaction attempted: transaction_mode is SINGLE and the transaction would reach ${all.size} shards`,
    );
  }

  /** What some shards did of a failed write cannot be undone alone: the transaction can only be rolled back. */
  private noteHalfDone(settled: readonly PromiseSettledResult<Result>[]): void {
    if (!this.session.inTransaction || settled.every((s) => s.status === 'rejected')) return;
    this.session.failedTransaction ??= 'a statement failed on some shards and was done on others';
  }

  private isInTransaction(): boolean {
    return this.session.inTransaction || this.session.shardSessions.some((s) => s.transactionId !== 0n);
  }

  private async executeOne(
    shape: StatementShape,
    shard: ResolvedShard,
    query: BoundQuery,
    autocommit: boolean,
    isDml: boolean,
    signal: AbortSignal,
  ): Promise<Result> {
    const target = targetOf(shard, shape.tabletType);
    const open = this.heldOn(shard, shape);
    const opening = this.openingOf(shape, open, autocommit);
    const tablet = await this.tabletOf(open, target, signal);
    const ctx: CallContext = { ...shape.call, signal };
    const options = this.optionsFor(shape, opening);
    if (opening === 'none') {
      if (open && isDml) open.wrote = true;
      const ids: ConnectionIds = open ?? { transactionId: 0n, reservedId: 0n };
      try {
        return this.noted(await tablet.service.execute(ctx, target, query, ids, options));
      } catch (error) {
        if (open) this.noteLostConnection(open, error);
        throw error;
      }
    }
    const opened = await this.open(opening, shape, tablet, target, query, open, ctx, options);
    this.remember(shard, shape, tablet, open, opened, isDml);
    if (opened.error) throw opened.error;
    return this.noted(opened.result!);
  }

  private streamOne(
    shape: StatementShape,
    shard: ResolvedShard,
    query: BoundQuery,
    signal: AbortSignal,
  ): AsyncIterable<Result> {
    return new OpenedIterator(async () => {
      const target = targetOf(shard, shape.tabletType);
      const open = this.heldOn(shard, shape);
      if (shape.fetchLastInsertId || this.openingOf(shape, open, false) !== 'none') {
        // A connection is opened together with its first statement, whose answer then comes whole.
        return only(await this.executeOne(shape, shard, query, false, false, signal));
      }
      const tablet = await this.tabletOf(open, target, signal);
      const ctx = shape.call.signal === signal ? shape.call : { ...shape.call, signal };
      const ids = open ?? noConnection;
      const stream = (): AsyncIterable<Result> =>
        tablet.service.streamExecute(ctx, target, query, ids, this.optionsFor(shape, 'none'));
      return open ? this.streamOnHeld(open, stream) : stream()[Symbol.asyncIterator]();
    });
  }

  private async *streamOnHeld(
    open: ShardSession,
    stream: () => AsyncIterable<Result>,
  ): AsyncGenerator<Result> {
    try {
      yield* stream();
    } catch (error) {
      this.noteLostConnection(open, error);
      throw error;
    }
  }

  private openingOf(shape: StatementShape, open: ShardSession | undefined, autocommit: boolean): Opening {
    const begin = shape.inTransaction && !autocommit && (open === undefined || open.transactionId === 0n);
    const wanted = shape.reserve === true || shape.settings.length > 0;
    const reserve = wanted && (open === undefined || open.reservedId === 0n);
    if (begin && reserve) return 'reserveBegin';
    return begin ? 'begin' : reserve ? 'reserve' : 'none';
  }

  private async tabletOf(
    open: ShardSession | undefined,
    target: Target,
    signal: AbortSignal,
  ): Promise<ChosenTablet> {
    if (open) return this.gateway.byAlias(open.alias);
    const { alias } = this.session.target;
    return alias ? this.gateway.byAlias(alias) : this.gateway.choose(target, signal);
  }

  private open(
    opening: Exclude<Opening, 'none'>,
    shape: StatementShape,
    tablet: ChosenTablet,
    target: Target,
    query: BoundQuery,
    open: ShardSession | undefined,
    ctx: CallContext,
    options: ExecuteOptions,
  ): Promise<OpenedResult> {
    const { settings } = shape;
    const { savepoints } = this.session;
    switch (opening) {
      case 'begin':
        return tablet.service.beginExecute(ctx, target, savepoints, query, open?.reservedId ?? 0n, options);
      case 'reserve':
        return tablet.service.reserveExecute(
          ctx,
          target,
          settings,
          query,
          open?.transactionId ?? 0n,
          options,
        );
      case 'reserveBegin':
        return tablet.service.reserveBeginExecute(ctx, target, settings, savepoints, query, options);
    }
  }

  /** The ids of an opened connection are kept even when its statement failed: it must be ended. */
  private remember(
    shard: ResolvedShard,
    { tabletType, commitOrder }: StatementShape,
    tablet: ChosenTablet,
    open: ShardSession | undefined,
    opened: OpenedResult,
    isDml: boolean,
  ): void {
    if (opened.transactionId === 0n && opened.reservedId === 0n) return;
    const entry: ShardSession = open ?? {
      keyspace: shard.keyspace,
      shard: shard.shard,
      tabletType,
      transactionId: 0n,
      reservedId: 0n,
      wrote: false,
      alias: opened.tabletAlias ?? tablet.alias,
      ...(commitOrder === undefined ? {} : { commitOrder }),
    };
    if (opened.transactionId !== 0n) {
      if (entry.transactionId === 0n) entry.recorded = this.isAtomic;
      entry.transactionId = opened.transactionId;
    }
    if (isDml) entry.wrote = true;
    if (opened.reservedId !== 0n) entry.reservedId = opened.reservedId;
    if (!open) this.session.shardSessions.push(entry);
  }

  /**
   * A held connection that is gone takes its transaction with it. Outside a transaction the session just opens a new
   * one next time; inside, what the transaction did on that shard is lost, so it can only be rolled back.
   */
  private noteLostConnection(open: ShardSession, error: unknown): void {
    if (!isConnectionLoss(error)) return;
    if (open.transactionId !== 0n) {
      this.session.failedTransaction = `the connection to ${open.keyspace}/${open.shard} was lost`;
      return;
    }
    const at = this.session.shardSessions.indexOf(open);
    if (at >= 0) this.session.shardSessions.splice(at, 1);
  }

  private options(shape: StatementShape): ExecuteOptions {
    const options = { ...transactionOptions(this.session), ...shape.tabletOptions };
    return shape.fetchLastInsertId ? { ...options, fetchLastInsertId: true } : options;
  }

  /** What the tablet must know besides, of a transaction that begins or reaches several shards. */
  private optionsFor(shape: StatementShape, opening: Opening): ExecuteOptions {
    const options = this.options(shape);
    if (opening === 'begin' || opening === 'reserveBegin') {
      this.session.transactionName ??= newTransactionName();
      options.transactionName = this.session.transactionName;
      if (this.isAtomic) options.atomicCommit = true;
    }
    if (shape.inTransaction && this.openShards() + (opening === 'none' ? 0 : 1) > 1) {
      options.lockWaitTimeout = LOCK_WAIT_SECONDS;
    }
    return options;
  }

  /** The transaction may be committed on all shards or none. */
  private get isAtomic(): boolean {
    return this.session.transactionMode === 'TWOPC' || this.session.requiresAtomicCommit === true;
  }

  /** With several of them, locks of one may be waited for on another, which no server sees. */
  private openShards(): number {
    return this.session.shardSessions.filter((s) => s.transactionId !== 0n).length;
  }

  /** Keeps the warnings of each shard: what becomes of the results of several is the plan's affair. */
  private noted(result: Result): Result {
    const { warnings } = this.session;
    for (const warning of result.warningList ?? []) {
      if (warnings.length < MAX_WARNINGS) warnings.push(warning);
    }
    return result;
  }
}

async function* only(result: Result): AsyncGenerator<Result> {
  yield result;
}

/** Errors after which a held connection, and the transaction on it, no longer exist on the tablet. */
export function isConnectionLoss(error: unknown): boolean {
  if (error instanceof SqlError) return error.errno === 2006 || error.errno === 2013 || error.errno === 1927;
  return error instanceof VtError && (error.code === Code.UNAVAILABLE || error.code === Code.ABORTED);
}
