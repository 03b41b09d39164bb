import { unreachable } from '@vitess-ts/base';
import type { Expr, JsonOnResponse } from '../ast';
import {
  changed,
  mapColumn,
  mapExpr,
  mapExprs,
  mapKind,
  mapLimit,
  mapList,
  mapOptional,
  mapOrder,
  mapWindowSpec,
  type Mapper,
} from './mapper';

/** The expression with its children mapped. Total over the union: a kind without a case does not compile. */
export function mapExprChildren(expr: Expr, m: Mapper): Expr {
  switch (expr.kind) {
    case 'literal':
    case 'null':
    case 'bool':
    case 'temporal':
    case 'arg':
    case 'listArg':
    case 'param':
    case 'column':
    case 'userVar':
    case 'systemVar':
    case 'keyword':
    case 'nextValue':
      return expr;
    case 'default':
      return changed(expr, { column: mapOptional(expr.column, (column) => mapColumn(column, m)) });
    case 'valuesOf':
      return changed(expr, { column: mapColumn(expr.column, m) });
    case 'and':
    case 'or':
      return changed(expr, { operands: mapExprs(expr.operands, m) });
    case 'xor':
    case 'comparison':
    case 'binary':
      return changed(expr, { left: m.expr(expr.left), right: m.expr(expr.right) });
    case 'unary':
    case 'not':
    case 'is':
    case 'cast':
    case 'convertUsing':
    case 'collate':
    case 'extract':
    case 'weightString':
      return changed(expr, { operand: m.expr(expr.operand) });
    case 'between':
      return changed(expr, { operand: m.expr(expr.operand), low: m.expr(expr.low), high: m.expr(expr.high) });
    case 'like':
      return changed(expr, {
        operand: m.expr(expr.operand),
        pattern: m.expr(expr.pattern),
        escape: mapExpr(expr.escape, m),
      });
    case 'regexp':
      return changed(expr, { operand: m.expr(expr.operand), pattern: m.expr(expr.pattern) });
    case 'memberOf':
      return changed(expr, { operand: m.expr(expr.operand), array: m.expr(expr.array) });
    case 'in':
      return changed(expr, {
        operand: m.expr(expr.operand),
        right: mapKind(expr.right, m, ['tuple', 'subquery', 'listArg']),
      });
    case 'exists':
    case 'subquery':
      return changed(expr, { query: m.query(expr.query) });
    case 'tuple':
      return changed(expr, { items: mapExprs(expr.items, m) });
    case 'interval':
      return changed(expr, { value: m.expr(expr.value) });
    case 'assign':
      return changed(expr, { target: mapKind(expr.target, m, ['userVar']), value: m.expr(expr.value) });
    default:
      return mapCallChildren(expr, m);
  }
}

type CallLike = Extract<
  Expr,
  { kind: 'case' | 'function' | 'aggregate' | 'window' | 'trim' | 'match' | 'char' | 'jsonValue' }
>;

function mapCallChildren(expr: CallLike, m: Mapper): Expr {
  switch (expr.kind) {
    case 'case':
      return changed(expr, {
        operand: mapExpr(expr.operand, m),
        whens: mapList(expr.whens, (when) =>
          changed(when, { when: m.expr(when.when), then: m.expr(when.then) }),
        ),
        otherwise: mapExpr(expr.otherwise, m),
      });
    case 'function':
    case 'char':
      return changed(expr, { args: mapExprs(expr.args, m) });
    case 'aggregate':
      return changed(expr, {
        args: mapExprs(expr.args, m),
        orderBy: mapOrder(expr.orderBy, m),
        limit: mapLimit(expr.limit, m),
      });
    case 'window':
      return changed(expr, {
        args: mapExprs(expr.args, m),
        withinGroup: mapOptional(expr.withinGroup, (items) => mapOrder(items, m)),
        over: typeof expr.over === 'string' ? expr.over : mapWindowSpec(expr.over, m),
      });
    case 'trim':
      return changed(expr, { remove: mapExpr(expr.remove, m), operand: m.expr(expr.operand) });
    case 'match':
      return changed(expr, {
        columns: mapList(expr.columns, (column) => mapColumn(column, m)),
        against: m.expr(expr.against),
      });
    case 'jsonValue':
      return changed(expr, {
        document: m.expr(expr.document),
        path: m.expr(expr.path),
        onEmpty: mapResponse(expr.onEmpty, m),
        onError: mapResponse(expr.onError, m),
      });
    default:
      return unreachable(expr);
  }
}

function mapResponse(response: JsonOnResponse | undefined, m: Mapper): JsonOnResponse | undefined {
  return response?.type === 'default' ? changed(response, { value: m.expr(response.value) }) : response;
}
