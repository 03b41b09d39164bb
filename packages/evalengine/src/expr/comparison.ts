import type { ComparisonOp } from '@vitess-ts/sqlparser';
import { comparatorFor } from '../compare';
import type { Decimal } from '../decimal';
import { compareDecimals } from '../decimal';
import type { Datum, ExprNode, Scope } from './node';
import { toDecimal, toDouble, truth } from './node';
import { NotExact } from './not-exact';
import { booleanType, isBinaryBytes, isNumeric, quotientScaleOf } from './static-type';
import type { StaticType } from './static-type';

/** Orders two values that are not NULL. */
type Order = (a: Datum, b: Datum) => number;

/** How MySQL compares values of these types together: all as doubles if one is, else exact. */
export function orderOf(...types: StaticType[]): Order {
  const known = types.filter((t) => t.kind !== 'null');
  if (known.every(isNumeric)) {
    if (known.some((t) => t.kind === 'double')) return (a, b) => (toDouble(a) ?? 0) - (toDouble(b) ?? 0);
    // MariaDB rounds quotients before `=` and `<`, not before BETWEEN and IN; MySQL never does.
    if (quotientScaleOf(...known) !== undefined) throw new NotExact('a comparison of a quotient');
    if (known.every((t) => t.kind === 'int')) return (a, b) => (a! < b! ? -1 : a! > b! ? 1 : 0);
    return (a, b) => compareDecimals(toDecimal(a) as Decimal, toDecimal(b) as Decimal);
  }
  const [first] = known;
  if (
    known.every((t) => isBinaryBytes(t) || (t.kind === 'bytes' && t.isLiteral)) &&
    known.some(isBinaryBytes)
  ) {
    return (a, b) => (a as Buffer).compare(b as Buffer);
  }
  if (
    first.kind === 'temporal' &&
    known.every((t) => t.kind === 'temporal' && t.field.type === first.field.type)
  ) {
    const compare = comparatorFor(first.field);
    if (compare) return (a, b) => compare(a as Buffer, b as Buffer);
  }
  // Text has its collation's order; text and numbers compare as doubles, text and times as times.
  throw new NotExact('a comparison of text or of different types');
}

const tests: Record<Exclude<ComparisonOp, '<=>'>, (order: number) => boolean> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

export function comparison(op: ComparisonOp, left: ExprNode, right: ExprNode): ExprNode {
  const order = orderOf(left.type, right.type);
  const nullSafe = op === '<=>';
  const test = tests[nullSafe ? '=' : op];
  return {
    type: booleanType(),
    evaluate(scope) {
      const a = left.evaluate(scope);
      // As MySQL does: the right side, which may be out of range, is not looked at then.
      if (a === null && !nullSafe) return null;
      const b = right.evaluate(scope);
      if (a === null || b === null) return nullSafe ? truth(a === b) : null;
      return truth(test(order(a, b)));
    },
  };
}

/** `operand BETWEEN low AND high`, which is one comparison of three types. */
export function between(operand: ExprNode, low: ExprNode, high: ExprNode, not: boolean): ExprNode {
  const order = orderOf(operand.type, low.type, high.type);
  const atLeast = (a: Datum, b: Datum): boolean | null =>
    a === null || b === null ? null : order(a, b) >= 0;
  return {
    type: booleanType(),
    evaluate(scope) {
      const value = operand.evaluate(scope);
      if (value === null) return null;
      const [above, below] = [atLeast(value, low.evaluate(scope)), atLeast(high.evaluate(scope), value)];
      if (above === false || below === false) return truth(not);
      return above === null || below === null ? null : truth(!not);
    },
  };
}

/** What an IN looks through: items of types of their own. */
export interface InItem {
  type: StaticType;
  /** The values that it stands for: one, or those of a list. */
  values(scope: Scope): Datum[];
}

export function inList(operand: ExprNode, items: readonly InItem[], not: boolean): ExprNode {
  const compared = items.map((item) => ({ item, order: orderOf(operand.type, item.type) }));
  return {
    type: booleanType(),
    evaluate(scope) {
      const value = operand.evaluate(scope);
      if (value === null) return null;
      let sawNull = false;
      for (const { item, order } of compared) {
        for (const candidate of item.values(scope)) {
          if (candidate === null) sawNull = true;
          else if (order(value, candidate) === 0) return truth(!not);
        }
      }
      return sawNull ? null : truth(not);
    },
  };
}
