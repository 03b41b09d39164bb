import type { SelectExpr, Statement } from '@vitess-ts/sqlparser';
import { Type, type BindVariables } from '@vitess-ts/sqltypes';
import { rewrite } from '../planner/syntax-tree';
import { wideInteger } from './session-expressions';

/**
 * A statement with positional parameters, which the normaliser has made `:v1`, `:v2`, ..: columns are called as they
 * were written, with `?`, and have the types of the values. What comes out depends on the types of `given`.
 */
export function withParameterColumns(statement: Statement, given: BindVariables): Statement {
  return rewrite(statement, (node) => {
    if (node.kind !== 'selectExpr') return undefined;
    const item = node as SelectExpr;
    const text = item.text.replace(/:v\d+/g, '?');
    const { expr } = item;
    const type = expr.kind === 'arg' && expr.name in given ? given[expr.name].type : undefined;
    if (type === Type.INT64)
      return { ...item, text, alias: item.alias ?? text, expr: wideInteger(expr, 'signed') };
    if (type === Type.UINT64)
      return { ...item, text, alias: item.alias ?? text, expr: wideInteger(expr, 'unsigned') };
    return text === item.text ? undefined : { ...item, text };
  });
}
