import type { Expr, Query, SelectItem, Statement, TableExpr } from '../ast';
import { mapExprChildren } from './map-expr';
import { mapItemChildren, mapQueryChildren, mapTableChildren } from './map-query';
import { mapStatementChildren } from './map-statement';
import type { Mapper } from './mapper';

/** Every node that a visitor meets. `kind` tells all of them apart. */
export type AnyNode = Statement | Expr | TableExpr | SelectItem;

export interface Visitor {
  /** Before the children. Returning false leaves them out (`leave` is still called). */
  enter?(node: AnyNode): boolean | void;
  /** Behind the children. */
  leave?(node: AnyNode): void;
}

/**
 * Walks a tree. A query's children come in the order WITH, FROM, select items, WHERE, GROUP BY, HAVING, ORDER BY: a
 * name is met behind what defines it.
 */
export function visit(node: AnyNode, visitor: Visitor): void {
  const walk = <T extends AnyNode>(child: T, children: (child: T, mapper: Mapper) => unknown): T => {
    if (visitor.enter?.(child) !== false) children(child, mapper);
    visitor.leave?.(child);
    return child;
  };
  const mapper: Mapper = {
    expr: (expr) => walk(expr, mapExprChildren),
    query: (query) => walk(query, mapQueryChildren),
    table: (table) => walk(table, mapTableChildren),
    item: (item) => walk(item, mapItemChildren),
    statement: (statement) => walk(statement, mapStatementChildren),
  };
  dispatch(node, mapper);
}

export interface Rewriter {
  /** Before the children. Returning false leaves the node as it is, with all below it. */
  enter?(node: AnyNode): boolean | void;
  /** Each of these gets a node whose children are rewritten, and returns it or its replacement. */
  expr?(expr: Expr): Expr;
  query?(query: Query): Query;
  table?(table: TableExpr): TableExpr;
  item?(item: SelectItem): SelectItem;
}

/**
 * Rebuilds a tree from its leaves up. The input is not changed, and parts without a change are shared with the
 * result: `rewrite(x, ..) === x` tells that nothing was rewritten.
 */
export function rewrite(node: Statement, rewriter: Rewriter): Statement {
  return mapperOf(rewriter).statement(node);
}

export function rewriteExpr(expr: Expr, rewriter: Rewriter): Expr {
  return mapperOf(rewriter).expr(expr);
}

export function rewriteQuery(query: Query, rewriter: Rewriter): Query {
  return mapperOf(rewriter).query(query);
}

export function rewriteTable(table: TableExpr, rewriter: Rewriter): TableExpr {
  return mapperOf(rewriter).table(table);
}

function mapperOf(rewriter: Rewriter): Mapper {
  const enters = (node: AnyNode): boolean => rewriter.enter?.(node) !== false;
  const mapper: Mapper = {
    expr: (expr) => {
      if (!enters(expr)) return expr;
      const mapped = mapExprChildren(expr, mapper);
      return rewriter.expr?.(mapped) ?? mapped;
    },
    query: (query) => {
      if (!enters(query)) return query;
      const mapped = mapQueryChildren(query, mapper);
      return rewriter.query?.(mapped) ?? mapped;
    },
    table: (table) => {
      if (!enters(table)) return table;
      const mapped = mapTableChildren(table, mapper);
      return rewriter.table?.(mapped) ?? mapped;
    },
    item: (item) => {
      if (!enters(item)) return item;
      const mapped = mapItemChildren(item, mapper);
      return rewriter.item?.(mapped) ?? mapped;
    },
    statement: (statement) => {
      if (isQuery(statement)) return mapper.query(statement);
      return enters(statement) ? mapStatementChildren(statement, mapper) : statement;
    },
  };
  return mapper;
}

export function isQuery(statement: Statement): statement is Query {
  switch (statement.kind) {
    case 'select':
    case 'setOperation':
    case 'values':
    case 'tableQuery':
    case 'nested':
      return true;
    default:
      return false;
  }
}

const tableKinds: Record<TableExpr['kind'], true> = {
  table: true,
  derived: true,
  join: true,
  jsonTable: true,
};
const itemKinds: Record<SelectItem['kind'], true> = { selectExpr: true, star: true, next: true };
const exprKinds: Record<Expr['kind'], true> = {
  literal: true,
  null: true,
  bool: true,
  temporal: true,
  arg: true,
  listArg: true,
  param: true,
  column: true,
  userVar: true,
  systemVar: true,
  default: true,
  valuesOf: true,
  unary: true,
  not: true,
  and: true,
  or: true,
  xor: true,
  comparison: true,
  binary: true,
  is: true,
  between: true,
  like: true,
  regexp: true,
  memberOf: true,
  in: true,
  exists: true,
  subquery: true,
  tuple: true,
  case: true,
  function: true,
  aggregate: true,
  window: true,
  cast: true,
  convertUsing: true,
  collate: true,
  interval: true,
  extract: true,
  trim: true,
  match: true,
  weightString: true,
  char: true,
  jsonValue: true,
  keyword: true,
  assign: true,
  nextValue: true,
};

function dispatch(node: AnyNode, mapper: Mapper): void {
  const kind: string = node.kind;
  if (kind in exprKinds) mapper.expr(node as Expr);
  else if (kind in tableKinds) mapper.table(node as TableExpr);
  else if (kind in itemKinds) mapper.item(node as SelectItem);
  else mapper.statement(node as Statement);
}
