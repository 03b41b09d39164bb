import { Type, type TypedValue } from '@vitess-ts/sqltypes';
import { literalBytes, type Expr, type Literal } from '@vitess-ts/sqlparser';
import type { ValueExpression } from '../../engine/value-expression';

/** An expression that is known before any row is read, as the engine evaluates it; undefined for all others. */
export function valueOf(expr: Expr): ValueExpression | undefined {
  switch (expr.kind) {
    case 'arg':
      return { kind: 'bind', name: expr.name };
    case 'null':
      return { kind: 'literal', value: { type: Type.NULL_TYPE, value: Buffer.alloc(0) } };
    case 'bool':
      return integer(expr.value ? '1' : '0');
    case 'literal': {
      const value = literalValue(expr);
      return value && { kind: 'literal', value };
    }
    case 'unary': {
      const { operand } = expr;
      if (expr.op !== '-' || operand.kind !== 'literal' || operand.type !== 'int') return undefined;
      return integer(`-${operand.value}`);
    }
    default:
      return undefined;
  }
}

/** The list of an IN whose items are all known. */
export function listOf(expr: Expr): ValueExpression | undefined {
  if (expr.kind === 'listArg') return { kind: 'list', name: expr.name };
  if (expr.kind !== 'tuple') return undefined;
  const items = expr.items.map(valueOf);
  return items.every((i) => i !== undefined) ? { kind: 'tuple', items } : undefined;
}

function literalValue(literal: Literal): TypedValue | undefined {
  switch (literal.type) {
    case 'int':
      return typed(Type.INT64, literal.value);
    case 'decimal':
      return typed(Type.DECIMAL, literal.value);
    case 'float':
      return typed(Type.FLOAT64, literal.value);
    case 'string':
      return literal.charset === undefined ? { type: Type.VARCHAR, value: literalBytes(literal) } : undefined;
    default:
      return undefined;
  }
}

const typed = (type: number, text: string): TypedValue => ({ type, value: Buffer.from(text) });
const integer = (text: string): ValueExpression => ({ kind: 'literal', value: typed(Type.INT64, text) });
