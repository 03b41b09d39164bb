import {
  compileExpr,
  compilePredicate,
  type CompiledExpr,
  type ExprEnvironment,
  type Predicate,
} from '@vitess-ts/evalengine';
import type { Column, Expr } from '@vitess-ts/sqlparser';
import { printExpr } from '@vitess-ts/sqlparser';
import { Type, isIntegral, type BindVariable, type BindVariables, type Field } from '@vitess-ts/sqltypes';
import { unsupported } from './unsupported';

/** A column of the input rows, in an expression that the gate evaluates. */
export interface InputColumn extends Column {
  /** Index in the row. */
  input: number;
}

export const inputColumn = (input: number, name: string): InputColumn => ({ kind: 'column', name, input });

const isInput = (expr: Expr): expr is InputColumn =>
  expr.kind === 'column' && (expr as Partial<InputColumn>).input !== undefined;

/** Compiles for one execution, when the types of all values are known. Throws VT12001 when it would not be exact. */
export function compileFor(
  expr: Expr,
  fields: readonly Field[],
  binds: BindVariables,
  collation: number,
): CompiledExpr {
  const compiled = compileExpr(expr, environment(fields, binds, collation));
  if (compiled === 'not-exact') throw notExact(expr);
  return compiled;
}

export function compileCondition(
  expr: Expr,
  fields: readonly Field[],
  binds: BindVariables,
  collation: number,
): Predicate {
  const compiled = compilePredicate(expr, environment(fields, binds, collation));
  if (compiled === 'not-exact') throw notExact(expr);
  return compiled;
}

function notExact(expr: Expr): Error {
  return unsupported(
    `evaluating ${printExpr(expr)} over rows of several shards`,
    'compute it in the application, or restrict the statement to one shard',
  );
}

function environment(fields: readonly Field[], binds: BindVariables, collation: number): ExprEnvironment {
  return {
    reference: (expr) => (isInput(expr) ? { index: expr.input, field: fields[expr.input] } : undefined),
    argument: ({ name }) => (Object.hasOwn(binds, name) ? argumentType(binds[name]) : undefined),
    options: { collation },
  };
}

const MINUS = 0x2d;

function argumentType(bind: BindVariable): ReturnType<ExprEnvironment['argument']> {
  if (bind.type === Type.TUPLE) {
    const types = new Set(bind.values.map((v) => v.type));
    types.delete(Type.NULL_TYPE);
    const [elementType = Type.NULL_TYPE] = types;
    return { type: bind.type, elementType: types.size <= 1 ? elementType : undefined };
  }
  if (isIntegral(bind.type)) {
    return { type: bind.type, digits: bind.value.length - (bind.value[0] === MINUS ? 1 : 0) };
  }
  if (bind.type !== Type.DECIMAL) return { type: bind.type };
  const text = bind.value.toString('latin1');
  const point = text.indexOf('.');
  const decimals = point < 0 ? 0 : text.length - point - 1;
  const digits = text.replace(/^[+-]?0*|\./g, '').length;
  return { type: bind.type, decimals, digits: Math.max(digits, decimals) };
}
