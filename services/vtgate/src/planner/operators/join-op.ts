import { printExpr, type Expr, type ListArgument, type LockClause } from '@vitess-ts/sqlparser';
import { isTemporal } from '@vitess-ts/sqltypes';
import { BatchJoin } from '../../engine/batch-join';
import type { CarriedInto } from '../../engine/carried-value';
import { Filter } from '../../engine/filter';
import { HashJoin } from '../../engine/hash-join';
import { Join, type JoinColumn, type JoinVariable } from '../../engine/join';
import type { Primitive } from '../../engine/primitive';
import { Projection } from '../../engine/projection';
import { SimpleProjection } from '../../engine/simple-projection';
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
import { composed, isExpression, type RowValue } from './composed';
import { DerivedOp } from './derived-op';
import { isGateCondition, isGateNumber } from './gate-exact';
import { areJoinKeys, isIntegerColumn } from './join-keys';
import type { Operator } from './operator';
import { keyExpressions, orderKey } from './order-keys';
import { RouteOp } from './route-op';
import { isVindexColumn } from './vindex-column';

interface Equality {
  left: Expr;
  right: Expr;
}

/**
 * Rows of two sides that no route reads together. What the right side needs of the left comes to it as bind
 * variables, so that shards evaluate every condition.
 */
export class JoinOp implements Operator {
  readonly tables: TableSet;
  private readonly variables: JoinVariable[] = [];
  private readonly names = new Map<string, string>();
  /** Columns of the joined rows, and where each is. */
  private readonly columns: JoinColumn[] = [];
  private readonly places = new Map<string, number>();
  /** Columns of the result: those, and what the gate computes of both sides. */
  private readonly outputs: RowValue[] = [];
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
    else if (this.outer) this.filters.push(composed(condition, this.joined));
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
    this.outputs.push(
      this.isOfBoth(expr) && isGateNumber(expr, this.isOfOne)
        ? { expr: composed(expr, this.joined) }
        : { column: this.place(expr) },
    );
    this.known.set(text, this.outputs.length - 1);
    return this.outputs.length - 1;
  }

  build(): Primitive {
    const residual: Expr[] = [];
    const joined = this.buildKeyed(residual) ?? this.buildLoop();
    const condition = conjunction([...this.filters, ...residual]);
    const { collation } = this.context.planning;
    return this.projected(condition === undefined ? joined : new Filter(joined, condition, collation));
  }

  private projected(joined: Primitive): Primitive {
    const plain = this.outputs.flatMap((output) => ('column' in output ? [output] : []));
    if (plain.length < this.outputs.length) {
      const columns = this.outputs.map((output) => ('expr' in output ? { ...output, name: '' } : output));
      return new Projection(joined, columns, this.context.planning.collation);
    }
    const isSame = plain.length === this.columns.length && plain.every(({ column }, i) => column === i);
    return isSame ? joined : new SimpleProjection(joined, plain);
  }

  /** The joined rows without what the gate computes of them. */
  private readonly joined: Pick<Operator, 'computes' | 'column'> = {
    computes: (expr) => !this.isOfBoth(expr) && this.computes(expr),
    column: (expr) => this.place(expr),
  };

  private isOfBoth(expr: Expr): boolean {
    const tables = tablesOf(expr);
    return overlaps(tables, this.left.tables) && overlaps(tables, this.right.tables);
  }

  private readonly isOfOne = (expr: Expr): boolean => tablesOf(expr) !== 0n && this.joined.computes(expr);

  /**
   * One right query for many left rows, where keys that the gate compares decide which rows join. `residual` takes
   * conditions that the gate checks on the joined rows.
   */
  private buildKeyed(residual: Expr[]): Primitive | undefined {
    if (this.variables.length > 0) return undefined;
    const equalities: Equality[] = [];
    const own: Expr[] = [];
    const rest: Expr[] = [];
    for (const condition of this.conditions) {
      const equality = this.equality(condition);
      if (equality !== undefined) equalities.push(equality);
      else if (!overlaps(tablesOf(condition), this.left.tables)) own.push(condition);
      else if (!this.outer && isGateCondition(condition, this.isOfOne)) rest.push(condition);
      else return undefined;
    }
    if (equalities.length === 0) return undefined;
    residual.push(...rest.map((condition) => composed(condition, this.joined)));
    for (const condition of own) this.right.addCondition(condition);
    equalities.sort((a, b) => this.usefulness(b) - this.usefulness(a));
    const keys = {
      outer: this.outer,
      leftKeys: equalities.map((e) => orderKey(e.left, false, (expr) => this.left.column(expr))),
      rightKeys: equalities.map((e) => orderKey(e.right, false, (expr) => this.right.column(expr))),
      columns: this.columns,
    };
    const lists = this.lists(equalities);
    if (this.right instanceof DerivedOp && !this.right.takesInside(lists[0].condition)) {
      return new HashJoin({ ...keys, left: this.left.build(), right: this.right.build() });
    }
    const whole = this.right instanceof RouteOp ? this.right.build() : undefined;
    for (const { condition } of lists) this.right.addCondition(condition);
    return new BatchJoin({
      ...keys,
      lists,
      missing: this.buildMissing(),
      left: this.left.build(),
      right: this.right.build(),
      whole,
    });
  }

  /** The lists of left values that look up right rows: of the best key, and of all integers, which are short. */
  private lists(equalities: readonly Equality[]): { variable: string; key: number; condition: Expr }[] {
    const listed = new Set<string>();
    return equalities.flatMap(({ right }, key) => {
      const text = exprKey(right);
      if (listed.has(text) || (key > 0 && !isIntegerColumn(right))) return [];
      listed.add(text);
      const variable = this.context.newVariable('jl');
      const list: ListArgument = { kind: 'listArg', name: variable };
      return [{ variable, key, condition: { kind: 'in', operand: right, right: list, not: false } }];
    });
  }

  /** By which key the right side is best looked up: its shards follow from it, or it is at least short. */
  private usefulness({ right }: Equality): number {
    if (this.right instanceof RouteOp && this.right.vindexColumns.some((v) => isVindexColumn(right, v)))
      return 2;
    return isIntegerColumn(right) ? 1 : 0;
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

  private equality(condition: Expr): Equality | undefined {
    if (condition.kind !== 'comparison' || condition.op !== '=' || condition.quantifier !== undefined)
      return undefined;
    const { left, right } = condition;
    if (!areJoinKeys(left, right)) return undefined;
    const isOf = (expr: Expr, side: Operator): boolean =>
      isSubset(tablesOf(expr), side.tables) &&
      Object.values(keyExpressions(expr)).every((part) => part === undefined || side.computes(part));
    if (isOf(left, this.left) && isOf(right, this.right)) return { left, right };
    return isOf(right, this.left) && isOf(left, this.right) ? { left: right, right: left } : undefined;
  }

  /** The column of the joined rows with the value of an expression. */
  private place(expr: Expr): number {
    const key = exprKey(expr);
    let place = this.places.get(key);
    if (place === undefined) {
      place = this.columns.push(this.placeOn(expr)) - 1;
      this.places.set(key, place);
    }
    return place;
  }

  private placeOn(expr: Expr): JoinColumn {
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

const isTemporalType = (type: number | undefined): boolean => type !== undefined && isTemporal(type);
