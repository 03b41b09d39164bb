import type { Expr } from '@vitess-ts/sqlparser';
import { Type, isText } from '@vitess-ts/sqltypes';
import type { OrderKey } from '../../engine/order-key';
import { nullOnNull } from '../semantics/bound';
import { isArithmetic, typeOf } from '../semantics/column-type';
import { intLiteral } from '../syntax-tree';

/** Expressions that a key needs beside, or in place of, the value itself. */
export interface KeyExpressions {
  value: Expr;
  weight?: Expr;
  pad?: Expr;
}

/**
 * What a shard must compute so that the gate can order by an expression as MySQL does. Text is ordered by its
 * WEIGHT_STRING; under a PAD SPACE collation the weights of a space are needed too, since 'a' equals 'a '. A value of
 * unknown type gets both: they are NULL for anything but text.
 */
export function keyExpressions(expr: Expr): KeyExpressions {
  const { type, collation } = typeOf(expr);
  if (type === Type.ENUM || type === Type.SET) {
    return { value: strict({ kind: 'binary', op: '+', left: expr, right: intLiteral(0) }) };
  }
  if (type === Type.FLOAT32) {
    const zero: Expr = { kind: 'literal', type: 'float', value: '0e0' };
    return { value: strict({ kind: 'binary', op: '+', left: expr, right: zero }) };
  }
  if (isArithmetic(expr) || (type !== undefined && !isText(type))) return { value: expr };
  const weight = weightString(expr);
  if (isNoPad(collation)) return { value: expr, weight };
  return { value: expr, weight, pad: padOf(expr, weight, type !== undefined) };
}

/**
 * Asks for the columns of a key. A value that the gate computes (`inGate`) has no weights: it must be of a type that
 * has an order of its own.
 */
export function orderKey(
  expr: Expr,
  descending: boolean,
  column: (expr: Expr) => number,
  inGate = false,
): OrderKey {
  if (inGate) return { column: column(expr), descending };
  const { value, weight, pad } = keyExpressions(expr);
  return {
    column: column(value),
    descending,
    ...(weight === undefined ? {} : { weightColumn: column(weight) }),
    ...(pad === undefined ? {} : { padColumn: column(pad) }),
  };
}

const isNoPad = (collation: string | undefined): boolean =>
  collation !== undefined && (/_0900_|_nopad_/.test(collation) || collation === 'binary');

function strict(expr: Expr): Expr {
  return Object.assign(expr, { [nullOnNull]: true });
}

function weightString(operand: Expr): Expr {
  return strict({ kind: 'weightString', operand });
}

/**
 * The weights of one space in the collation of `expr`, empty when it does not pad: does 'x' equal 'x  '? A value that
 * is no text has no weight and is not asked, since it would be converted with a warning.
 */
function padOf(expr: Expr, weight: Expr, isKnownText: boolean): Expr {
  const string = (value: string): Expr => ({ kind: 'literal', type: 'string', value });
  const call = (name: string, ...args: Expr[]): Expr => ({ kind: 'function', name, args });
  const withSpace = call('concat', expr, string(' '));
  const space = weightString(call('right', withSpace, intLiteral(1)));
  const pads: Expr = { kind: 'comparison', op: '=', left: withSpace, right: expr };
  const pad = call('if', pads, space, string(''));
  if (isKnownText) return strict(pad);
  return strict(call('if', { kind: 'is', operand: weight, test: 'null', not: false }, { kind: 'null' }, pad));
}
