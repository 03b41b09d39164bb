import type { ConnectOptions } from '@vitess-ts/mysql';
import type {
  GetSchemaResponse,
  SchemaTableType,
  StreamHealthResponse,
  Target,
} from '@vitess-ts/proto/query';
import { TabletType, type TabletAlias } from '@vitess-ts/proto/topodata';
import {
  noConnection,
  type AtomicCommit,
  type BoundQuery,
  type CallContext,
  type ConnectionIds,
  type ExecuteOptions,
  type OpenedResult,
  type QueryService,
} from '@vitess-ts/queryservice';
import type { Result } from '@vitess-ts/sqltypes';
import type { Tracer } from '@vitess-ts/telemetry';
import { SqlError, VtError, codeName, codeOf } from '@vitess-ts/vterrors';
import type { HealthStreamer } from '../health/health-streamer';
import { getSchema } from '../schema/get-schema';
import type { SchemaEngine } from '../schema/schema-engine';
import { Killer } from './killer';
import { ObservedStatementRunner } from './observed-statement-runner';
import type { TabletServerOptions } from './options';
import type { QueryPlan } from './plan';
import { PlanCache } from './plan-cache';
import { checkPlan } from './plan-rules';
import type { StateManager } from './state-manager';
import { StatefulExecutor, type OpenRequest } from './stateful-executor';
import { StatelessExecutor } from './stateless-executor';
import type { PlanMetrics, TabletMetrics } from './tablet-metrics';
import { TabletPools } from './tablet-pools';
import type { CommitStep } from './twopc/tablet-atomic-commit';
import { TabletTwopc } from './twopc/tablet-twopc';

export interface TabletServerParts {
  alias: TabletAlias;
  options: TabletServerOptions;
  /** Of the application's account and of the management account, both with the tablet's database. */
  app: () => ConnectOptions;
  dba: () => ConnectOptions;
  state: StateManager;
  health: HealthStreamer;
  /** Made for the pools of this server: see `SchemaEngineOptions.withConnection`. */
  schemaEngine: (pools: TabletPools) => SchemaEngine;
  buildPlan: (sql: string, noBackslashEscapes: boolean) => QueryPlan;
  metrics: TabletMetrics;
  tracer: Tracer;
  /** Told of trouble that belongs to no request. */
  onError: (error: unknown) => void;
  /** For crash tests: called at each step of a commit over several shards. */
  atCommitStep?: (step: CommitStep) => void;
  /** Told when mysqld could not be reached. */
  onConnectError: () => void;
}

/** A mysqld that does not answer a KILL in this time is not waited for: the connection is closed. */
const killTimeoutMs = 1000;

/** The query path of a tablet: checks each request's target, then runs it on a connection of the right kind. */
export class TabletServer implements QueryService {
  readonly pools: TabletPools;
  readonly schema: SchemaEngine;
  readonly stateful: StatefulExecutor;
  readonly stateless: StatelessExecutor;
  readonly plans: PlanCache;
  readonly twopc: TabletTwopc;
  private readonly killer: Killer;
  private stopListening: (() => void)[] = [];

  constructor(private readonly parts: TabletServerParts) {
    const { options, app, dba, metrics, onError } = parts;
    this.pools = new TabletPools({
      options,
      app,
      dba,
      onConnectError: (error) => {
        onError(error);
        parts.onConnectError();
      },
    });
    this.schema = parts.schemaEngine(this.pools);
    this.killer = new Killer(
      {
        runKill: async (sql) => {
          metrics.kills.add();
          const signal = AbortSignal.timeout(killTimeoutMs);
          await this.pools.withDba((c) => c.query(sql, { timeoutMs: killTimeoutMs }), signal);
        },
      },
      onError,
    );
    const runner = new ObservedStatementRunner(this.killer, options.maxWarnings, metrics, parts.tracer);
    const schema = {
      isSequence: (table: string): boolean => this.schema.isSequence(table),
      afterDdl: (): Promise<void> => this.schema.reload().catch(onError),
    };
    this.stateless = new StatelessExecutor(options, this.pools, runner, schema);
    this.stateful = new StatefulExecutor(options, this.pools, runner, this.killer, schema, metrics);
    this.plans = new PlanCache(parts.buildPlan, options.queryPlanCacheBytes);
    this.twopc = new TabletTwopc({
      pools: this.pools,
      stateful: this.stateful,
      dba,
      check: (target) => parts.state.check(target, true),
      abandonAgeMs: options.twopcAbandonAgeMs,
      atStep: parts.atCommitStep,
      onError,
    });
    this.listen();
  }

  get target(): Target {
    return this.parts.state.target;
  }

  get atomic(): AtomicCommit {
    return this.twopc.atomic;
  }

  async execute(
    ctx: CallContext,
    target: Target,
    query: BoundQuery,
    ids: ConnectionIds,
    options?: ExecuteOptions,
  ): Promise<Result> {
    return this.request(target, isOpen(ids), async () => {
      const plan = this.plan(query, ids, options);
      return this.timed(plan, () => {
        if (isOpen(ids)) return this.stateful.execute(plan, query, ids, ctx, options, target.tabletType);
        checkPlan(plan, target.tabletType, undefined);
        return this.stateless.execute(plan, query, ctx, options);
      });
    });
  }

  async *streamExecute(
    ctx: CallContext,
    target: Target,
    query: BoundQuery,
    ids: ConnectionIds,
    options?: ExecuteOptions,
  ): AsyncIterable<Result> {
    let metrics: PlanMetrics | undefined;
    let startMs = 0;
    let rows = 0;
    let last: Result | undefined;
    let failure: { error: unknown } | undefined;
    try {
      this.parts.state.check(target, isOpen(ids));
      const plan = this.plan(query, ids, options);
      if (!isOpen(ids)) checkPlan(plan, target.tabletType, undefined);
      metrics = this.parts.metrics.of(plan, true);
      startMs = performance.now();
      const results = isOpen(ids)
        ? this.stateful.stream(plan, query, ids, ctx, options, target.tabletType)
        : this.stateless.stream(plan, query, ctx, options);
      for await (last of results) {
        rows += last.rows.length;
        yield last;
      }
    } catch (error) {
      failure = { error };
      throw this.failed(error);
    } finally {
      // Also when the reader has had enough.
      const ms = performance.now() - startMs;
      if (failure) metrics?.failed(ms, failure.error);
      else metrics?.succeeded(ms, last ?? { rowsAffected: 0n }, rows);
    }
  }

  async begin(ctx: CallContext, target: Target, options?: ExecuteOptions): Promise<OpenedResult> {
    return this.request(target, false, async () => {
      const request = this.openRequest(ctx, target, options, { begin: true });
      const { id } = await this.stateful.open(request);
      return this.opened({ transactionId: id, reservedId: 0n });
    });
  }

  async beginExecute(
    ctx: CallContext,
    target: Target,
    preQueries: readonly string[],
    query: BoundQuery,
    reservedId: bigint,
    options?: ExecuteOptions,
  ): Promise<OpenedResult> {
    return this.request(target, false, async () => {
      const request = this.openRequest(ctx, target, options, { begin: true, afterBegin: preQueries });
      let transactionId = reservedId;
      if (reservedId !== 0n) await this.stateful.beginOn(reservedId, request);
      else transactionId = (await this.stateful.open(request)).id;
      return this.executeOn({ transactionId, reservedId }, ctx, target, query, options);
    });
  }

  async commit(ctx: CallContext, target: Target, transactionId: bigint): Promise<bigint> {
    return this.request(target, true, () => this.stateful.commit(transactionId, ctx.signal));
  }

  async rollback(ctx: CallContext, target: Target, transactionId: bigint): Promise<bigint> {
    return this.request(target, true, () => this.stateful.rollback(transactionId, ctx.signal));
  }

  async reserveExecute(
    ctx: CallContext,
    target: Target,
    preQueries: readonly string[],
    query: BoundQuery,
    transactionId: bigint,
    options?: ExecuteOptions,
  ): Promise<OpenedResult> {
    return this.request(target, transactionId !== 0n, async () => {
      const request = this.openRequest(ctx, target, options, { reserve: true, settings: preQueries });
      let reservedId = transactionId;
      if (transactionId !== 0n) await this.stateful.reserveOn(transactionId, preQueries, ctx);
      else reservedId = (await this.stateful.open(request)).id;
      return this.executeOn({ transactionId, reservedId }, ctx, target, query, options);
    });
  }

  async reserveBeginExecute(
    ctx: CallContext,
    target: Target,
    preQueries: readonly string[],
    postBeginQueries: readonly string[],
    query: BoundQuery,
    options?: ExecuteOptions,
  ): Promise<OpenedResult> {
    return this.request(target, false, async () => {
      const request = this.openRequest(ctx, target, options, {
        begin: true,
        reserve: true,
        settings: preQueries,
        afterBegin: postBeginQueries,
      });
      const { id } = await this.stateful.open(request);
      return this.executeOn({ transactionId: id, reservedId: id }, ctx, target, query, options);
    });
  }

  async release(ctx: CallContext, target: Target, ids: ConnectionIds): Promise<void> {
    await this.request(target, true, () => this.stateful.release(ids, ctx.signal));
  }

  async *getSchema(
    _ctx: CallContext,
    target: Target,
    tableType: SchemaTableType,
    tableNames: readonly string[],
  ): AsyncIterable<GetSchemaResponse> {
    try {
      this.parts.state.check(target, false);
      yield* getSchema(this.schema, tableType, tableNames);
    } catch (error) {
      throw this.failed(error);
    }
  }

  streamHealth(ctx: CallContext): AsyncIterable<StreamHealthResponse> {
    return this.parts.health.stream(ctx.signal);
  }

  /** Nothing to free here: the tablet itself goes on until `shutDown`. */
  async close(): Promise<void> {}

  /** Ends open transactions after the grace period, rolls back the rest, and closes all connections. */
  async shutDown(): Promise<void> {
    for (const stop of this.stopListening.splice(0)) stop();
    await this.stateful.endAll('tablet is shutting down', this.parts.options.shutdownGracePeriodMs);
    await this.stateful.close();
    await this.twopc.close();
    await this.schema.close();
    await this.pools.close();
  }

  /** Before the tablet stops being the primary: no transaction of its time may commit after. */
  async endTransactions(reason: string): Promise<void> {
    await this.stateful.endAll(reason, this.parts.options.shutdownGracePeriodMs);
    this.stateless.sequences.reset();
  }

  private listen(): void {
    const { state, health } = this.parts;
    this.stopListening = [
      state.onChange(() => {
        if (state.state.tabletType !== TabletType.PRIMARY) this.stateless.sequences.reset();
        health.notify();
      }),
      this.schema.onChange((change) => {
        for (const table of change.tables) this.stateless.sequences.reset(table);
        health.schemaChanged(change);
      }),
    ];
  }

  private plan(query: BoundQuery, ids: ConnectionIds, options: ExecuteOptions | undefined): QueryPlan {
    const noBackslashEscapes = isOpen(ids) && this.stateful.noBackslashEscapes(ids);
    return this.plans.get(query.sql, options?.skipQueryPlanCache ?? false, noBackslashEscapes);
  }

  private openRequest(
    ctx: CallContext,
    target: Target,
    options: ExecuteOptions | undefined,
    what: Partial<OpenRequest>,
  ): OpenRequest {
    const { tabletType } = target;
    return { begin: false, reserve: false, settings: [], afterBegin: [], ctx, options, tabletType, ...what };
  }

  /** Runs the statement on what was just opened; its failure is part of the answer, for the ids are valid. */
  private async executeOn(
    ids: ConnectionIds,
    ctx: CallContext,
    target: Target,
    query: BoundQuery,
    options: ExecuteOptions | undefined,
  ): Promise<OpenedResult> {
    try {
      const plan = this.plan(query, ids, options);
      const result = await this.timed(plan, () =>
        this.stateful.execute(plan, query, ids, ctx, options, target.tabletType),
      );
      return { ...this.opened(ids), result };
    } catch (error) {
      return { ...this.opened(ids), error: this.failed(error) };
    }
  }

  private opened(ids: ConnectionIds): OpenedResult {
    return { ...ids, tabletAlias: this.parts.alias, sessionStateChanges: '' };
  }

  private async timed(plan: QueryPlan, run: () => Promise<Result>): Promise<Result> {
    const metrics = this.parts.metrics.of(plan);
    const startMs = performance.now();
    try {
      const result = await run();
      metrics.succeeded(performance.now() - startMs, result, result.rows.length);
      return result;
    } catch (error) {
      metrics.failed(performance.now() - startMs, error);
      throw error;
    }
  }

  private async request<T>(target: Target, continuing: boolean, run: () => Promise<T>): Promise<T> {
    try {
      this.parts.state.check(target, continuing);
      return await run();
    } catch (error) {
      throw this.failed(error);
    }
  }

  private failed(error: unknown): VtError | SqlError {
    const ours =
      error instanceof VtError || error instanceof SqlError
        ? error
        : new VtError(codeOf(error), error instanceof Error ? error.message : String(error), {
            cause: error,
          });
    this.parts.metrics.errors.labels(codeName(ours.code)).add();
    return ours;
  }
}

function isOpen(ids: ConnectionIds): boolean {
  return ids.transactionId !== noConnection.transactionId || ids.reservedId !== noConnection.reservedId;
}
