import { MySqlFlag, Type } from '@vitess-ts/sqltypes';
import { orderOf } from './comparison';
import type { Datum, ExprNode, Scope } from './node';
import { asTruth, toDecimal, toDouble } from './node';
import { NotExact } from './not-exact';
import { decimalType, isNumeric, leastScaleOf, quotientScaleOf, scaleOf, wholeDigits } from './static-type';
import type { NumericType, StaticType } from './static-type';

/** The type that COALESCE, IF and CASE have over their possible results, and how each is made one. */
function commonType(nodes: readonly ExprNode[]): { type: StaticType; convert: (value: Datum) => Datum } {
  const types = nodes.map((n) => n.type).filter((t) => t.kind !== 'null');
  const same = (value: Datum): Datum => value;
  if (types.length === 0) throw new NotExact('a result that is always NULL');
  if (types.length < nodes.length && types.some((t) => t.kind === 'int' && t.unsigned)) {
    // MariaDB takes NULL for a signed integer there, and makes the result a DECIMAL.
    throw new NotExact('a result that is unsigned or NULL');
  }
  if (types.every(isNumeric)) return commonNumber(types);
  const [first] = types;
  const alike = types.every(
    (t) =>
      (t.kind === 'bytes' || t.kind === 'temporal') &&
      t.kind === first.kind &&
      t.field.type === first.field.type &&
      t.field.charset === first.field.charset &&
      t.field.decimals === first.field.decimals,
  );
  if (!alike) throw new NotExact('a result of different types');
  return { type: widest(types), convert: same };
}

function commonNumber(types: NumericType[]): { type: StaticType; convert: (value: Datum) => Datum } {
  if (types.some((t) => t.kind === 'double')) return { type: { kind: 'double' }, convert: toDouble };
  const ints = types.flatMap((t) => (t.kind === 'int' ? [t] : []));
  const unsigned = ints.filter((t) => t.unsigned).length;
  if (ints.length === types.length && (unsigned === 0 || unsigned === ints.length)) {
    // A YEAR prints in four digits and a ZEROFILL with zeros, but only where it stays alone.
    if (ints.some((t) => t.field.type === Type.YEAR)) throw new NotExact('a result that may be a YEAR');
    const widestInt = ints.reduce((a, b) => (rank(b.field.type) > rank(a.field.type) ? b : a));
    const field = { ...widestInt.field, flags: widestInt.field.flags & ~MySqlFlag.ZEROFILL };
    return {
      type: { ...widestInt, field, precision: Math.max(...ints.map((t) => t.precision)) },
      convert: (v) => v,
    };
  }
  const scales = types.map(scaleOf);
  if (scales.includes(undefined)) throw new NotExact('a DECIMAL of unknown scale');
  const scale = Math.max(...scales.map((s) => s ?? 0));
  const quotient = {
    quotientScale: quotientScaleOf(...types),
    leastScale: Math.min(...types.map(leastScaleOf)),
  };
  return {
    type: decimalType(Math.max(...types.map(wholeDigits)) + scale, scale, quotient),
    convert: toDecimal,
  };
}

const integerOrder: readonly number[] = [
  Type.INT8,
  Type.UINT8,
  Type.INT16,
  Type.UINT16,
  Type.INT24,
  Type.UINT24,
  Type.INT32,
  Type.UINT32,
  Type.INT64,
  Type.UINT64,
];
const rank = (type: number): number => integerOrder.indexOf(type);

function widest(types: readonly StaticType[]): StaticType {
  const length = (t: StaticType): number => ('field' in t ? t.field.columnLength : 0);
  return types.reduce((a, b) => (length(b) > length(a) ? b : a));
}

export function coalesce(operands: readonly ExprNode[]): ExprNode {
  const { type, convert } = commonType(operands);
  return {
    type,
    evaluate(scope) {
      for (const operand of operands) {
        const value = operand.evaluate(scope);
        if (value !== null) return convert(value);
      }
      return null;
    },
  };
}

/** The first branch whose condition is true, else `otherwise`, else NULL. */
export function choose(
  branches: readonly { when: ExprNode; then: ExprNode }[],
  otherwise?: ExprNode,
): ExprNode {
  const results = branches.map((b) => b.then);
  const { type, convert } = commonType(otherwise ? [...results, otherwise] : results);
  const tests = branches.map(({ when, then }) => ({ test: asTruth(when), then }));
  return {
    type,
    evaluate(scope) {
      for (const { test, then } of tests) if (test(scope) === true) return convert(then.evaluate(scope));
      return otherwise ? convert(otherwise.evaluate(scope)) : null;
    },
  };
}

/** NULL when both are equal, else the first. */
export function nullIf(left: ExprNode, right: ExprNode): ExprNode {
  const order = orderOf(left.type, right.type);
  return {
    type: left.type,
    evaluate(scope: Scope) {
      const [a, b] = [left.evaluate(scope), right.evaluate(scope)];
      return a !== null && b !== null && order(a, b) === 0 ? null : a;
    },
  };
}
