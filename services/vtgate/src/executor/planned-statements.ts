import {
  parse,
  type Ddl,
  type LexOptions,
  type NormalizedQuery,
  type Statement,
  type TableName,
} from '@vitess-ts/sqlparser';
import { typeName, type BindVariables, type Result } from '@vitess-ts/sqltypes';
import { formatTarget } from '@vitess-ts/key';
import { SqlError } from '@vitess-ts/vterrors';
import type { BoundQuery } from '@vitess-ts/queryservice';
import type { ResolvedShard } from '../engine/primitive';
import type { Session } from '../session/session';
import { MAX_WARNINGS } from '../session/warnings';
import type { BuildPlan, Plan, PlanningContext } from '../planner/plan';
import { sqlModeOf } from '../variables/session-variables';
import type { Backend } from './backend';
import { settingsOf } from './backend';
import type { Gateway } from './gateway';
import { PlanCache, type CachedPlan } from './plan-cache';
import type { SchemaSource } from './schema-source';
import type { Sequences } from './sequences';
import { replaceSessionValues, sessionBindVariables } from './session-expressions';
import { ShardConnections, type StatementShape } from './shard-connections';
import type { StatementCall } from './statement-call';
import { StatementContext } from './statement-context';
import { joinResults, type StatementRunner, type Work } from './statement-runner';
import type { Transactions } from './transactions';

export interface PlannedStatementsOptions {
  maxMemoryRows: number;
  planCacheBytes: number;
  /** What the servers behind speak. */
  dialect: 'mariadb' | 'mysql';
}

/** Told of each query and the shard that it goes to. */
export type OnQuery = (shard: ResolvedShard, query: BoundQuery) => void;

/** SELECT, DML and DDL: looks the plan up or builds it, and runs it in the right transaction. */
export class PlannedStatements {
  readonly cache: PlanCache;

  constructor(
    private readonly options: PlannedStatementsOptions,
    private readonly buildPlan: BuildPlan,
    private readonly schema: SchemaSource,
    private readonly gateway: Gateway,
    private readonly backend: Backend,
    private readonly sequences: Sequences,
    private readonly transactions: Transactions,
    private readonly runner: StatementRunner,
  ) {
    this.cache = new PlanCache(options.planCacheBytes);
  }

  async *execute(
    query: NormalizedQuery,
    call: StatementCall,
    lexOptions: LexOptions,
  ): AsyncGenerator<Result> {
    const { session } = call;
    const given = { ...call.bindVariables, ...query.bindVars };
    const cached = this.lookUp(session, query.text, given, lexOptions);
    const bindVariables = { ...given, ...sessionBindVariables(cached.sessionValues, session, this.backend) };
    yield* this.run(cached.plan, bindVariables, call);
  }

  /** The plan alone, for VEXPLAIN; nothing runs. */
  plan(statement: Statement, sql: string, session: Session): Plan {
    const replaced = replaceSessionValues(statement, this.backend, session);
    return this.buildPlan(replaced.statement, sql, this.planningContext(session));
  }

  /** Runs a statement and tells each query that it sends, for VEXPLAIN QUERIES. Its rows are read and dropped. */
  async runTraced(statement: Statement, call: StatementCall, onQuery: OnQuery): Promise<void> {
    const results = this.runStatement(statement, call, onQuery);
    while (!(await results.next()).done);
  }

  private runStatement(statement: Statement, call: StatementCall, onQuery?: OnQuery): AsyncGenerator<Result> {
    const replaced = replaceSessionValues(statement, this.backend, call.session);
    const plan = this.buildPlan(replaced.statement, call.sql, this.planningContext(call.session));
    const values = sessionBindVariables(replaced.values, call.session, this.backend);
    return this.run(plan, { ...call.bindVariables, ...values }, call, onQuery);
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
    if (session.inTransaction && !statement.temporary) await this.transactions.commit(session, call.call);
    const plan = this.buildPlan(statement, call.sql, this.planningContext(session));
    const results: Result[] = [];
    try {
      for await (const result of this.work(plan, call.bindVariables, call)(false)) results.push(result);
    } finally {
      // Also after a failure: some shards may have changed.
      await this.schema.refresh(keyspacesOf(plan, session), call.call.signal);
    }
    yield joinResults(results);
  }

  private async *run(
    plan: Plan,
    bindVariables: BindVariables,
    call: StatementCall,
    onQuery?: OnQuery,
  ): AsyncGenerator<Result> {
    const work = this.work(plan, bindVariables, call, onQuery);
    if (!plan.isDml) {
      yield* this.runner.read(call.session, call.call, work);
      return;
    }
    const oneShard = plan.type === 'Local' || plan.type === 'Passthrough';
    const results = await this.runner.write(call.session, call.call, oneShard, work);
    yield joinResults(results);
  }

  private work(plan: Plan, bindVariables: BindVariables, call: StatementCall, onQuery?: OnQuery): Work {
    const { session } = call;
    return (inTransaction) => {
      const shape: StatementShape = {
        tabletType: this.backend.tabletType(session),
        call: call.call,
        inTransaction,
        settings: settingsOf(session),
      };
      const context = new StatementContext(
        call.call.signal,
        this.options.maxMemoryRows,
        session,
        shape.tabletType,
        this.gateway,
        new ShardConnections(session, this.gateway),
        this.sequences,
        shape,
        onQuery,
      );
      return absorb(plan.primitive.execute(context, bindVariables), context, session);
    };
  }

  private lookUp(
    session: Session,
    text: string,
    bindVariables: BindVariables,
    lexOptions: LexOptions,
  ): CachedPlan {
    const key = this.keyOf(session, text, bindVariables, lexOptions);
    const found = this.cache.get(key);
    if (found) return found;
    const statement = parse(text, lexOptions);
    const replaced = replaceSessionValues(statement, this.backend, session);
    const plan = this.buildPlan(replaced.statement, text, this.planningContext(session));
    const cached: CachedPlan = { plan, statement: replaced.statement, sessionValues: replaced.values };
    this.cache.set(key, cached);
    return cached;
  }

  private planningContext(session: Session): PlanningContext {
    const { vschema } = this.schema.current();
    const { keyspace, destination } = session.target;
    return {
      vschema,
      target: keyspace === '' ? undefined : { keyspace, destination },
      tabletType: this.backend.tabletType(session),
      collation: session.collation,
      sqlMode: sqlModeOf(session),
      dialect: this.options.dialect,
    };
  }

  /** All that a plan depends on beside code: see the fields in order. */
  private keyOf(
    session: Session,
    text: string,
    bindVariables: BindVariables,
    lexOptions: LexOptions,
  ): string {
    const types = Object.values(bindVariables).map((v) => typeName(v.type));
    return [
      this.schema.current().version,
      formatTarget(session.target),
      session.collation,
      sqlModeOf(session),
      lexOptions.encoding ?? 'utf8',
      types.join(','),
      text.includes('@@') ? gateAnswers(session) : '',
      text,
    ].join('\u0000');
  }
}

/** Keeps warnings and ids that the results carry, in the session. */
async function* absorb(
  results: AsyncIterable<Result>,
  context: StatementContext,
  session: Session,
): AsyncGenerator<Result> {
  for await (const result of results) {
    for (const warning of result.warningList ?? []) {
      if (session.warnings.length < MAX_WARNINGS) session.warnings.push(warning);
    }
    if (result.insertId !== 0n) session.lastInsertId = result.insertId;
    yield result;
  }
  if (context.lastInsertId !== undefined) session.lastInsertId = context.lastInsertId;
}

function keyspacesOf(plan: Plan, session: Session): string[] {
  const named = plan.tablesUsed.map((t) => t.slice(0, t.indexOf('.'))).filter((k) => k !== '');
  if (named.length > 0) return [...new Set(named)];
  if (session.target.keyspace === '') throw new SqlError(1046, '3D000', 'No database selected');
  return [session.target.keyspace];
}

/** Which variables the gate answers for this session: a plan that reads one takes it from there or from the shard. */
function gateAnswers(session: Session): string {
  const names = [...session.gateVariables.keys(), ...Object.keys(session.transactionDefaults)];
  if (session.sqlSelectLimit !== undefined) names.push('sql_select_limit');
  return names.sort().join(',');
}
