import { OpenedIterator } from '@vitess-ts/base';
import type { CallContext, BoundQuery, ExecuteOptions } from '@vitess-ts/queryservice';
import { RowBatch, Type, emptyResult, makeField, type Result } from '@vitess-ts/sqltypes';
import { SqlError } from '@vitess-ts/vterrors';
import type { ConnectionPool } from './connection-pool';
import type { TabletServerOptions } from './options';
import type { QueryPlan } from './plan';
import { requestLimits } from './request-limits';
import { takeSequenceBlock } from './sequence-table';
import { Sequences, type SequenceBlock } from './sequences';
import type { StatementOptions, StatementRunner } from './statement-runner';
import { traceOf } from './statement-trace';
import { tabletErrors } from './tablet-errors';
import type { TabletPools } from './tablet-pools';

/** The connection was closed before the statement was written to it: it did not run. */
const serverGone = 2006;
const attempts = 3;

export interface SchemaAccess {
  isSequence(table: string): boolean;
  /** Makes a change that a statement of this tablet made known. Never rejects: the change itself has succeeded. */
  afterDdl(): Promise<void>;
}

/** Statements outside transactions and reserved connections. */
export class StatelessExecutor {
  private readonly unlimited: TabletServerOptions;
  readonly sequences = new Sequences((table, count, signal) => this.takeBlock(table, count, signal));

  constructor(
    private readonly options: TabletServerOptions,
    private readonly pools: TabletPools,
    private readonly runner: StatementRunner,
    private readonly schema: SchemaAccess,
  ) {
    this.unlimited = { ...options, queryTimeoutMs: 0 };
  }

  async execute(
    plan: QueryPlan,
    query: BoundQuery,
    ctx: CallContext,
    options: ExecuteOptions | undefined,
  ): Promise<Result> {
    switch (plan.kind) {
      case 'nextval':
        return this.nextValue(plan, query, ctx);
      case 'select':
      case 'show':
        return this.onPool(this.pools.query, plan, query, ctx, options);
      default:
        return this.write(plan, query, ctx, options);
    }
  }

  stream(
    plan: QueryPlan,
    query: BoundQuery,
    ctx: CallContext,
    options: ExecuteOptions | undefined,
  ): AsyncIterable<Result> {
    return new OpenedIterator(async () => {
      if (plan.kind !== 'select' && plan.kind !== 'show') {
        return only(await this.execute(plan, query, ctx, options));
      }
      const sql = plan.render(query.bindVariables);
      const pool = this.pools.stream;
      const lent = pool.tryGet() ?? (await pool.get(ctx.signal, this.poolTimeout(pool)));
      return this.runner.stream(lent.resource, sql, {
        signal: ctx.signal,
        session: pool.limits,
        limitable: plan.limitable,
        // A stream may take long; only what the request itself asks for limits it.
        timeoutMs: requestLimits(this.unlimited, plan, ctx, options).timeoutMs,
        chunkBytes: this.options.streamBufferSize,
        trace: traceOf(ctx, plan),
        // The iteration begins at once, so it also ends.
        ended: () => pool.put(lent),
      });
    });
  }

  private async write(
    plan: QueryPlan,
    query: BoundQuery,
    ctx: CallContext,
    options: ExecuteOptions | undefined,
  ): Promise<Result> {
    const slot = await this.pools.transactionSlot(ctx.signal);
    try {
      const pool = this.pools.statefulPool(options?.clientFoundRows ?? false);
      const result = await this.onPool(pool, plan, query, ctx, options);
      if (plan.kind === 'ddl' && !plan.temporary) await this.schema.afterDdl();
      return result;
    } finally {
      slot.release();
    }
  }

  /** A statement that never reached mysqld is tried on another connection; one that did is never sent again. */
  private async onPool(
    pool: ConnectionPool,
    plan: QueryPlan,
    query: BoundQuery,
    ctx: CallContext,
    options: ExecuteOptions | undefined,
  ): Promise<Result> {
    const sql = plan.render(query.bindVariables);
    const limits = requestLimits(this.options, plan, ctx, options);
    const statement: StatementOptions = {
      signal: ctx.signal,
      session: pool.limits,
      timeoutMs: limits.timeoutMs,
      maxRows: limits.maxRows,
      selectLimit: limits.selectLimit,
      isSelect: plan.kind === 'select',
      limitable: plan.limitable,
      stateful: false,
      call: plan.kind === 'call',
      trace: traceOf(ctx, plan),
      fetchLastInsertId: options !== undefined && options.fetchLastInsertId && plan.kind === 'select',
    };
    for (let attempt = 1; ; attempt++) {
      const lent = pool.tryGet() ?? (await pool.get(ctx.signal, this.poolTimeout(pool)));
      try {
        const result = await this.runner.execute(lent.resource, sql, statement);
        pool.put(lent);
        return result;
      } catch (error) {
        pool.put(lent);
        const neverSent = error instanceof SqlError && error.errno === serverGone;
        if (!neverSent || attempt === attempts) throw error;
      }
    }
  }

  private async nextValue(plan: QueryPlan, query: BoundQuery, ctx: CallContext): Promise<Result> {
    const sequence = plan.sequence;
    if (!sequence) throw tabletErrors.notASequence(plan.name);
    if (!this.schema.isSequence(sequence.table)) throw tabletErrors.notASequence(sequence.table);
    const first = await this.sequences.next(sequence.table, sequence.count(query.bindVariables), ctx.signal);
    return emptyResult({
      fields: [makeField('nextval', Type.INT64)],
      rows: RowBatch.from(1, [[Buffer.from(first.toString())]]),
    });
  }

  private async takeBlock(table: string, count: bigint, signal?: AbortSignal): Promise<SequenceBlock> {
    // Not a transaction slot: a transaction that waits for a value must not keep the value from being taken.
    const pool = this.pools.statefulPool(false);
    const lent = await pool.get(signal, this.options.txPoolTimeoutMs);
    try {
      return await takeSequenceBlock(lent.resource, table, count);
    } finally {
      pool.put(lent);
    }
  }

  private poolTimeout(pool: ConnectionPool): number {
    if (pool !== this.pools.query && pool !== this.pools.stream) return this.options.txPoolTimeoutMs;
    return this.options.queryPoolTimeoutMs || this.options.queryTimeoutMs;
  }
}

async function* only(result: Result): AsyncGenerator<Result> {
  yield result;
}
