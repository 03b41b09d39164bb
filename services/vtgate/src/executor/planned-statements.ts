import {
  parse,
  type Ddl,
  type FunctionCall,
  type LexOptions,
  type NormalizedQuery,
  type Select,
  type Statement,
  type TableName,
} from '@vitess-ts/sqlparser';
import { typeName, type BindVariables, type Result, type Warning } from '@vitess-ts/sqltypes';
import { anyShard, formatTarget, type Destination } from '@vitess-ts/key';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import type { BoundQuery } from '@vitess-ts/queryservice';
import type { ResolvedShard } from '../engine/primitive';
import type { Session } from '../session/session';
import type { BuildPlan, Plan, PlanningContext } from '../planner/plan';
import { sqlText } from '../planner/sql-text';
import { contains, isQuery, type Kinded } from '../planner/syntax-tree';
import { sqlModeOf } from '../variables/session-variables';
import type { Backend } from './backend';
import { settingsOf } from './backend';
import type { Gateway } from './gateway';
import { asLockQuery, runLockQuery } from './lock-functions';
import { withParameterColumns } from './parameter-columns';
import { PlanCache, type CachedPlan, type PreparedStatement } from './plan-cache';
import type { SchemaSource } from './schema-source';
import type { Sequences } from './sequences';
import { replaceSessionValues, sessionBindVariables, type SessionValue } from './session-expressions';
import { ShardConnections, type StatementShape } from './shard-connections';
import type { StatementCall } from './statement-call';
import { StatementContext } from './statement-context';
import { joinResults, type StatementRunner, type Work } from './statement-runner';
import { logicalQuery } from './system-schema/logical-query';
import { logicalRows, nameColumns, type NameColumn } from './system-schema/logical-rows';
import { isSystemSchema } from './system-schema/schema-columns';
import { answeringKeyspace, asSystemQuery } from './system-schema/system-query';
import type { Transactions } from './transactions';
import { assignVariables, selectInto, separateVariables } from './user-variables';

export interface PlannedStatementsOptions {
  maxMemoryRows: number;
  planCacheBytes: number;
  /** What the servers behind speak. */
  dialect: 'mariadb' | 'mysql';
}

/** Told of each query and the shard that it goes to. */
export type OnQuery = (shard: ResolvedShard, query: BoundQuery) => void;

interface RunOptions {
  onQuery?: OnQuery;
  fetchLastInsertId?: boolean;
}

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
    const given = { ...call.bindVariables, ...query.bindVars };
    const prepared = this.lookUp(call.session, query, given, lexOptions);
    yield* this.runPrepared(prepared, given, call);
  }

  /** The plan alone, for VEXPLAIN; nothing runs. */
  plan(statement: Statement, sql: string, session: Session): Plan {
    return this.resolve(this.prepare(statement, sql, session), {}, session).plan;
  }

  /** Runs a statement and tells each query that it sends, for VEXPLAIN QUERIES. Its rows are read and dropped. */
  async runTraced(statement: Statement, call: StatementCall, onQuery: OnQuery): Promise<void> {
    const results = this.runStatement(statement, call, onQuery);
    while (!(await results.next()).done);
  }

  private runStatement(statement: Statement, call: StatementCall, onQuery?: OnQuery): AsyncGenerator<Result> {
    return this.runPrepared(
      this.prepare(statement, call.sql, call.session),
      call.bindVariables,
      call,
      onQuery,
    );
  }

  private async *runPrepared(
    prepared: PreparedStatement,
    given: BindVariables,
    call: StatementCall,
    onQuery?: OnQuery,
  ): AsyncGenerator<Result> {
    const { session } = call;
    const results = this.rowsOf(prepared, given, call, onQuery);
    const { targets } = prepared;
    if (targets === undefined) yield* results;
    else if (targets.kind === 'assign') yield* assignVariables(results, targets.names, session);
    else yield await selectInto(results, targets.names, session);
  }

  private async *rowsOf(
    prepared: PreparedStatement,
    given: BindVariables,
    call: StatementCall,
    onQuery?: OnQuery,
  ): AsyncGenerator<Result> {
    const { session } = call;
    const { route } = prepared;
    const withSession = (values: readonly SessionValue[]): BindVariables => ({
      ...given,
      ...sessionBindVariables(values, session, this.backend),
    });
    if (route.kind === 'locks') {
      const query = { sql: route.sql, bindVariables: withSession(route.sessionValues) };
      yield await runLockQuery(query, call, this.gateway);
      return;
    }
    const { plan, sessionValues } = this.resolve(prepared, given, session);
    const rows = this.run(prepared, plan, withSession(sessionValues), call, onQuery);
    yield* route.kind === 'system' ? this.withLogicalNames(rows) : rows;
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
    const plan = this.buildPlan(statement, call.sql, this.planningContext(session));
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

  private async *run(
    prepared: PreparedStatement,
    plan: Plan,
    bindVariables: BindVariables,
    call: StatementCall,
    onQuery?: OnQuery,
  ): AsyncGenerator<Result> {
    const work = this.work(plan, bindVariables, call, {
      onQuery,
      fetchLastInsertId: prepared.setsLastInsertId,
    });
    if (!plan.isDml) {
      yield* this.runner.read(call.session, call.call, work);
      return;
    }
    const oneShard = plan.type === 'Local' || plan.type === 'Passthrough';
    const results = await this.runner.write(call.session, call.call, oneShard, work);
    yield joinResults(results);
  }

  private work(plan: Plan, bindVariables: BindVariables, call: StatementCall, how: RunOptions): Work {
    const { session } = call;
    call.stats.planned(plan);
    return (inTransaction) => {
      const shape: StatementShape = {
        tabletType: this.backend.tabletType(session),
        call: call.call,
        inTransaction,
        settings: settingsOf(session),
        fetchLastInsertId: how.fetchLastInsertId,
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
        call.stats,
        how.onQuery,
      );
      return absorb(plan.primitive.execute(context, bindVariables), context, session);
    };
  }

  private lookUp(
    session: Session,
    { text, params }: NormalizedQuery,
    bindVariables: BindVariables,
    lexOptions: LexOptions,
  ): PreparedStatement {
    const key = this.keyOf(session, params > 0 ? `?${text}` : text, bindVariables, lexOptions);
    const found = this.cache.get(key);
    if (found) return found;
    const statement = parse(text, lexOptions);
    const prepared = this.prepare(
      params > 0 ? withParameterColumns(statement, bindVariables) : statement,
      text,
      session,
    );
    this.cache.set(key, prepared);
    return prepared;
  }

  private prepare(parsed: Statement, text: string, session: Session): PreparedStatement {
    const { statement, targets } = separateVariables(parsed);
    const setsLastInsertId = isQuery(statement) && contains(statement, isLastInsertIdOf);
    const { keyspace } = session.target;
    const system = asSystemQuery(statement, isSystemSchema(keyspace) ? keyspace : undefined);
    if (system !== undefined)
      return { targets, setsLastInsertId, route: { kind: 'system', system, plans: new Map() } };
    const locks = asLockQuery(statement);
    if (locks !== undefined) return { targets, setsLastInsertId, route: this.lockRoute(locks, session) };
    const cached = this.build(statement, text, session, this.planningContext(session));
    return { targets, setsLastInsertId, route: { kind: 'plan', cached } };
  }

  private lockRoute(query: Select, session: Session): PreparedStatement['route'] {
    const { statement, values } = replaceSessionValues(query, this.backend, session);
    const sql = sqlText(statement, { dialect: this.options.dialect });
    return { kind: 'locks', query, sql, sessionValues: values };
  }

  private build(statement: Statement, text: string, session: Session, context: PlanningContext): CachedPlan {
    const replaced = replaceSessionValues(statement, this.backend, session);
    return {
      plan: this.buildPlan(replaced.statement, text, context),
      sessionValues: replaced.values,
    };
  }

  /** The plan for these values. */
  private resolve({ route }: PreparedStatement, given: BindVariables, session: Session): CachedPlan {
    if (route.kind === 'plan') return route.cached;
    // A query with locks has no plan; planning it says so.
    if (route.kind === 'locks') return this.build(route.query, '', session, this.planningContext(session));
    const keyspaces = this.gateway.keyspaces();
    const keyspace = answeringKeyspace(route.system, given, session.target, new Set(keyspaces), () =>
      this.backend.defaultKeyspace(session),
    );
    let cached = route.plans.get(keyspace);
    if (cached === undefined) {
      const { dialect } = this.options;
      const query = logicalQuery(route.system.query, { keyspace, keyspaces, dialect });
      const target = { keyspace, destination: this.oneShardOf(keyspace, session) };
      cached = this.build(query, '', session, { ...this.planningContext(session), target });
      route.plans.set(keyspace, cached);
    }
    return cached;
  }

  /** The shard that the session has selected, or any: system tables are the same on all. */
  private oneShardOf(keyspace: string, { target }: Session): Destination {
    const { destination } = target;
    return target.keyspace === keyspace && destination?.kind === 'shard' ? destination : anyShard;
  }

  private planningContext(session: Session): PlanningContext {
    const { vschema } = this.schema.current();
    const { keyspace, destination } = session.target;
    return {
      vschema,
      target: keyspace === '' || isSystemSchema(keyspace) ? undefined : { keyspace, destination },
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
      text.includes('@') ? sessionTypes(session) : '',
      text,
    ].join('\u0000');
  }
}

/** LAST_INSERT_ID(x), which sets what LAST_INSERT_ID() gives. */
const isLastInsertIdOf = (node: Kinded): boolean =>
  node.kind === 'function' &&
  (node as FunctionCall).name === 'last_insert_id' &&
  (node as FunctionCall).args.length > 0;

/** Keeps the ids that the results carry, in the session. */
async function* absorb(
  results: AsyncIterable<Result>,
  context: StatementContext,
  session: Session,
): AsyncGenerator<Result> {
  for await (const result of results) {
    if (result.insertId !== 0n || result.insertIdChanged) session.lastInsertId = result.insertId;
    yield result;
  }
  if (context.lastInsertId !== undefined) session.lastInsertId = context.lastInsertId;
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

/**
 * What of the session decides how a plan reads it: which variables the gate answers (the others are the shard's), and
 * the types of user variables.
 */
function sessionTypes(session: Session): string {
  const { isolation, readOnly } = session.transactionDefaults;
  const names = [...session.gateVariables.keys()];
  if (isolation !== undefined) names.push('isolation');
  if (readOnly !== undefined) names.push('readOnly');
  if (session.sqlSelectLimit !== undefined) names.push('sql_select_limit');
  const types = [...session.userVariables].map(([name, value]) => `@${name}:${value.type}`);
  return [...names, ...types].sort().join(',');
}
