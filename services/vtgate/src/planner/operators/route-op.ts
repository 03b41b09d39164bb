import type { Expr, Join, LockClause, Query, Select, SelectItem, TableExpr } from '@vitess-ts/sqlparser';
import type { KeyspaceVSchema } from '@vitess-ts/vindexes';
import { valuesVariable } from '../../engine/routing';
import { Route, type RouteOptions } from '../../engine/route';
import type { PlanContext } from '../plan-context';
import { isSubset, tablesOf, type TableSet } from '../semantics/bound';
import { exprKey } from '../semantics/expr-key';
import { fieldQuery } from '../sql-text';
import { conjunction, hasSubquery, intLiteral, rewrite } from '../syntax-tree';
import type { Operator } from './operator';
import { hasAggregate } from './select-parts';
import { better, choiceFor, isOneShard, routingOf, type Choice } from './routing-choice';
import type { VindexColumn } from './vindex-column';

/** What decides the shards of a route, whatever it selects there. */
export interface RouteTarget {
  /** Undefined for rows that need no keyspace: a query without tables. */
  keyspace?: KeyspaceVSchema;
  choice: Choice;
  /** Right only if all rows come from one shard. */
  oneShardOnly: boolean;
  /** `keyspace.table` of each table. */
  tablesUsed: string[];
}

/** Tables, and joins of tables, that one query reads on each shard. */
export class RouteOp implements Operator, RouteTarget {
  readonly items: SelectItem[] = [];
  private locks: LockClause[] = [];
  private readonly columns = new Map<string, number>();

  constructor(
    private readonly context: PlanContext,
    readonly tables: TableSet,
    readonly from: TableExpr[],
    readonly where: Expr[],
    public keyspace: KeyspaceVSchema | undefined,
    public choice: Choice,
    readonly vindexColumns: VindexColumn[],
    readonly tablesUsed: string[],
    public oneShardOnly: boolean,
  ) {}

  get isOneShard(): boolean {
    return isOneShard(this.choice);
  }

  addCondition(condition: Expr): void {
    this.where.push(condition);
    this.narrow(condition);
  }

  /** Uses a condition that holds for all rows, without adding it to the query. */
  narrow(condition: Expr): void {
    if (this.context.ignoreValues) return;
    const choice = choiceFor(condition, this.vindexColumns);
    if (choice !== undefined) this.choice = better(this.choice, choice);
  }

  /** Takes in a query that runs inside this one. */
  take(merged: Pick<RouteTarget, 'choice' | 'oneShardOnly'>, inner: RouteTarget): void {
    this.keyspace ??= inner.keyspace;
    this.choice = merged.choice;
    this.oneShardOnly = merged.oneShardOnly;
    this.tablesUsed.push(...inner.tablesUsed);
  }

  computes(expr: Expr): boolean {
    return isSubset(tablesOf(expr), this.tables) && !hasSubquery(expr) && !hasAggregate(expr);
  }

  lock(locks: readonly LockClause[]): void {
    this.locks = [...locks];
  }

  column(expr: Expr): number {
    const text = exprKey(expr);
    const known = this.columns.get(text);
    if (known !== undefined) return known;
    this.items.push({ kind: 'selectExpr', expr, text: '' });
    this.columns.set(text, this.items.length - 1);
    return this.items.length - 1;
  }

  /** The query so far. */
  select(): Select {
    if (this.items.length === 0) this.column({ kind: 'literal', type: 'int', value: '1' });
    return {
      kind: 'select',
      comments: [],
      distinct: false,
      options: [],
      items: this.items,
      from: this.from,
      where: conjunction(this.where),
      windows: [],
      orderBy: [],
      locks: this.locks,
    };
  }

  build(): Route {
    return buildRoute(this.context, this, this.select());
  }

  /** One row of the query's columns as they are where an outer join finds no row of these tables. */
  buildMissing(): Route {
    const one = { ...this.select(), items: [oneItem], from: [], where: undefined, locks: [] };
    const never: Join = {
      kind: 'join',
      type: 'left',
      natural: false,
      left: { kind: 'derived', query: one, lateral: false, alias: '__one', columns: [] },
      right: fromElement(this),
      on: { kind: 'bool', value: false },
      using: [],
    };
    const isUnsharded = this.keyspace !== undefined && !this.keyspace.sharded;
    const target: RouteTarget = {
      keyspace: this.keyspace,
      choice: { kind: isUnsharded ? 'unsharded' : 'reference' },
      oneShardOnly: false,
      tablesUsed: this.tablesUsed,
    };
    return buildRoute(this.context, target, { ...this.select(), from: [never], where: undefined, locks: [] });
  }
}

const oneItem: SelectItem = { kind: 'selectExpr', expr: intLiteral(1), text: '1' };

/** A route's query as one FROM element, for a larger query around it. */
export function fromElement(route: RouteOp): TableExpr {
  return route.from.reduce((left, right): Join => ({
    kind: 'join',
    type: 'inner',
    natural: false,
    left,
    right,
    using: [],
  }));
}

/** The primitive that runs a query on the shards of a target. */
export function buildRoute(
  context: PlanContext,
  target: RouteTarget,
  query: Query,
  { orderBy, hiddenColumns }: Pick<RouteOptions, 'orderBy' | 'hiddenColumns'> = {},
): Route {
  const keyspace = target.keyspace ?? context.anyKeyspace();
  const own = withOwnValues(query, target.choice);
  const mayScatter = target.oneShardOnly && target.choice.kind === 'equal';
  return new Route({
    keyspace: { name: keyspace.name, sharded: keyspace.sharded },
    routing: routingOf(target.choice),
    query: context.sql(own),
    fieldQuery: context.sql(fieldQuery(own)),
    tables: [...new Set(target.tablesUsed)].sort(),
    ...(orderBy === undefined ? {} : { orderBy, hiddenColumns }),
    ...(mayScatter ? { whenSeveralShards: lazily(() => context.replan(query)) } : {}),
  });
}

/** The list of an IN route becomes the one that each shard has its own values in. */
export function withOwnValues<T extends object>(part: T, choice: Choice): T {
  if (choice.kind !== 'in') return part;
  return rewrite(part, (node) =>
    node === choice.node ? { ...choice.node, right: { kind: 'listArg', name: valuesVariable } } : undefined,
  );
}

function lazily<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
