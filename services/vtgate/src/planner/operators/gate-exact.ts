import type { Expr } from '@vitess-ts/sqlparser';
import { Type, isIntegral, isTemporal } from '@vitess-ts/sqltypes';
import { isArithmetic, typeOf } from '../semantics/column-type';

/** Tells an expression that the rows have as a column. */
export type IsGiven = (expr: Expr) => boolean;

/**
 * True for a number that the gate computes of given columns with every digit that MySQL would have. A quotient is none:
 * it has digits that its column does not show.
 */
export function isGateNumber(expr: Expr, isGiven: IsGiven): boolean {
  if (isGiven(expr)) return isArithmetic(expr) || isNumber(typeOf(expr).type);
  const isExact = (part: Expr): boolean => isGateNumber(part, isGiven);
  switch (expr.kind) {
    case 'literal':
      return expr.type === 'int' || expr.type === 'decimal';
    case 'arg':
    case 'bool':
      return true;
    case 'binary':
      return ['+', '-', '*'].includes(expr.op) && isExact(expr.left) && isExact(expr.right);
    case 'case':
      return (
        expr.operand === undefined &&
        expr.whens.every(({ when, then }) => isGateCondition(when, isGiven) && isExact(then)) &&
        (expr.otherwise === undefined || isExact(expr.otherwise))
      );
    case 'function': {
      const [first, ...rest] = expr.args;
      if (expr.keyspace !== undefined || rest.length === 0) return false;
      if (expr.name === 'if') return isGateCondition(first, isGiven) && rest.every(isExact);
      return ['coalesce', 'ifnull'].includes(expr.name) && expr.args.every(isExact);
    }
    default:
      return isGateCondition(expr, isGiven);
  }
}

/** True for a condition over given columns whose outcome the gate knows exactly. */
export function isGateCondition(expr: Expr, isGiven: IsGiven): boolean {
  if (isGiven(expr)) return isArithmetic(expr) || isNumber(typeOf(expr).type);
  switch (expr.kind) {
    case 'and':
    case 'or':
      return expr.operands.every((operand) => isGateCondition(operand, isGiven));
    case 'not':
      return isGateCondition(expr.operand, isGiven);
    case 'is':
      return expr.test === 'null'
        ? isGiven(expr.operand) || isGateNumber(expr.operand, isGiven)
        : isGateCondition(expr.operand, isGiven);
    case 'comparison':
      return expr.quantifier === undefined && areComparable([expr.left, expr.right], isGiven);
    case 'between':
      return areComparable([expr.operand, expr.low, expr.high], isGiven);
    case 'in':
      return expr.right.kind === 'tuple' && areComparable([expr.operand, ...expr.right.items], isGiven);
    case 'bool':
      return true;
    default:
      return false;
  }
}

function areComparable(exprs: readonly Expr[], isGiven: IsGiven): boolean {
  if (exprs.every((expr) => isGateNumber(expr, isGiven))) return true;
  const types = exprs.map((expr) => (isGiven(expr) ? typeOf(expr).type : undefined));
  return types.every((type) => type !== undefined && isTemporal(type) && type === types[0]);
}

const isNumber = (type: number | undefined): boolean =>
  type !== undefined &&
  type !== Type.YEAR &&
  (isIntegral(type) || type === Type.DECIMAL || type === Type.FLOAT64);
