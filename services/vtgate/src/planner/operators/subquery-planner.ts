import type { Comparison, Exists, Expr, In, Query, Select, Subquery } from '@vitess-ts/sqlparser';
import { isTemporal } from '@vitess-ts/sqltypes';
import type { Primitive } from '../../engine/primitive';
import type { CarriedInto } from '../../engine/carried-value';
import { unsupported } from '../../engine/unsupported';
import type { PlanContext, Pullout } from '../plan-context';
import {
  pulledVariable,
  tablesOf,
  type BoundTable,
  type ColumnInfo,
  type TableSet,
} from '../semantics/bound';
import {
  carriedIntoComparison,
  collated,
  decidesCollation,
  hasOneCollation,
  typedValue,
} from '../semantics/column-type';
import { outputColumns } from '../semantics/output-columns';
import {
  conjuncts,
  hasSubquery,
  intLiteral,
  isQuery,
  rewrite,
  walk,
  type Kinded,
  type Part,
} from '../syntax-tree';
import type { Operator } from './operator';
import type { PlannedQuery } from './planned-query';
import { joinOnVindex, mergeTargets } from './route-merge';
import { better, type Choice } from './routing-choice';
import { RouteOp } from './route-op';
import { isRowWise } from './select-parts';
import { asMembership } from './semi-join';

export interface SubqueryPlanning {
  planQuery(query: Query): PlannedQuery;
  /** The FROM and WHERE of a select; and the select with what planning them put in place. */
  planFrom(select: Select): Operator;
  /** Plans what stands in the other clauses of a select that one route runs. */
  planClauses(select: Select, over: RouteOp): void;
  buildQuery(planned: PlannedQuery): Primitive;
}

/**
 * Subqueries in expressions: one whose rows lie with the outer row stays where it is, one that does not depend on the
 * outer row runs once before the statement.
 */
export class SubqueryPlanner {
  constructor(
    private readonly context: PlanContext,
    private readonly planning: SubqueryPlanning,
  ) {}

  /** Handles the subqueries in a part of the query that runs over `over`; notes and returns the part's new form. */
  plan<T extends Part>(part: T, over: Operator | undefined): T {
    if (!hasSubquery(part)) return part;
    const planned = rewrite(part, (node) => this.replacement(node, over));
    this.context.replace(part, planned);
    return planned;
  }

  /** As `plan`, of a condition that each row of `over` must pass. */
  planFilter(condition: Expr, over: Operator | undefined): Expr {
    if (!isIn(condition) || condition.not) return this.plan(condition, over);
    const planned = this.planIn(condition, over, true);
    this.context.replace(condition, planned);
    return planned;
  }

  private planIn(node: InSubquery, over: Operator | undefined, isFilter: boolean): Expr {
    const member = node.not ? undefined : { expr: node.operand, isFilter };
    const merged = this.merged(node.right.query, over, member);
    const operand = this.plan(node.operand, over);
    if (merged !== undefined) return { ...node, operand, right: { ...node.right, query: merged } };
    return this.pulledIn({ ...node, operand });
  }

  private replacement(node: Kinded, over: Operator | undefined): Part | undefined {
    if (isIn(node)) return this.planIn(node, over, false);
    if (isExists(node)) {
      const merged = this.merged(node.query, over, undefined);
      return merged === undefined ? this.unmergedExists(node, over) : { ...node, query: merged };
    }
    if (isComparison(node)) return this.comparison(node, over);
    if (isSubquery(node)) {
      const merged = this.merged(node.query, over, undefined);
      if (merged !== undefined) return { ...node, query: merged };
      const value = this.pulledValue(node.query, 'typed');
      const [variable] = this.context.pullouts.slice(-1);
      return Object.assign(value, { [pulledVariable]: variable.resultVariable });
    }
    if (isQuery(node)) throw unsupported('a subquery in this place', 'write it as a join or a derived table');
    return undefined;
  }

  /** A comparison with a subquery on a side, possibly with ANY or ALL. */
  private comparison(node: Comparison, over: Operator | undefined): Part | undefined {
    const { left, right, quantifier } = node;
    if (quantifier !== undefined && right.kind === 'subquery') {
      const merged = this.merged(right.query, over, undefined);
      if (merged !== undefined)
        return { ...node, left: this.plan(left, over), right: { ...right, query: merged } };
      const isMember = node.op === '=' && quantifier === 'any';
      if (!isMember && !(node.op === '<>' && quantifier === 'all')) {
        throw unsupported(
          `the comparison ${node.op} ${quantifier.toUpperCase()} with a subquery across shards`,
          'compare with MIN or MAX of the subquery',
        );
      }
      return this.pulledIn({ kind: 'in', operand: this.plan(left, over), right, not: !isMember });
    }
    if (left.kind !== 'subquery' && right.kind !== 'subquery') return undefined;
    const side = (expr: Expr, other: Expr): Expr => {
      if (expr.kind !== 'subquery') return this.plan(expr, over);
      const merged = this.merged(expr.query, over, undefined);
      if (merged !== undefined) return { ...expr, query: merged };
      const value = this.pulledValue(expr.query, this.intoComparison(expr.query, other));
      const collation = outputColumns(expr.query)?.[0]?.collation;
      return decidesCollation(collation, other) ? collated(value, collation) : value;
    };
    return { ...node, left: side(left, right), right: side(right, left) };
  }

  /**
   * The query in its new form if the rows that it needs for an outer row are where that row is. `member` is what is
   * looked for in the query's rows.
   */
  private merged(query: Query, over: Operator | undefined, member: Member | undefined): Query | undefined {
    if (!(over instanceof RouteOp)) return undefined;
    return this.context.attempt(() =>
      query.kind === 'select' ? this.mergedSelect(query, over, member) : this.mergedWhole(query, over),
    );
  }

  private mergedSelect(query: Select, over: RouteOp, member: Member | undefined): Query | undefined {
    const inner = this.planning.planFrom(query);
    if (!(inner instanceof RouteOp)) return undefined;
    const conditions: Expr[] = [...conjuncts(query.where), ...inner.where];
    const [item] = query.items;
    let equality: Expr | undefined;
    if (member !== undefined && isRowWise(query) && query.items.length === 1 && item.kind === 'selectExpr') {
      equality = { kind: 'comparison', op: '=', left: member.expr, right: item.expr };
      conditions.push(equality);
    }
    const target = mergeTargets(over, inner, conditions, true);
    if (target === undefined) return undefined;
    if (member?.isFilter && equality !== undefined)
      target.choice = narrowed(target.choice, over, inner, equality);
    over.take(target, inner);
    this.planning.planClauses(query, over);
    return this.context.rewritten(query);
  }

  private mergedWhole(query: Query, over: RouteOp): Query | undefined {
    if (correlation(query) !== 0n) return undefined;
    const planned = this.planning.planQuery(query);
    if (planned.kind === 'gate') return undefined;
    const target = mergeTargets(over, { ...planned.target, vindexColumns: [] }, [], true);
    if (target === undefined) return undefined;
    over.take(target, planned.target);
    return planned.query;
  }

  private pulledValue(query: Query, into: CarriedInto): Expr {
    const name = this.context.newVariable('sq');
    const column = valueColumn(query);
    const isTyped = into === 'typed' || (column.type !== undefined && isTemporal(column.type));
    const nullName = isTyped ? this.context.newVariable('sq_null') : undefined;
    this.pullOut(query, {
      opcode: 'PulloutValue',
      resultVariable: name,
      nullVariable: nullName,
      into: isTyped ? 'typed' : into,
    });
    const value: Expr = { kind: 'arg', name };
    return nullName === undefined ? value : typedValue(column, value, { kind: 'arg', name: nullName });
  }

  /** As what the values of a query are carried so that they are compared as the query's own column would be. */
  private intoComparison(query: Query, other: Expr): CarriedInto {
    const items = query.kind === 'select' ? query.items : [query];
    const into = carriedIntoComparison(valueColumn(query), other);
    if (into !== undefined && hasOneCollation(other, ...items)) return into;
    throw unsupported(
      'comparing values of different types or collations across shards',
      'compare values of one type and collation, or restrict the statement to one shard',
    );
  }

  private unmergedExists(node: Exists, over: Operator | undefined): Expr {
    const outer = correlation(node.query);
    const membership = outer === 0n ? undefined : asMembership(node.query, outer);
    if (membership === undefined) return this.pulledExists(node);
    return this.plan(membership, over);
  }

  private pulledExists(node: Exists): Expr {
    const name = this.context.newVariable('sq_has_values');
    const query: Query =
      node.query.kind === 'select' && node.query.limit === undefined && isRowWise(node.query)
        ? { ...node.query, limit: { count: intLiteral(1) } }
        : node.query;
    this.pullOut(query, { opcode: 'PulloutExists', hasValuesVariable: name });
    return { kind: 'arg', name };
  }

  private pulledIn(node: In): Expr {
    if (node.right.kind !== 'subquery') return node;
    if (node.operand.kind === 'tuple') {
      throw unsupported('IN of several columns with a subquery across shards', 'write it as a join');
    }
    const into = this.intoComparison(node.right.query, node.operand);
    const list = this.context.newVariable('sq');
    const has = this.context.newVariable('sq_has_values');
    this.pullOut(node.right.query, {
      opcode: node.not ? 'PulloutNotIn' : 'PulloutIn',
      resultVariable: list,
      hasValuesVariable: has,
      into,
    });
    const collation = outputColumns(node.right.query)?.[0]?.collation;
    const operand = decidesCollation(collation, node.operand)
      ? collated(node.operand, collation)
      : node.operand;
    const found: In = { ...node, operand, right: { kind: 'listArg', name: list } };
    // With no values IN is false and NOT IN true, whatever the operand is.
    const hasValues: Expr = {
      kind: 'comparison',
      op: '=',
      left: { kind: 'arg', name: has },
      right: intLiteral(node.not ? 0 : 1),
    };
    return { kind: node.not ? 'or' : 'and', operands: [hasValues, found] };
  }

  private pullOut(query: Query, rest: Omit<Pullout, 'subquery'>): void {
    if (correlation(query) !== 0n) {
      throw unsupported(
        'a correlated subquery whose rows may lie on other shards than those of the outer query',
        'join on the vindex columns, or write it as a join',
      );
    }
    const planned = this.planning.planQuery(this.context.locked(query));
    this.context.pullouts.push({ ...rest, subquery: this.planning.buildQuery(planned) });
  }
}

/** What is certain of a scalar subquery's value. */
function valueColumn(query: Query): ColumnInfo {
  const item = query.kind === 'select' ? query.items[0] : undefined;
  if (item?.kind === 'selectExpr' && item.expr.kind === 'subquery') return valueColumn(item.expr.query);
  return outputColumns(query)?.[0] ?? { name: '' };
}

/** The tables of outer queries that a query uses. */
export function correlation(query: Query): TableSet {
  let own: TableSet = 0n;
  walk(query, (node) => {
    const { bit } = node as Partial<BoundTable>;
    if (bit !== undefined) own |= bit;
  });
  return tablesOf(query) & ~own;
}

/** The left side of an IN; as a filter, it drops the rows that are not found. */
interface Member {
  expr: Expr;
  isFilter: boolean;
}

/** Rows of the outer query lie where those of the query are that they are found in. */
function narrowed(choice: Choice, over: RouteOp, inner: RouteOp, equality: Expr): Choice {
  if (inner.choice.kind === 'unsharded' || inner.choice.kind === 'reference') return choice;
  return inner.choice.kind === 'none' || joinOnVindex(over.vindexColumns, inner.vindexColumns, [equality])
    ? better(choice, inner.choice)
    : choice;
}

type InSubquery = In & { right: Subquery };
const isIn = (node: Kinded): node is InSubquery =>
  node.kind === 'in' && (node as In).right.kind === 'subquery';
const isExists = (node: Kinded): node is Exists => node.kind === 'exists';
const isSubquery = (node: Kinded): node is Subquery => node.kind === 'subquery';
const isComparison = (node: Kinded): node is Comparison => node.kind === 'comparison';
