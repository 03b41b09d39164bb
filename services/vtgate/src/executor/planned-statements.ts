import {
  parse,
  type Ddl,
  type LexOptions,
  type NormalizedQuery,
  type Statement,
  type TableName,
} from '@vitess-ts/sqlparser';
import {
  bindVariableOf,
  type BindVariables,
  type Field,
  type Result,
  type Warning,
} from '@vitess-ts/sqltypes';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import type { BoundQuery } from '@vitess-ts/queryservice';
import type { ResolvedShard } from '../engine/primitive';
import { Dml } from '../engine/dml';
import { TracedPlan } from '../engine/trace/traced-plan';
import type { Session } from '../session/session';
import type { ColumnUsage } from '../planner/column-usage';
import type { Plan } from '../planner/plan';
import type { Backend } from './backend';
import { settingsOf } from './backend';
import type { Gateway } from './gateway';
import { runLockQuery } from './lock-functions';
import type { CachedPlan, PlanCache, PreparedStatement } from './plan-cache';
import type { SchemaSource } from './schema-source';
import { sessionBindVariables, type SessionValue } from './session-expressions';
import type { StatementShape } from './shard-connections';
import type { StatementContexts } from './statement-contexts';
import type { StatementCall } from './statement-call';
import { StatementClock } from './statement-clock';
import type { StatementContext } from './statement-context';
import { meansOneShard, type StatementPlanner } from './statement-planner';
import { joinResults, type StatementRunner, type Work } from './statement-runner';
import { logicalRows, nameColumns, type NameColumn } from './system-schema/logical-rows';
import type { Transactions } from './transactions';
import { assignVariables, selectInto } from './user-variables';

/** Told of each query and the shard that it goes to. */
export type OnQuery = (shard: ResolvedShard, query: BoundQuery) => void;

interface RunOptions {
  onQuery?: OnQuery;
  readsClock?: boolean;
  fetchLastInsertId?: boolean;
}

/** SELECT, DML and DDL: runs their plans in the right transaction. */
export class PlannedStatements {
  constructor(
    /** Statements that reach all shards of a keyspace are refused. */
    private readonly noScatter: boolean,
    private readonly planner: StatementPlanner,
    private readonly schema: SchemaSource,
    private readonly gateway: Gateway,
    private readonly backend: Backend,
    private readonly transactions: Transactions,
    private readonly runner: StatementRunner,
    private readonly contexts: StatementContexts,
  ) {}

  get cache(): PlanCache {
    return this.planner.cache;
  }

  /** Throws what planning says; what running says comes with the results. */
  execute(
    query: NormalizedQuery,
    call: StatementCall,
    lexOptions: LexOptions,
  ): AsyncIterableIterator<Result> {
    const given = { ...call.bindVariables, ...query.bindVars };
    const prepared = this.planner.lookUp(
      call.session,
      query,
      given,
      lexOptions,
      call.directives.skipPlanCache,
    );
    return this.runPrepared(prepared, given, call);
  }

  /** The columns that a statement will have; none when it gives no rows. Nothing of it runs. */
  async fields(query: NormalizedQuery, call: StatementCall, lexOptions: LexOptions): Promise<Field[]> {
    const { session } = call;
    const given = { ...call.bindVariables, ...query.bindVars };
    const prepared = this.planner.lookUp(session, query, given, lexOptions);
    if (prepared.route.kind === 'locks' || prepared.targets?.kind === 'into') return [];
    const { plan, sessionValues } = this.planner.resolve(prepared, given, session);
    const values = sessionBindVariables(sessionValues, session, this.backend);
    const context = this.contextOf(plan, call, {}, false);
    return plan.primitive.fields(context, { ...given, ...values });
  }

  /** The plan alone, for VEXPLAIN; nothing runs. */
  plan(statement: Statement, sql: string, session: Session): Plan {
    return this.planner.resolve(this.planner.prepare(statement, sql, session), {}, session).plan;
  }

  /** Which columns a statement uses for what, for VEXPLAIN KEYS; nothing runs. */
  columnUsage(statement: Statement, session: Session): ColumnUsage {
    return this.planner.columnUsage(statement, session);
  }

  /** Runs a statement and tells each query that it sends, for VEXPLAIN QUERIES. Its rows are read and dropped. */
  async runTraced(statement: Statement, call: StatementCall, onQuery: OnQuery): Promise<void> {
    const results = this.runStatement(statement, call, onQuery);
    while (!(await results.next()).done);
  }

  /** Runs a statement and writes down what each of its primitives does. Its rows are read and dropped. */
  async trace(statement: Statement, call: StatementCall): Promise<TracedPlan> {
    const { session, bindVariables } = call;
    const prepared = this.planner.prepare(statement, call.sql, session);
    const cached = this.planner.resolve(prepared, bindVariables, session);
    this.checkScatter(cached, call);
    const traced = new TracedPlan(cached.plan.primitive);
    const values = { ...bindVariables, ...sessionBindVariables(cached.sessionValues, session, this.backend) };
    const plan = { ...cached.plan, primitive: traced.primitive };
    const results = this.run(prepared, { ...cached, plan }, values, call);
    while (!(await results.next()).done);
    return traced;
  }

  private checkScatter({ scatters }: CachedPlan, call: StatementCall): void {
    if (scatters && this.noScatter && !call.directives.allowScatter) throw scatterRefused();
  }

  private runStatement(
    statement: Statement,
    call: StatementCall,
    onQuery?: OnQuery,
  ): AsyncIterableIterator<Result> {
    return this.runPrepared(
      this.planner.prepare(statement, call.sql, call.session),
      call.bindVariables,
      call,
      onQuery,
    );
  }

  private runPrepared(
    prepared: PreparedStatement,
    given: BindVariables,
    call: StatementCall,
    onQuery?: OnQuery,
  ): AsyncIterableIterator<Result> {
    const results = this.rowsOf(prepared, given, call, onQuery);
    const isPlain = prepared.targets === undefined && !prepared.count;
    return isPlain ? results : this.withSideEffects(prepared, results, given, call);
  }

  private async *withSideEffects(
    { targets, count }: PreparedStatement,
    results: AsyncIterable<Result>,
    given: BindVariables,
    call: StatementCall,
  ): AsyncGenerator<Result> {
    const { session } = call;
    if (targets === undefined) yield* results;
    else if (targets.kind === 'assign') yield* assignVariables(results, targets.names, session);
    else yield await selectInto(results, targets.names, session);
    if (count) call.foundRows = await this.countRows(count, given, call);
  }

  private async countRows(
    count: PreparedStatement,
    given: BindVariables,
    call: StatementCall,
  ): Promise<bigint> {
    let rows = 0n;
    for await (const result of this.rowsOf(count, given, call)) {
      for (let i = 0; i < result.rows.length; i++) rows = BigInt(String(result.rows.value(i, 0) ?? 0));
    }
    return rows;
  }

  private rowsOf(
    prepared: PreparedStatement,
    given: BindVariables,
    call: StatementCall,
    onQuery?: OnQuery,
  ): AsyncIterableIterator<Result> {
    const { session } = call;
    const { route } = prepared;
    const withSession = (values: readonly SessionValue[]): BindVariables =>
      values.length === 0 ? given : { ...given, ...sessionBindVariables(values, session, this.backend) };
    if (route.kind === 'locks') {
      const query = { sql: route.sql, bindVariables: withSession(route.sessionValues) };
      return this.locks(query, call);
    }
    const cached = this.planner.resolve(prepared, given, session);
    this.checkScatter(cached, call);
    const values = withSession(cached.sessionValues);
    if (prepared.locks !== undefined) {
      const calls = prepared.locks.map((lock) => ({
        variable: lock.variable,
        query: { sql: lock.sql, bindVariables: withSession(lock.sessionValues) },
      }));
      return this.afterLocks(calls, call, (locks) =>
        this.run(prepared, cached, { ...values, ...locks }, call, onQuery),
      );
    }
    const rows = this.run(prepared, cached, values, call, onQuery);
    return route.kind === 'system' ? this.withLogicalNames(rows) : rows;
  }

  private async *locks(query: BoundQuery, call: StatementCall): AsyncGenerator<Result> {
    yield await runLockQuery(query, call, this.gateway);
  }

  /** Runs the calls of lock functions one after the other, then the query that uses their values. */
  private async *afterLocks(
    calls: readonly { variable: string; query: BoundQuery }[],
    call: StatementCall,
    run: (values: BindVariables) => AsyncIterable<Result>,
  ): AsyncGenerator<Result> {
    const values: BindVariables = {};
    for (const { variable, query } of calls) {
      const { fields, rows } = await runLockQuery(query, call, this.gateway);
      values[variable] = bindVariableOf(fields[0].type, rows.value(0, 0));
    }
    yield* run(values);
  }

  private async *withLogicalNames(results: AsyncIterable<Result>): AsyncGenerator<Result> {
    const keyspaces = new Set(this.gateway.keyspaces());
    let columns: NameColumn[] | undefined;
    for await (const result of results) {
      columns ??= nameColumns(result.fields);
      yield logicalRows(result, columns, keyspaces);
    }
  }

  /** Runs a SELECT of the gate's own within the session, and gives its whole result. */
  async select(sql: string, call: StatementCall): Promise<Result> {
    const statement = parse(sql, {});
    const results: Result[] = [];
    for await (const result of this.runStatement(statement, { ...call, sql })) results.push(result);
    return joinResults(results);
  }

  /** The keyspace that a table named in SHOW or DESCRIBE lies in. Throws 1046, 1049 and 1146 as MySQL does. */
  keyspaceOfTable(table: TableName, session: Session): string {
    if (table.keyspace !== undefined) return table.keyspace;
    if (session.target.keyspace !== '') return session.target.keyspace;
    return this.schema.current().vschema.findTable(undefined, table.name).keyspace.name;
  }

  /** DDL commits what is open before it, as in MySQL, and is not cached. */
  async *executeDdl(statement: Ddl, call: StatementCall): AsyncGenerator<Result> {
    const { session } = call;
    if (statement.temporary) throw temporaryTable();
    if (session.inTransaction) await this.transactions.commit(session, call.call);
    const plan = this.planner.ddl(statement, session);
    const results: Result[] = [];
    try {
      for await (const result of this.work(plan, call.bindVariables, call, {})(false)) results.push(result);
    } finally {
      session.warnings = withoutRepeats(session.warnings);
      // Also after a failure: some shards may have changed.
      await this.schema.refresh(keyspacesOf(plan, session), call.call.signal);
    }
    yield joinResults(results);
  }

  private run(
    prepared: PreparedStatement,
    { plan, readsClock }: CachedPlan,
    bindVariables: BindVariables,
    call: StatementCall,
    onQuery?: OnQuery,
  ): AsyncIterableIterator<Result> {
    const work = this.work(plan, bindVariables, call, {
      onQuery,
      readsClock,
      fetchLastInsertId: prepared.setsLastInsertId,
    });
    return plan.isDml ? this.write(plan, call, work) : this.runner.read(call.session, call.call, work);
  }

  private async *write(plan: Plan, call: StatementCall, work: Work): AsyncGenerator<Result> {
    const results = await this.runner.write(call.session, call.call, meansOneShard(plan), work);
    yield joinResults(results);
  }

  private work(plan: Plan, bindVariables: BindVariables, call: StatementCall, how: RunOptions): Work {
    const { session } = call;
    call.stats.planned(plan);
    return (inTransaction) => {
      const context = this.contextOf(plan, call, how, inTransaction);
      return new AbsorbedResults(plan.primitive.execute(context, bindVariables), context, session);
    };
  }

  private contextOf(
    plan: Plan,
    call: StatementCall,
    how: RunOptions,
    inTransaction: boolean,
  ): StatementContext {
    const { session, directives } = call;
    // a time that the session has set is that of all shards already
    const clock = how.readsClock && !session.systemVariables.has('timestamp');
    const shape: StatementShape = {
      tabletType: this.backend.tabletType(session),
      call: call.call,
      inTransaction,
      settings: settingsOf(session),
      fetchLastInsertId: how.fetchLastInsertId,
      // a write in several steps needs the transaction
      multiShardAutocommit:
        directives.multiShardAutocommit && session.autocommit && plan.primitive instanceof Dml,
      tabletOptions: directives.tablet,
      goesWithout: directives.scatterErrorsAsWarnings,
      unlimitedMemory: directives.ignoreMaxMemoryRows,
      ...(clock && { clock: new StatementClock(Date.now()) }),
      unguarded: plan.isDml && meansOneShard(plan),
      deadlocks: this.transactions.deadlocks,
    };
    return this.contexts.make(call, shape, plan.isDml && inTransaction, how.onQuery);
  }
}

function scatterRefused(): VtError {
  return new VtError(
    Code.FAILED_PRECONDITION,
    'plan includes scatter, which is disallowed using the `no_scatter` command line argument; restrict the statement ' +
      'by a condition on a vindex column, or add the directive /*vt+ ALLOW_SCATTER */',
  );
}

/** Keeps the ids that the results carry, in the session. No generator: every result of every statement comes by. */
class AbsorbedResults implements AsyncIterableIterator<Result> {
  private readonly inner: AsyncIterator<Result>;

  constructor(
    results: AsyncIterable<Result>,
    private readonly context: StatementContext,
    private readonly session: Session,
  ) {
    this.inner = results[Symbol.asyncIterator]();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<Result>> {
    return this.inner.next().then(this.absorb);
  }

  async return(): Promise<IteratorResult<Result>> {
    await this.inner.return?.();
    return { done: true, value: undefined };
  }

  private readonly absorb = (step: IteratorResult<Result>): IteratorResult<Result> => {
    const { context, session } = this;
    if (step.done) {
      if (context.lastInsertId !== undefined) session.lastInsertId = context.lastInsertId;
    } else if (step.value.insertId !== 0n || step.value.insertIdChanged) {
      session.lastInsertId = step.value.insertId;
    }
    return step;
  };
}

/** What every shard says of the same DDL statement is said once. */
function withoutRepeats(warnings: readonly Warning[]): Warning[] {
  const texts = new Set<string>();
  return warnings.filter(({ level, code, message }) => {
    const text = `${level} ${code} ${message}`;
    return !texts.has(text) && texts.add(text);
  });
}

/** It would stay on a connection that other sessions use as well. */
function temporaryTable(): VtError {
  return new VtError(
    Code.UNIMPLEMENTED,
    'unsupported: temporary tables; use a common table expression, or a table of its own name',
    { id: 'VT12001', errno: 1235, sqlstate: '42000' },
  );
}

function keyspacesOf(plan: Plan, session: Session): string[] {
  const named = plan.tablesUsed.map((t) => t.slice(0, t.indexOf('.'))).filter((k) => k !== '');
  if (named.length > 0) return [...new Set(named)];
  if (session.target.keyspace === '') throw new SqlError(1046, '3D000', 'No database selected');
  return [session.target.keyspace];
}
