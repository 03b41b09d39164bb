import { printExpr, type Expr, type Query } from '@vitess-ts/sqlparser';
import { isText } from '@vitess-ts/sqltypes';
import { Filter } from '../../engine/filter';
import type { Primitive } from '../../engine/primitive';
import { SimpleProjection } from '../../engine/simple-projection';
import { unsupported } from '../../engine/unsupported';
import type { PlanContext } from '../plan-context';
import {
  boundColumn,
  isBound,
  isSubset,
  nullOnNull,
  tablesOf,
  type BoundDerived,
  type TableSet,
} from '../semantics/bound';
import { exprKey } from '../semantics/expr-key';
import { typeOf } from '../semantics/column-type';
import { outputColumns } from '../semantics/output-columns';
import { isPure } from '../semantics/pure-functions';
import { conjunction, conjuncts, hasSubquery, rewrite } from '../syntax-tree';
import { composed } from './composed';
import { conditionInside } from './derived-conditions';
import type { Operator } from './operator';
import { hasAggregate } from './select-parts';

/**
 * A derived table whose rows the gate makes. Its query is planned last: text keys of its columns are computed inside,
 * as columns behind its own.
 */
export class DerivedOp implements Operator {
  readonly tables: TableSet;
  private readonly picked: number[] = [];
  private readonly filters: Expr[] = [];
  private readonly added = new Map<string, Expr>();
  private readonly names: string[];

  constructor(
    private readonly context: PlanContext,
    private readonly table: BoundDerived,
    private query: Query,
    private readonly buildQuery: (query: Query) => Primitive,
  ) {
    this.tables = table.bit;
    const columns = table.columns.length > 0 ? table.columns : outputColumns(query)?.map((c) => c.name);
    this.names = (columns ?? []).map((name) => name.toLowerCase());
  }

  addCondition(condition: Expr): void {
    const inside = conditionInside(condition, this.table, this.query);
    if (inside === undefined || this.query.kind !== 'select') this.filters.push(composed(condition, this));
    else this.query = { ...this.query, where: conjunction([...conjuncts(this.query.where), inside]) };
  }

  /** True for a condition that the query inside checks before its rows are gathered. */
  takesInside(condition: Expr): boolean {
    return conditionInside(condition, this.table, this.query) !== undefined;
  }

  computes(expr: Expr): boolean {
    return this.columnIndex(expr) >= 0 || this.inside(expr) !== undefined;
  }

  /** The rows may come from groups; the query inside locks what it says itself. */
  lock(): void {}

  column(expr: Expr): number {
    const input = this.input(expr);
    const known = this.picked.indexOf(input);
    if (known >= 0) return known;
    this.picked.push(input);
    return this.picked.length - 1;
  }

  build(): Primitive {
    const columns = new SimpleProjection(
      this.buildQuery(this.extended()),
      this.picked.map((column) => ({ column })),
    );
    const condition = conjunction(this.filters);
    return condition === undefined
      ? columns
      : new Filter(columns, condition, this.context.planning.collation);
  }

  private input(expr: Expr): number {
    const index = this.columnIndex(expr);
    if (index >= 0) return index;
    const key = exprKey(expr);
    const inside = this.inside(expr);
    if (inside === undefined) {
      throw unsupported(
        `computing ${printExpr(expr)} of the rows of a derived table`,
        'compute it in the derived table, or restrict the statement to one shard',
      );
    }
    this.added.set(key, inside);
    return this.names.length + [...this.added.keys()].indexOf(key);
  }

  private columnIndex(expr: Expr): number {
    const column = boundColumn(expr);
    if (column === undefined || column.tables !== this.table.bit) return -1;
    return this.names.indexOf(column.name.toLowerCase());
  }

  /**
   * An expression of the query inside that has the value of one over its columns: added to its select list, it changes
   * no row. Beside DISTINCT that is certain for keys of its columns, and for what is computed of numbers and times.
   */
  private inside(expr: Expr): Expr | undefined {
    const { query } = this;
    if (query.kind !== 'select' || this.names.length !== query.items.length) return undefined;
    const isKey = nullOnNull in expr;
    if (
      !isKey &&
      (hasSubquery(expr) || hasAggregate(expr) || !isPure(expr) || !isSubset(tablesOf(expr), this.table.bit))
    ) {
      return undefined;
    }
    let isKnown = true;
    const inside = rewrite({ ...expr }, (node) => {
      if (!isBound(node)) return undefined;
      const item = query.items[this.columnIndex(node)];
      if (item?.kind !== 'selectExpr' || !(isKey || this.isDetermined(item.expr))) isKnown = false;
      return item?.kind === 'selectExpr' ? item.expr : undefined;
    });
    if (!isKnown) return undefined;
    return isKey ? Object.assign(inside, { [nullOnNull]: true }) : inside;
  }

  /** Values that the query calls equal are the same for every function. */
  private isDetermined(expr: Expr): boolean {
    if (this.query.kind === 'select' && !this.query.distinct) return true;
    const { type } = typeOf(expr);
    return type !== undefined && !isText(type);
  }

  private extended(): Query {
    const { query } = this;
    if (query.kind !== 'select' || this.added.size === 0) return query;
    const added = [...this.added.values()].map((expr) => ({ kind: 'selectExpr' as const, expr, text: '' }));
    return { ...query, items: [...query.items, ...added] };
  }
}
