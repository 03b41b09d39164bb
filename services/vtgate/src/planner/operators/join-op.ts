import { printExpr, type Expr, type ListArgument, type LockClause } from '@vitess-ts/sqlparser';
import { Type, isIntegral, isTemporal } from '@vitess-ts/sqltypes';
import { BatchJoin } from '../../engine/batch-join';
import type { CarriedInto } from '../../engine/carried-value';
import { Filter } from '../../engine/filter';
import { Join, type JoinColumn, type JoinVariable } from '../../engine/join';
import type { Primitive } from '../../engine/primitive';
import { unsupported } from '../../engine/unsupported';
import type { PlanContext } from '../plan-context';
import { isBound, isSubset, nullOnNull, overlaps, tablesOf, type TableSet } from '../semantics/bound';
import { exprKey } from '../semantics/expr-key';
import {
  carriedIntoComparison,
  collated,
  decidesCollation,
  hasOneCollation,
  typedValue,
  typeOf,
} from '../semantics/column-type';
import { conjunction, hasSubquery, rewrite, walk } from '../syntax-tree';
import { composed, isExpression } from './composed';
import type { Operator } from './operator';
import { RouteOp } from './route-op';

/**
 * Rows of two sides that no route reads together. What the right side needs of the left comes to it as bind
 * variables, so that shards evaluate every condition.
 */
export class JoinOp implements Operator {
  readonly tables: TableSet;
  private readonly variables: JoinVariable[] = [];
  private readonly names = new Map<string, string>();
  private readonly columns: JoinColumn[] = [];
  private readonly known = new Map<string, number>();
  private readonly conditions: Expr[] = [];
  private readonly filters: Expr[] = [];
  /** Some column is not NULL where the optional side has no row, but computed of NULLs. */
  private computesOfNulls = false;

  constructor(
    private readonly context: PlanContext,
    private readonly left: Operator,
    private readonly right: Operator,
    private readonly outer: boolean,
  ) {
    this.tables = left.tables | right.tables;
  }

  /** A condition of the join itself (ON): of an outer join, it decides which right rows there are. */
  addJoinCondition(condition: Expr): void {
    this.conditions.push(condition);
  }

  addCondition(condition: Expr): void {
    const tables = tablesOf(condition) & this.tables;
    if (isSubset(tables, this.left.tables)) this.left.addCondition(condition);
    else if (this.outer) this.filters.push(composed(condition, this));
    else this.addJoinCondition(condition);
  }

  lock(locks: readonly LockClause[]): void {
    this.left.lock(locks);
    this.right.lock(locks);
  }

  computes(expr: Expr): boolean {
    const tables = tablesOf(expr);
    if (!isSubset(tables, this.tables)) return false;
    if (isSubset(tables, this.left.tables)) {
      return this.left.computes(expr) || (tables === 0n && !this.outer && this.right.computes(expr));
    }
    if (this.outer) {
      const isNullWithout = isBound(expr) || nullOnNull in expr;
      return (
        isSubset(tables, this.right.tables) &&
        (isNullWithout || this.right instanceof RouteOp) &&
        this.right.computes(expr)
      );
    }
    return this.right.computes(
      rewrite(expr, (node) =>
        isBound(node) && overlaps(node.tables, this.left.tables)
          ? { kind: 'arg', name: '__left' }
          : undefined,
      ),
    );
  }

  column(expr: Expr): number {
    const text = exprKey(expr);
    const known = this.known.get(text);
    if (known !== undefined) return known;
    this.columns.push(this.place(expr));
    this.known.set(text, this.columns.length - 1);
    return this.columns.length - 1;
  }

  build(): Primitive {
    const join = this.buildBatch() ?? this.buildLoop();
    const condition = conjunction(this.filters);
    return condition === undefined ? join : new Filter(join, condition, this.context.planning.collation);
  }

  /** One right query for many left rows, where integers decide which rows join. */
  private buildBatch(): Primitive | undefined {
    if (this.variables.length > 0) return undefined;
    const equalities: { left: Expr; right: Expr }[] = [];
    const own: Expr[] = [];
    for (const condition of this.conditions) {
      const equality = this.equality(condition);
      if (equality !== undefined) equalities.push(equality);
      else if (overlaps(tablesOf(condition), this.left.tables)) return undefined;
      else own.push(condition);
    }
    if (equalities.length === 0) return undefined;
    for (const condition of own) this.right.addCondition(condition);
    const listVariable = this.context.newVariable('jl');
    const list: ListArgument = { kind: 'listArg', name: listVariable };
    this.right.addCondition({ kind: 'in', operand: equalities[0].right, right: list, not: false });
    return new BatchJoin({
      outer: this.outer,
      listVariable,
      leftKeys: equalities.map((e) => this.left.column(e.left)),
      rightKeys: equalities.map((e) => this.right.column(e.right)),
      columns: this.columns,
      missing: this.buildMissing(),
      left: this.left.build(),
      right: this.right.build(),
    });
  }

  /** One right query for each distinct set of the left values that the conditions use. */
  private buildLoop(): Primitive {
    for (const condition of this.conditions) this.right.addCondition(this.carried(condition));
    return new Join({
      left: this.left.build(),
      right: this.right.build(),
      outer: this.outer,
      variables: this.variables,
      columns: this.columns,
      missing: this.buildMissing(),
    });
  }

  private buildMissing(): Primitive | undefined {
    return this.computesOfNulls && this.right instanceof RouteOp ? this.right.buildMissing() : undefined;
  }

  private equality(condition: Expr): { left: Expr; right: Expr } | undefined {
    if (condition.kind !== 'comparison' || condition.op !== '=' || condition.quantifier !== undefined)
      return undefined;
    const { left, right } = condition;
    if (!isIntegerColumn(left) || !isIntegerColumn(right)) return undefined;
    const isOf = (expr: Expr, side: Operator): boolean =>
      isSubset(tablesOf(expr), side.tables) && side.computes(expr);
    if (isOf(left, this.left) && isOf(right, this.right)) return { left, right };
    return isOf(right, this.left) && isOf(left, this.right) ? { left: right, right: left } : undefined;
  }

  private place(expr: Expr): JoinColumn {
    const tables = tablesOf(expr) & this.tables;
    const isConstantOfRight = tables === 0n && !this.outer && !this.left.computes(expr);
    if (isSubset(tables, this.left.tables) && !isConstantOfRight) {
      return { side: 'left', column: this.left.column(expr) };
    }
    if (!this.outer) return { side: 'right', column: this.right.column(this.carried(expr)) };
    if (!this.computes(expr)) {
      throw unsupported(
        `computing ${printExpr(expr)} of the optional side of an outer join across shards`,
        'compute it in a derived table, or restrict the statement to one shard',
      );
    }
    if (!isBound(expr) && !(nullOnNull in expr)) this.computesOfNulls = true;
    return { side: 'right', column: this.right.column(expr) };
  }

  /** The expression with bind variables in place of what belongs to the left side. */
  private carried(expr: Expr): Expr {
    if (!overlaps(tablesOf(expr), this.left.tables)) return expr;
    if (hasSubquery(expr)) {
      throw unsupported(
        'a correlated subquery across shards',
        'write it as a join, or restrict the statement to one shard',
      );
    }
    const tables = tablesOf(expr);
    if (isSubset(tables, this.left.tables) && this.left.computes(expr)) return this.typed(expr);
    if (!this.comparesAlike(expr)) {
      throw unsupported(
        'comparing texts of different collations across shards',
        'give the columns one collation, or restrict the statement to one shard',
      );
    }
    if (expr.kind === 'comparison' && expr.quantifier === undefined) {
      return {
        ...expr,
        left: this.comparand(expr.left, expr.right),
        right: this.comparand(expr.right, expr.left),
      };
    }
    return this.substitute(expr);
  }

  /** True when what stands in it for a value of the left side is compared as that value would be. */
  private comparesAlike(expr: Expr): boolean {
    let alike = true;
    walk(expr, (node) => {
      if (logical.has(node.kind)) return true;
      const tables = tablesOf(node) & this.tables;
      if (overlaps(tables, this.left.tables) && !isSubset(tables, this.left.tables))
        alike &&= hasOneCollation(node);
      return false;
    });
    return alike;
  }

  /**
   * One side of a comparison. The left side's own expressions are evaluated there and compared as values, which
   * MySQL converts to the type of the column that they meet.
   */
  private comparand(expr: Expr, other: Expr): Expr {
    const tables = tablesOf(expr) & this.tables;
    const isOfLeft = tables !== 0n && isSubset(tables, this.left.tables) && this.left.computes(expr);
    if (!isOfLeft) return this.substitute(expr);
    const own = typeOf(expr);
    const into = carriedIntoComparison(own, other);
    if (into === undefined) {
      throw unsupported(
        'comparing a text or a YEAR with a number across shards',
        'compare values of one type, or restrict the statement to one shard',
      );
    }
    if (isTemporalType(own.type)) return this.typed(expr);
    const variable = this.variable(expr, into);
    const { collation } = own;
    return decidesCollation(collation, other) ? collated(variable, collation) : variable;
  }

  /** As much as the left side can compute by itself comes as one value: comparisons there use its collations. */
  private substitute(expr: Expr): Expr {
    return rewrite(expr, (node) => {
      if (!isExpression(node) || !overlaps(tablesOf(node), this.left.tables)) return undefined;
      const isOfLeft = isSubset(tablesOf(node), this.left.tables) && this.left.computes(node);
      return isOfLeft || isBound(node) ? this.typed(node) : undefined;
    });
  }

  /** A value of the left side with its type and collation, where a literal of the same text would have others. */
  private typed(value: Expr): Expr {
    return typedValue(typeOf(value), this.variable(value, 'typed'), this.variable(value, 'isNull'));
  }

  private variable(expr: Expr, into: CarriedInto): Expr {
    const key = `${into} ${exprKey(expr)}`;
    let name = this.names.get(key);
    if (name === undefined) {
      name = this.context.newVariable('j');
      this.names.set(key, name);
      this.variables.push({ name, column: this.left.column(expr), into });
    }
    return { kind: 'arg', name };
  }
}

/** What joins conditions that each have a comparison of their own. */
const logical = new Set(['and', 'or', 'xor', 'not', 'is']);

/** A column that is known to hold integers, which are equal exactly when their texts are. */
function isIntegerColumn(expr: Expr): boolean {
  const { type } = typeOf(expr);
  return isBound(expr) && type !== undefined && isIntegral(type) && type !== Type.YEAR;
}

const isTemporalType = (type: number | undefined): boolean => type !== undefined && isTemporal(type);
