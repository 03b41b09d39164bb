import type { Expr } from '@vitess-ts/sqlparser';
import { Type, isIntegral, isText } from '@vitess-ts/sqltypes';
import { isBound } from '../semantics/bound';
import { typeOf } from '../semantics/column-type';

/** Collations whose weights have one level, so that keys of weights are equal exactly when the texts are. */
const oneLevel = /(_general_ci|_unicode_ci|_unicode_520_ci|_bin|_ai_ci)$/;

/** True for two columns whose values are equal exactly when their keys in the gate are (see `OrderKey`). */
export function areJoinKeys(left: Expr, right: Expr): boolean {
  if (!isBound(left) || !isBound(right)) return false;
  if (isIntegerColumn(left)) return isIntegerColumn(right);
  const [a, b] = [typeOf(left), typeOf(right)];
  if (a.type === undefined || b.type === undefined) return false;
  if (isText(a.type)) {
    return isText(b.type) && a.collation === b.collation && oneLevel.test(a.collation ?? '');
  }
  return a.type === b.type && (a.type === Type.DATE || a.type === Type.DATETIME || a.type === Type.DECIMAL);
}

/** A column that is known to hold integers. */
export function isIntegerColumn(expr: Expr): boolean {
  const { type } = typeOf(expr);
  return isBound(expr) && type !== undefined && isIntegral(type) && type !== Type.YEAR;
}
