import type { Comparison, Expr, Join, Query, Select, SelectItem, TableExpr } from '@vitess-ts/sqlparser';
import { Type } from '@vitess-ts/sqltypes';
import {
  boundColumn,
  isSubset,
  tablesOf,
  type BoundColumn,
  type BoundDerived,
  type BoundSelect,
  type TableSet,
} from '../semantics/bound';
import { isArithmetic, typeOf } from '../semantics/column-type';
import { itemName } from '../semantics/output-columns';
import { isPure } from '../semantics/pure-functions';
import { conjunction, conjuncts, contains, hasSubquery, intLiteral, rewrite } from '../syntax-tree';
import { areJoinKeys } from './join-keys';
import { hasAggregate, hasWindow } from './select-parts';
import { correlation } from './subquery-planner';

/** Gives out the bit of a table that the planner adds. */
export type NewTable = () => TableSet;

export interface DecorrelateOptions {
  newTable: NewTable;
  /** The server rounds a quotient that it compares to the digits that it shows, as the column of a table does. */
  roundsQuotients: boolean;
}

/**
 * Scalar subqueries that depend on the outer row by equalities of columns only, as joins with the groups of their
 * rows: `a.x < (select avg(b.y) from b where b.k = a.k)` is `a.k = d.k and a.x < d.v` with
 * `d: select k, avg(y) v from b group by k`. Where nothing is in a group, the value is NULL, and a comparison with it
 * drops the row; of COUNT it is 0. Undefined when there is no such subquery.
 */
export function decorrelate(query: Query, options: DecorrelateOptions): Query | undefined {
  const decorrelation = new Decorrelation(options);
  const result = decorrelation.query(query);
  return decorrelation.isUsed ? result : undefined;
}

interface Aggregated {
  table: BoundDerived;
  /** Equalities of the outer row's columns with those of the groups. */
  keys: Expr[];
  value: Expr;
  /** The outer row has a value also where there is no group. */
  isOptional: boolean;
}

class Decorrelation {
  private count = 0;

  constructor(private readonly options: DecorrelateOptions) {}

  get isUsed(): boolean {
    return this.count > 0;
  }

  query(query: Query): Query {
    return rewrite(query, (node) => (node.kind === 'select' ? this.select(node as BoundSelect) : undefined));
  }

  private select(select: BoundSelect): BoundSelect | undefined {
    let result: BoundSelect = rewrite({ ...select }, (node) =>
      node.kind === 'select' && 'tables' in node && (node as BoundSelect).tables !== select.tables
        ? this.select(node as BoundSelect)
        : undefined,
    );
    if (select.from.length === 0 || select.items.some((item) => item.kind === 'star')) return result;
    const added: Aggregated[] = [];
    const where = conjuncts(result.where).flatMap((condition) => {
      const joined = condition.kind === 'comparison' ? this.comparison(condition, result) : undefined;
      if (joined === undefined) return [condition];
      added.push(joined.aggregated);
      return [...(joined.aggregated.isOptional ? [] : joined.aggregated.keys), joined.condition];
    });
    const items = result.items.map((item) => {
      const joined = this.item(item, result);
      if (joined === undefined) return item;
      added.push(joined.aggregated);
      return joined.item;
    });
    if (added.length === 0) return result;
    const required = added.filter((a) => !a.isOptional).map((a) => a.table);
    let from: TableExpr[] = [...result.from, ...required];
    for (const one of added) if (one.isOptional) from = [optionalJoin(from, one)];
    result = { ...result, items, from, where: conjunction(where) };
    result.tables = added.reduce((set, a) => set | a.table.bit, result.tables);
    return result;
  }

  private comparison(
    condition: Comparison,
    outer: BoundSelect,
  ): { condition: Expr; aggregated: Aggregated } | undefined {
    const { left, right, op, quantifier } = condition;
    if (
      quantifier !== undefined ||
      op === '<=>' ||
      (left.kind === 'subquery') === (right.kind === 'subquery')
    ) {
      return undefined;
    }
    const [side, other] = left.kind === 'subquery' ? [left, right] : [right, left];
    if (side.kind !== 'subquery' || hasSubquery(other)) return undefined;
    const aggregated = this.aggregated(side.query, outer, false);
    if (aggregated === undefined) return undefined;
    const { value } = aggregated;
    return {
      aggregated,
      condition: { ...condition, ...(side === left ? { left: value } : { right: value }) },
    };
  }

  /** A select item that is a subquery: every outer row needs a value. */
  private item(
    item: SelectItem,
    outer: BoundSelect,
  ): { item: SelectItem; aggregated: Aggregated } | undefined {
    if (item.kind !== 'selectExpr' || item.expr.kind !== 'subquery') return undefined;
    const isPlain = outer.groupBy === undefined && !outer.distinct && !hasAggregate(outer.items);
    const aggregated = isPlain ? this.aggregated(item.expr.query, outer, true) : undefined;
    return aggregated && { aggregated, item: { ...item, expr: aggregated.value, alias: itemName(item) } };
  }

  private aggregated(query: Query, outer: BoundSelect, isOptional: boolean): Aggregated | undefined {
    if (query.kind !== 'select' || !isOneGroup(query)) return undefined;
    const own = (query as BoundSelect).tables;
    if (!isSubset(correlation(query), outer.tables)) return undefined;
    const [item] = query.items;
    if (item?.kind !== 'selectExpr' || query.items.length > 1) return undefined;
    if ((tablesOf([query.from, item.expr]) & outer.tables) !== 0n || hasSubquery(item.expr)) return undefined;
    const isCount = item.expr.kind === 'aggregate' && item.expr.name === 'count';
    if (!isCount && !isNullOfNothing(item.expr)) return undefined;
    if (!this.options.roundsQuotients && hasQuotient(item.expr)) return undefined;
    const conditions = conjuncts(query.where);
    const correlated = conditions.filter((c) => !isInside(c, own, outer.tables));
    const keys = correlated.map((condition) => keyOf(condition, own, outer.tables));
    if (keys.length === 0 || keys.some((key) => key === undefined)) return undefined;
    return this.groups(
      query,
      item.expr,
      keys.flatMap((key) => key ?? []),
      {
        where: conditions.filter((c) => !correlated.includes(c)),
        isCount,
        isOptional: isOptional || isCount,
      },
    );
  }

  private groups(
    query: Select,
    value: Expr,
    keys: readonly { inner: BoundColumn; outer: BoundColumn }[],
    { where, isCount, isOptional }: { where: Expr[]; isCount: boolean; isOptional: boolean },
  ): Aggregated {
    const alias = `__groups${++this.count}`;
    const bit = this.options.newTable();
    const selected = (expr: Expr, name: string): SelectItem => ({
      kind: 'selectExpr',
      expr,
      alias: name,
      text: '',
    });
    const given = (name: string, of: Expr): BoundColumn => {
      const info = { name, ...(isArithmetic(of) ? { type: Type.DECIMAL } : typeOf(of)) };
      return { kind: 'column', name, table: alias, tables: bit, info };
    };
    const grouped: Select = {
      ...query,
      items: [...keys.map(({ inner }, i) => selected(inner, `k${i}`)), selected(value, 'v')],
      where: conjunction(where),
      groupBy: { items: keys.map(({ inner }) => ({ expr: inner, desc: false })), rollup: false },
      orderBy: [],
    };
    const column = given('v', value);
    return {
      table: { kind: 'derived', query: grouped, lateral: false, alias, columns: [], bit },
      keys: keys.map(({ inner, outer }, i) => ({
        kind: 'comparison',
        op: '=',
        left: outer,
        right: given(`k${i}`, inner),
      })),
      value: isCount ? { kind: 'function', name: 'ifnull', args: [column, intLiteral(0)] } : column,
      isOptional,
    };
  }
}

function optionalJoin(from: readonly TableExpr[], { table, keys }: Aggregated): Join {
  const join = (left: TableExpr, right: TableExpr, more: Partial<Join>): Join => ({
    kind: 'join',
    type: 'inner',
    natural: false,
    left,
    right,
    using: [],
    ...more,
  });
  const all = from.slice(1).reduce<TableExpr>((left, right) => join(left, right, {}), from[0]);
  return join(all, table, { type: 'left', on: conjunction(keys) });
}

/** One row for each outer row: aggregates over all of the rows. */
function isOneGroup(query: Select): boolean {
  return (
    query.groupBy === undefined &&
    query.having === undefined &&
    query.limit === undefined &&
    !query.distinct &&
    query.from.length > 0 &&
    query.locks.length === 0 &&
    !hasWindow(query.items) &&
    hasAggregate(query.items) &&
    isPure(query)
  );
}

/** True for an expression that is NULL when there are no rows. */
function isNullOfNothing(expr: Expr): boolean {
  switch (expr.kind) {
    case 'aggregate':
      return ['sum', 'avg', 'min', 'max'].includes(expr.name);
    case 'binary': {
      const { op, left, right } = expr;
      if (!['+', '-', '*', '/'].includes(op)) return false;
      return (
        (isNullOfNothing(left) && (isNullOfNothing(right) || isConstant(right))) ||
        (isConstant(left) && isNullOfNothing(right))
      );
    }
    default:
      return false;
  }
}

const isConstant = (expr: Expr): boolean => expr.kind === 'literal' || expr.kind === 'arg';

const hasQuotient = (expr: Expr): boolean =>
  contains(
    expr,
    (node) =>
      (node.kind === 'aggregate' && (node as { name?: string }).name === 'avg') ||
      (node.kind === 'binary' && (node as { op?: string }).op === '/'),
  );

/** True for a condition without a part of the outer row. */
const isInside = (condition: Expr, own: TableSet, outer: TableSet): boolean => {
  const used = tablesOf(condition);
  return (used & outer) === 0n && (isSubset(used, own) || hasSubquery(condition));
};

/** The columns that an equality compares, one of the query's own tables and one of the outer row. */
function keyOf(
  condition: Expr,
  own: TableSet,
  outer: TableSet,
): { inner: BoundColumn; outer: BoundColumn } | undefined {
  if (condition.kind !== 'comparison' || condition.op !== '=' || condition.quantifier !== undefined)
    return undefined;
  const [a, b] = [boundColumn(condition.left), boundColumn(condition.right)];
  if (a === undefined || b === undefined || !areJoinKeys(a, b)) return undefined;
  if (isSubset(a.tables, own) && isSubset(b.tables, outer)) return { inner: a, outer: b };
  return isSubset(b.tables, own) && isSubset(a.tables, outer) ? { inner: b, outer: a } : undefined;
}
