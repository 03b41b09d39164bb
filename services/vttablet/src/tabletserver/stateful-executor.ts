import { ServerStatus } from '@vitess-ts/mysql';
import { TabletType } from '@vitess-ts/proto/topodata';
import type { BoundQuery, CallContext, ConnectionIds, ExecuteOptions } from '@vitess-ts/queryservice';
import type { Result } from '@vitess-ts/sqltypes';
import { Attended } from './attended';
import { beginPlan } from './begin-sql';
import type { Killer } from './killer';
import type { TabletServerOptions } from './options';
import type { QueryPlan } from './plan';
import { checkPlan } from './plan-rules';
import { requestLimits } from './request-limits';
import { commitSql } from './session-limits';
import { StatefulConnection } from './stateful-connection';
import { StatefulRegistry } from './stateful-registry';
import type { StatementOptions, StatementRunner } from './statement-runner';
import { internalTraceOf, traceOf } from './statement-trace';
import type { SchemaAccess } from './stateless-executor';
import { tabletErrors } from './tablet-errors';
import type { Conclusion, TabletMetrics } from './tablet-metrics';
import type { TakenTransaction } from './taken-transaction';
import { beforeRecorded, recorded, recordOf, statementClock } from './twopc/recording';
import type { Slot, TabletPools } from './tablet-pools';

/** Ending a transaction may take this long before its connection counts as hung. */
const rollbackTimeoutMs = 10_000;
const lostReason = 'lost connection to mysqld';

export interface OpenRequest {
  /** Begin a transaction. */
  begin: boolean;
  /** Keep the connection for the session. */
  reserve: boolean;
  /** SET statements, before the transaction begins. */
  settings: readonly string[];
  /** Statements (savepoints) right after BEGIN. */
  afterBegin: readonly string[];
  ctx: CallContext;
  options: ExecuteOptions | undefined;
  tabletType: TabletType;
}

/** Transactions and reserved connections: opens them, runs their statements, ends them. */
export class StatefulExecutor {
  readonly registry: StatefulRegistry;
  private readonly slots = new Map<StatefulConnection, Slot>();
  /** Commits and rollbacks, which go on when their caller is gone. */
  private readonly attended = new Attended();

  constructor(
    private readonly options: TabletServerOptions,
    private readonly pools: TabletPools,
    private readonly runner: StatementRunner,
    private readonly killer: Killer,
    private readonly schema: SchemaAccess,
    private readonly metrics: Pick<TabletMetrics, 'transactionEnded'>,
  ) {
    this.registry = new StatefulRegistry({ end: (connection) => this.abandon(connection) });
  }

  /** Opens a connection with state. It is known by its id, and free, when this returns. */
  async open(request: OpenRequest): Promise<StatefulConnection> {
    const { ctx, options, reserve } = request;
    const slot = await (reserve
      ? this.pools.reservedSlot(ctx.signal)
      : this.pools.transactionSlot(ctx.signal));
    const pool = this.pools.statefulPool(options?.clientFoundRows ?? false);
    let connection: StatefulConnection | undefined;
    try {
      const lent = pool.tryGet() ?? (await pool.get(ctx.signal, this.options.txPoolTimeoutMs));
      const id = this.registry.nextId();
      const foundRows = options?.clientFoundRows ?? false;
      connection = new StatefulConnection(id, lent, pool, request.settings, callerOf(ctx), foundRows);
      connection.reserved = reserve;
      for (const sql of request.settings) await this.internal(connection, sql, ctx);
      if (request.begin) await this.begin(connection, request);
      this.setTimeout(connection, options);
      const unlock = await this.registry.add(connection);
      this.slots.set(connection, slot);
      unlock();
      return connection;
    } catch (error) {
      if (connection) {
        if (connection.inTransaction || request.settings.length > 0) connection.connection.destroy();
        connection.giveBack();
      }
      slot.release();
      throw error;
    }
  }

  /** Begins a transaction on a reserved connection. */
  async beginOn(reservedId: bigint, request: OpenRequest): Promise<void> {
    await this.onConnection(reservedId, request.ctx.signal, async (connection) => {
      if (connection.inTransaction) {
        throw tabletErrors.transactionEnded(reservedId, 'already in a transaction');
      }
      try {
        await this.begin(connection, request);
      } catch (error) {
        if (connection.connection.isAlive) await connection.connection.query('ROLLBACK');
        connection.inTransaction = false;
        throw error;
      }
      this.setTimeout(connection, request.options);
    });
  }

  /** Makes the connection of a transaction a reserved one, with these settings. */
  async reserveOn(transactionId: bigint, settings: readonly string[], ctx: CallContext): Promise<void> {
    await this.onConnection(transactionId, ctx.signal, async (connection) => {
      if (!connection.reserved) {
        const reserved = await this.pools.reservedSlot(ctx.signal);
        this.slots.get(connection)?.release();
        this.slots.set(connection, reserved);
        connection.reserved = true;
      }
      for (const sql of settings) await this.internal(connection, sql, ctx);
    });
  }

  /** Whether the session of these ids is under NO_BACKSLASH_ESCAPES, as far as is known. */
  noBackslashEscapes(ids: ConnectionIds): boolean {
    const connection = this.registry.peek(idOf(ids))?.connection;
    return connection !== undefined && (connection.statusFlags & ServerStatus.NO_BACKSLASH_ESCAPES) !== 0;
  }

  async execute(
    plan: QueryPlan,
    query: BoundQuery,
    ids: ConnectionIds,
    ctx: CallContext,
    options: ExecuteOptions | undefined,
    tabletType: TabletType,
  ): Promise<Result> {
    return this.onConnection(idOf(ids), ctx.signal, async (connection) => {
      this.checkUse(connection, ids, plan, tabletType);
      const limits = requestLimits(this.options, plan, ctx, options);
      const sql = plan.render(query.bindVariables);
      await beforeRecorded(connection, plan);
      const timestamp = statementClock(connection, plan);
      const result = await this.runner.execute(connection.connection, sql, {
        timestamp,
        lockWaitSeconds: options?.lockWaitTimeout,
        signal: ctx.signal,
        session: connection.limits,
        timeoutMs: limits.timeoutMs,
        maxRows: limits.maxRows,
        selectLimit: limits.selectLimit,
        isSelect: plan.kind === 'select',
        limitable: plan.limitable,
        stateful: true,
        call: plan.kind === 'call',
        trace: traceOf(ctx, plan),
        fetchLastInsertId: options !== undefined && options.fetchLastInsertId && plan.kind === 'select',
      });
      recorded(connection, plan, sql, result, timestamp);
      if (plan.kind === 'ddl' && !plan.temporary) {
        // mysqld has committed implicitly; the session's transaction goes on as a new one.
        if (connection.inTransaction) await this.internal(connection, 'BEGIN', {});
        await this.schema.afterDdl();
      }
      return result;
    });
  }

  async *stream(
    plan: QueryPlan,
    query: BoundQuery,
    ids: ConnectionIds,
    ctx: CallContext,
    options: ExecuteOptions | undefined,
    tabletType: TabletType,
  ): AsyncIterable<Result> {
    if (plan.kind !== 'select' && plan.kind !== 'show') {
      yield await this.execute(plan, query, ids, ctx, options, tabletType);
      return;
    }
    const { connection, unlock } = await this.registry.lock(idOf(ids), ctx.signal);
    try {
      this.checkUse(connection, ids, plan, tabletType);
      yield* this.runner.stream(connection.connection, plan.render(query.bindVariables), {
        signal: ctx.signal,
        session: connection.limits,
        limitable: plan.limitable,
        timeoutMs: requestLimits({ ...this.options, queryTimeoutMs: 0 }, plan, ctx, options).timeoutMs,
        chunkBytes: this.options.streamBufferSize,
        trace: traceOf(ctx, plan),
      });
    } finally {
      this.dropIfLost(connection);
      unlock();
    }
  }

  /** Commits. A caller that goes away does not stop it: a commit is never killed. Resolves to the reserved id or 0n. */
  async commit(transactionId: bigint, signal: AbortSignal | undefined): Promise<bigint> {
    return this.attended.run(signal, () =>
      this.onConnection(transactionId, undefined, async (connection) => {
        if (!connection.inTransaction) throw tabletErrors.notInTransaction(transactionId);
        if (connection.begunAtMs > 0)
          await connection.connection.query(commitSql(connection.connection, connection.limits));
        return this.conclude(connection, 'commit', 'committed');
      }),
    );
  }

  /** Rolls back, and does not fail when there is nothing to roll back any more. Resolves to the reserved id or 0n. */
  async rollback(transactionId: bigint, signal: AbortSignal | undefined): Promise<bigint> {
    return this.attended.run(signal, () =>
      this.onConnection(transactionId, undefined, async (connection) => {
        if (!connection.inTransaction) return connection.reserved ? connection.id : 0n;
        try {
          await connection.connection.query('ROLLBACK', { timeoutMs: rollbackTimeoutMs });
        } catch (error) {
          if (connection.connection.isAlive) throw error;
          // mysqld rolls back what a lost connection had open: that is what was asked for.
          this.dropIfLost(connection);
          return 0n;
        }
        return this.conclude(connection, 'rollback', 'rolled back');
      }),
    );
  }

  /** Takes a transaction from its session: nobody reaches it by its id any more, and no time limit ends it. */
  async take(transactionId: bigint): Promise<TakenTransaction> {
    return this.onConnection(transactionId, undefined, async (connection) => {
      const { record } = connection;
      if (!connection.inTransaction) throw tabletErrors.notInTransaction(transactionId);
      if (record === undefined) throw tabletErrors.notRecorded(transactionId);
      this.registry.remove(connection, 'taken for a commit over several shards');
      const done: TakenTransaction['done'] = (how) => {
        this.countTransaction(connection, how === 'committed' ? 'commit' : 'rollback');
        connection.inTransaction = how === 'lost';
        this.giveBack(connection);
      };
      return {
        connection: connection.connection,
        commitSql: commitSql(connection.connection, connection.limits),
        record,
        done,
      };
    });
  }

  /** Rolls back a transaction that may have ended already. */
  async rollbackIfOpen(transactionId: bigint): Promise<void> {
    if (this.registry.peek(transactionId) === undefined) return;
    const reservedId = await this.rollback(transactionId, undefined).catch((error: unknown) => {
      if (this.registry.peek(transactionId) !== undefined) throw error;
      return 0n;
    });
    if (reservedId !== 0n) await this.release({ transactionId: 0n, reservedId }, undefined);
  }

  /** Ends a reserved connection and its transaction. */
  async release(ids: ConnectionIds, signal: AbortSignal | undefined): Promise<void> {
    const id = idOf(ids);
    await this.attended.run(signal, async () => {
      const { connection, unlock } = await this.registry.lock(id, undefined);
      try {
        this.registry.remove(connection, 'released');
        await this.abandon(connection);
      } finally {
        unlock();
      }
    });
  }

  /**
   * Ends what is open: waits up to `graceMs` for the sessions to end it themselves, then kills what runs and rolls
   * back.
   */
  async endAll(reason: string, graceMs: number): Promise<void> {
    const deadline = Date.now() + graceMs;
    while (this.registry.all().some((c) => c.inTransaction) && Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    for (const connection of this.registry.all()) {
      if (connection.connection.isBusy) await this.killer.killQuery(connection.connection);
    }
    await this.registry.endAll(() => true, reason);
  }

  async close(): Promise<void> {
    await this.registry.close();
    await this.attended.ended();
  }

  private async begin(connection: StatefulConnection, request: OpenRequest): Promise<void> {
    const plan = beginPlan(request.options, request.tabletType !== TabletType.PRIMARY);
    connection.inTransaction = true;
    connection.readOnly = plan.readOnly;
    connection.record = recordOf(connection, request.options);
    connection.transactionName = request.options?.transactionName ?? '';
    for (const sql of [...plan.statements, ...request.afterBegin]) {
      await this.internal(connection, sql, request.ctx);
    }
    // 0: "autocommit", nothing was begun and nothing is to be committed.
    connection.begunAtMs = plan.statements.length > 0 ? Date.now() : 0;
  }

  private setTimeout(connection: StatefulConnection, options: ExecuteOptions | undefined): void {
    const asked = options?.transactionTimeout === undefined ? 0 : Number(options.transactionTimeout);
    const limit = this.options.transactionTimeoutMs;
    const transaction = asked > 0 && (limit === 0 || asked < limit) ? asked : limit;
    connection.timeoutMs = connection.inTransaction ? transaction : this.options.reservedIdleTimeoutMs;
  }

  private checkUse(
    connection: StatefulConnection,
    ids: ConnectionIds,
    plan: QueryPlan,
    tabletType: TabletType,
  ): void {
    if (ids.transactionId !== 0n && !connection.inTransaction) {
      throw tabletErrors.notInTransaction(ids.transactionId);
    }
    checkPlan(plan, tabletType, connection);
  }

  /** A transaction has ended: the connection goes on as a reserved one, under a new id, or back to its pool. */
  private conclude(connection: StatefulConnection, conclusion: Conclusion, how: string): bigint {
    this.countTransaction(connection, conclusion);
    connection.inTransaction = false;
    connection.readOnly = false;
    connection.begunAtMs = 0;
    if (connection.reserved) {
      connection.timeoutMs = this.options.reservedIdleTimeoutMs;
      this.registry.renewId(connection, how);
      return connection.id;
    }
    this.registry.remove(connection, how);
    this.giveBack(connection);
    return 0n;
  }

  /** Rolls back and gives the connection back; the caller has taken it out of the registry. Never rejects. */
  private async abandon(connection: StatefulConnection): Promise<void> {
    if (connection.inTransaction) this.countTransaction(connection, 'kill');
    if (connection.inTransaction && connection.connection.isAlive) {
      try {
        await connection.connection.query('ROLLBACK', { timeoutMs: rollbackTimeoutMs });
        connection.inTransaction = false;
      } catch {
        // mysqld rolls back when the connection ends.
        connection.connection.destroy();
      }
    }
    this.giveBack(connection);
  }

  private countTransaction({ begunAtMs }: StatefulConnection, conclusion: Conclusion): void {
    if (begunAtMs > 0) this.metrics.transactionEnded(conclusion, Date.now() - begunAtMs);
  }

  private giveBack(connection: StatefulConnection): void {
    connection.giveBack();
    this.slots.get(connection)?.release();
    this.slots.delete(connection);
  }

  private async onConnection<T>(
    id: bigint,
    signal: AbortSignal | undefined,
    run: (connection: StatefulConnection) => Promise<T>,
  ): Promise<T> {
    const { connection, unlock } = await this.registry.lock(id, signal);
    try {
      return await run(connection);
    } finally {
      this.dropIfLost(connection);
      unlock();
    }
  }

  /** A transaction does not survive its connection. */
  private dropIfLost(connection: StatefulConnection): void {
    if (connection.connection.isAlive || connection.ended !== undefined) return;
    this.registry.remove(connection, lostReason);
    this.giveBack(connection);
  }

  private async internal(connection: StatefulConnection, sql: string, ctx: CallContext): Promise<void> {
    const options: StatementOptions = {
      signal: ctx.signal,
      session: connection.limits,
      timeoutMs: connection.limits.timeoutMs,
      maxRows: Infinity,
      selectLimit: Infinity,
      isSelect: false,
      limitable: false,
      stateful: true,
      trace: internalTraceOf(ctx, sql),
    };
    await this.runner.execute(connection.connection, Buffer.from(sql), options);
  }
}

function idOf(ids: ConnectionIds): bigint {
  return ids.transactionId !== 0n ? ids.transactionId : ids.reservedId;
}

function callerOf(ctx: CallContext): string {
  return ctx.effectiveCallerId?.principal || ctx.immediateCallerId?.username || '';
}
