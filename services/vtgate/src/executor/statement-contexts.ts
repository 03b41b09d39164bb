import type { BindVariables, Result } from '@vitess-ts/sqltypes';
import { lookupOperations, type LookupEntry, type LookupOrder } from '@vitess-ts/vindexes';
import { TabletType } from '@vitess-ts/proto/topodata';
import type { BoundQuery, CallContext } from '@vitess-ts/queryservice';
import { StatementMemory } from '../engine/statement-memory';
import type { ResolvedShard } from '../engine/primitive';
import type { SpillFiles } from '../engine/spill/spill-files';
import type { Plan } from '../planner/plan';
import type { Session } from '../session/session';
import { settingsOf } from './backend';
import type { Gateway } from './gateway';
import type { SchemaSource } from './schema-source';
import type { ScratchConnections } from './scratch-connections';
import type { Sequences } from './sequences';
import { ShardConnections, type StatementShape } from './shard-connections';
import type { StatementCall } from './statement-call';
import { StatementContext } from './statement-context';
import { StatementLookups } from './statement-lookups';
import type { StatementPlanner } from './statement-planner';
import { joinResults, type StatementRunner } from './statement-runner';
import type { Transactions } from './transactions';

export interface ContextParts {
  maxMemoryRows: number;
  planner: StatementPlanner;
  schema: SchemaSource;
  gateway: Gateway;
  sequences: Sequences;
  transactions: Transactions;
  runner: StatementRunner;
  scratchConnections: ScratchConnections;
  /** For statements under workload = olap. */
  spillFiles: SpillFiles;
}

/** What a statement's own statements count for. */
type InnerCall = Pick<StatementCall, 'session'> & {
  call: CallContext & { signal: AbortSignal };
  stats: { shardQueries: number };
};

/** Makes what running plans see of the gate, and runs what lookup vindexes ask on their behalf. */
export class StatementContexts {
  constructor(private readonly parts: ContextParts) {}

  /** `locksReads`: the statement writes, in a transaction. */
  make(
    call: InnerCall,
    shape: StatementShape,
    locksReads: boolean,
    onQuery?: (shard: ResolvedShard, query: BoundQuery) => void,
  ): StatementContext {
    const { session } = call;
    const { signal } = call.call;
    const { gateway, maxMemoryRows, sequences, transactions, scratchConnections, spillFiles } = this.parts;
    const lookups = new StatementLookups(session, gateway, shape, signal, locksReads, (sql, binds, order) =>
      this.runInner(sql, binds, order, call, shape, locksReads),
    );
    return new StatementContext(
      signal,
      new StatementMemory(shape.unlimitedMemory ? Number.MAX_SAFE_INTEGER : maxMemoryRows),
      session,
      shape.tabletType,
      gateway,
      new ShardConnections(session, gateway),
      sequences,
      transactions,
      scratchConnections,
      shape,
      lookups,
      call.stats,
      session.workload === 'OLAP' ? spillFiles : undefined,
      onQuery,
    );
  }

  /** Removes entries of lookups that no row needs any more, in transactions that commit after the rows. */
  async removeUnused(session: Session, entries: readonly LookupEntry[], given: CallContext): Promise<void> {
    const { vschema } = this.parts.schema.current();
    const call = { ...given, signal: given.signal ?? new AbortController().signal };
    const shape: StatementShape = {
      tabletType: TabletType.PRIMARY,
      call,
      inTransaction: true,
      settings: settingsOf(session),
    };
    const { lookups } = this.make({ session, call, stats: { shardQueries: 0 } }, shape, true);
    for (const entry of entries) {
      await lookupOperations(vschema, entry.keyspace, entry.vindex).removeUnused(lookups, entry);
    }
  }

  /** Runs a statement on a lookup table, in the part of the session's transaction that the order names. */
  private async runInner(
    sql: string,
    bindVariables: BindVariables,
    order: LookupOrder,
    call: InnerCall,
    shape: StatementShape,
    locksReads: boolean,
  ): Promise<Result> {
    const { planner } = this.parts;
    const prepared = planner.lookUp(call.session, { text: sql, params: 0 }, bindVariables, {});
    const { plan } = planner.resolve(prepared, bindVariables, call.session);
    if (order === 'autocommit') return this.runApart(plan, bindVariables, call, shape);
    const inner: StatementShape = {
      ...shape,
      unguarded: false,
      joins: shape.inTransaction,
      fetchLastInsertId: false,
      ...(order === 'normal' ? {} : { commitOrder: order }),
    };
    return runPlan(plan, this.make(call, inner, locksReads || plan.isDml), bindVariables);
  }

  /** Runs a statement in no transaction of the session. */
  private async runApart(
    plan: Plan,
    bindVariables: BindVariables,
    call: InnerCall,
    shape: StatementShape,
  ): Promise<Result> {
    const session = apart(call.session);
    const run = async function* (this: StatementContexts, inTransaction: boolean): AsyncGenerator<Result> {
      const context = this.make({ ...call, session }, { ...shape, inTransaction }, inTransaction);
      yield* plan.primitive.execute(context, bindVariables);
    }.bind(this);
    if (!plan.isDml)
      return runPlan(
        plan,
        this.make({ ...call, session }, { ...shape, inTransaction: false }, false),
        bindVariables,
      );
    return joinResults(await this.parts.runner.write(session, call.call, false, run));
  }
}

async function runPlan(plan: Plan, context: StatementContext, bindVariables: BindVariables): Promise<Result> {
  const results: Result[] = [];
  for await (const result of plan.primitive.execute(context, bindVariables)) results.push(result);
  return joinResults(results);
}

/** The session as a statement sees it that runs in no transaction of it. */
function apart(session: Session): Session {
  return {
    ...session,
    inTransaction: false,
    autocommit: true,
    failedTransaction: undefined,
    transaction: {},
    shardSessions: [],
    savepoints: [],
    lookupRemovals: [],
    warnings: [],
  };
}
