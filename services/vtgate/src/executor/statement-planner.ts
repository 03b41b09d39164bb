import {
  parse,
  type Ddl,
  type FunctionCall,
  type LexOptions,
  type NormalizedQuery,
  type Select,
  type Statement,
} from '@vitess-ts/sqlparser';
import { typeName, type BindVariables } from '@vitess-ts/sqltypes';
import { assert } from '@vitess-ts/base';
import { anyShard, formatTarget, type Destination } from '@vitess-ts/key';
import type { PrimitiveDescription } from '../engine/primitive';
import { columnUsage, type ColumnUsage } from '../planner/column-usage';
import type { BuildPlan, Plan, PlanningContext } from '../planner/plan';
import { sqlText } from '../planner/sql-text';
import { contains, isQuery, type Kinded } from '../planner/syntax-tree';
import type { Session } from '../session/session';
import { sqlModeOf } from '../variables/session-variables';
import type { Backend } from './backend';
import { asCountedSelect } from './found-rows';
import type { Gateway } from './gateway';
import { asLockQuery, separateLocks, type LockCall } from './lock-functions';
import { withParameterColumns } from './parameter-columns';
import { PlanCache, type CachedPlan, type PreparedStatement } from './plan-cache';
import type { SchemaSource } from './schema-source';
import { readsClock } from './statement-clock';
import { replaceSessionValues } from './session-expressions';
import { logicalQuery } from './system-schema/logical-query';
import { isSystemSchema } from './system-schema/schema-columns';
import { answeringKeyspace, asSystemQuery } from './system-schema/system-query';
import { separateVariables } from './user-variables';

export interface StatementPlannerOptions {
  planCacheBytes: number;
  /** What the servers behind speak. */
  dialect: 'mariadb' | 'mysql';
}

/** From statements to plans: what a session's state makes of a text, by way of the plan cache. */
export class StatementPlanner {
  readonly cache: PlanCache;

  constructor(
    private readonly options: StatementPlannerOptions,
    private readonly buildPlan: BuildPlan,
    private readonly schema: SchemaSource,
    private readonly gateway: Pick<Gateway, 'keyspaces'>,
    private readonly backend: Backend,
  ) {
    this.cache = new PlanCache(options.planCacheBytes);
  }

  columnUsage(statement: Statement, session: Session): ColumnUsage {
    return columnUsage(statement, this.context(session));
  }

  ddl(statement: Ddl, session: Session): Plan {
    return this.buildPlan(statement, statement.text, this.context(session));
  }

  /** The cached statement for a text, prepared now if it is new. */
  lookUp(
    session: Session,
    { text, params }: Pick<NormalizedQuery, 'text' | 'params'>,
    bindVariables: BindVariables,
    lexOptions: LexOptions,
    skipCache = false,
  ): PreparedStatement {
    const key = this.keyOf(session, params > 0 ? `?${text}` : text, bindVariables, lexOptions);
    const found = skipCache ? undefined : this.cache.get(key);
    if (found) return found;
    const statement = parse(text, lexOptions);
    const prepared = this.prepare(
      params > 0 ? withParameterColumns(statement, bindVariables) : statement,
      text,
      session,
    );
    if (!skipCache) this.cache.set(key, prepared);
    return prepared;
  }

  /** Plans as far as the statement alone decides. Throws what is wrong with it. */
  prepare(parsed: Statement, text: string, session: Session): PreparedStatement {
    const counted = asCountedSelect(parsed);
    if (counted !== undefined) {
      const count = counted.count && this.prepare(counted.count, '', session);
      return { ...this.prepare(counted.rows, text, session), count };
    }
    const { statement, targets } = separateVariables(parsed);
    const setsLastInsertId = isQuery(statement) && contains(statement, isLastInsertIdOf);
    const { keyspace } = session.target;
    const system = asSystemQuery(statement, isSystemSchema(keyspace) ? keyspace : undefined);
    if (system !== undefined)
      return { targets, setsLastInsertId, route: { kind: 'system', system, plans: new Map() } };
    const locks = asLockQuery(statement);
    if (locks !== undefined) return { targets, setsLastInsertId, route: this.lockRoute(locks, session) };
    const { statement: unlocked, calls } = separateLocks(statement);
    const cached = this.build(unlocked, text, session, this.context(session));
    const prepared: PreparedStatement = { targets, setsLastInsertId, route: { kind: 'plan', cached } };
    if (calls.length > 0)
      prepared.locks = calls.map(({ query, variable }) => this.lockCall(query, variable, session));
    return prepared;
  }

  private lockCall(query: Select, variable: string, session: Session): LockCall {
    const { statement, values } = replaceSessionValues(query, this.backend, session);
    return { sql: sqlText(statement, { dialect: this.options.dialect }), sessionValues: values, variable };
  }

  private lockRoute(query: Select, session: Session): PreparedStatement['route'] {
    const { statement, values } = replaceSessionValues(query, this.backend, session);
    const sql = sqlText(statement, { dialect: this.options.dialect });
    return { kind: 'locks', query, sql, sessionValues: values };
  }

  private build(statement: Statement, text: string, session: Session, context: PlanningContext): CachedPlan {
    const replaced = replaceSessionValues(statement, this.backend, session);
    const plan = this.buildPlan(replaced.statement, text, context);
    return {
      plan,
      sessionValues: replaced.values,
      // columns that a write does not name may have the time as their default
      readsClock:
        this.options.dialect === 'mariadb' && !meansOneShard(plan) && (plan.isDml || readsClock(statement)),
      scatters: reachesAllShards(plan.primitive.describe()),
    };
  }

  /** The plan for these values. */
  resolve({ route }: PreparedStatement, given: BindVariables, session: Session): CachedPlan {
    if (route.kind === 'plan') return route.cached;
    // A query with locks has no plan; planning it says so.
    if (route.kind === 'locks') return this.build(route.query, '', session, this.context(session));
    const keyspaces = this.gateway.keyspaces();
    const keyspace = answeringKeyspace(route.system, given, session.target, new Set(keyspaces), () =>
      this.backend.defaultKeyspace(session),
    );
    let cached = route.plans.get(keyspace ?? '');
    if (cached === undefined && keyspace === undefined) {
      const all = { ...this.context(session), target: undefined, systemTablesOfAll: true };
      cached = this.build(route.system.query, '', session, all);
      route.plans.set('', cached);
    } else if (cached === undefined && keyspace !== undefined) {
      const { dialect } = this.options;
      const query = logicalQuery(route.system.query, { keyspace, keyspaces, dialect });
      const target = { keyspace, destination: this.oneShardOf(keyspace, session) };
      cached = this.build(query, '', session, { ...this.context(session), target });
      route.plans.set(keyspace, cached);
    }
    assert(cached !== undefined, 'a query of system tables has a plan for what it asks');
    return cached;
  }

  /** The shard that the session has selected, or any: system tables are the same on all. */
  private oneShardOf(keyspace: string, { target }: Session): Destination {
    const { destination } = target;
    return target.keyspace === keyspace && destination?.kind === 'shard' ? destination : anyShard;
  }

  private context(session: Session): PlanningContext {
    const { vschema } = this.schema.current();
    const { keyspace, destination } = session.target;
    return {
      vschema,
      target: keyspace === '' || isSystemSchema(keyspace) ? undefined : { keyspace, destination },
      tabletType: this.backend.tabletType(session),
      collation: session.collation,
      sqlMode: sqlModeOf(session),
      dialect: this.options.dialect,
      tableSchema: (inKeyspace, table) => this.schema.tableSchema?.(inKeyspace, table),
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

/** One query to one shard, as planned: a value that does not route exactly can still make it several at run time. */
export function meansOneShard(plan: Plan): boolean {
  return (plan.type === 'Local' || plan.type === 'Passthrough') && plan.mayGrow !== true;
}

function reachesAllShards({ variant, inputs }: PrimitiveDescription): boolean {
  return variant === 'Scatter' || (inputs ?? []).some(reachesAllShards);
}

/** LAST_INSERT_ID(x), which sets what LAST_INSERT_ID() gives. */
const isLastInsertIdOf = (node: Kinded): boolean =>
  node.kind === 'function' &&
  (node as FunctionCall).name === 'last_insert_id' &&
  (node as FunctionCall).args.length > 0;

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
