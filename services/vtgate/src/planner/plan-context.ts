import type { TabletType } from '@vitess-ts/proto/topodata';
import type { KeyspaceVSchema, VSchema } from '@vitess-ts/vindexes';
import { SqlError } from '@vitess-ts/vterrors';
import type { Query, Statement } from '@vitess-ts/sqlparser';
import type { Primitive } from '../engine/primitive';
import type { UncorrelatedSubqueryOptions } from '../engine/uncorrelated-subquery';
import { withoutAlias } from './delete-text';
import type { PlanningContext } from './plan';
import { sqlText } from './sql-text';
import { substitute } from './syntax-tree';

/** A subquery that runs once before the statement. */
export type Pullout = Omit<UncorrelatedSubqueryOptions, 'outer'>;

/** What one run of the planner shares: names that it gives out, and what the plan turns out to need. */
export class PlanContext {
  readonly vschema: VSchema;
  readonly pullouts: Pullout[] = [];
  /** The statement writes what it reads: its reads lock. */
  lockReads = false;
  /** Queries of derived tables that are known not to run whole on their shards. */
  readonly gathered = new Set<Query>();
  private replaced = new Map<object, object>();
  private variables = 0;

  constructor(
    readonly planning: PlanningContext,
    /** Route by no value: for the plan that takes over when a value is not exact. */
    readonly ignoreValues: boolean,
    /** Plans a query of this statement anew without routing by values. */
    readonly replan: (query: Query) => Primitive,
    /** Plans a query of its own that this statement's writes depend on: what it reads stays as it is. */
    readonly planRead: (query: Query) => Primitive = replan,
  ) {
    this.vschema = planning.vschema;
  }

  /** The text of a statement for tablets. */
  sql(statement: Statement): string {
    return sqlText(statement.kind === 'delete' ? withoutAlias(statement) : statement, {
      dialect: this.planning.dialect,
      noBackslashEscapes: /\bNO_BACKSLASH_ESCAPES\b/i.test(this.planning.sqlMode),
    });
  }

  get keyspace(): string | undefined {
    return this.planning.target?.keyspace;
  }

  get tabletType(): TabletType | undefined {
    return this.planning.tabletType;
  }

  /** A query whose rows are locked until the statement's transaction ends, if they decide what is written. */
  locked(query: Query): Query {
    if (!this.lockReads || query.kind === 'values') return query;
    if (query.kind === 'setOperation') {
      return { ...query, left: this.locked(query.left), right: this.locked(query.right) };
    }
    if (query.kind !== 'select' || query.locks.length > 0 || query.from.length === 0) return query;
    return { ...query, locks: [{ strength: 'share', of: [] }] };
  }

  /** Notes that a part of the statement has a new form. */
  replace(part: object, by: object): void {
    if (part !== by) this.replaced.set(part, by);
  }

  /** Runs a step that may find that it does not apply: what it noted is forgotten when it returns undefined. */
  attempt<T>(step: () => T | undefined): T | undefined {
    const pullouts = this.pullouts.length;
    const replaced = new Map(this.replaced);
    const result = step();
    if (result === undefined) {
      this.pullouts.length = pullouts;
      this.replaced = replaced;
    }
    return result;
  }

  /** A part of the statement with all that has a new form in it. */
  rewritten<T extends object>(part: T): T {
    return this.replaced.size === 0 ? part : substitute(part, this.replaced);
  }

  /** A bind variable that no statement has. */
  newVariable(prefix: string): string {
    this.variables++;
    return `__${prefix}${this.variables}`;
  }

  /** The keyspace of statements without tables: the selected one, else any that exists. */
  anyKeyspace(): KeyspaceVSchema {
    if (this.keyspace !== undefined) return this.vschema.keyspace(this.keyspace);
    const usable = [...this.vschema.keyspaces.values()].filter((k) => k.error === undefined);
    const first = usable.find((k) => !k.sharded) ?? usable[0];
    if (first === undefined) throw new SqlError(1046, '3D000', 'No database selected');
    return first;
  }
}
