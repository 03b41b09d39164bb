import type { BindVariables, Row } from '@vitess-ts/sqltypes';
import type { Decimal } from '../decimal';
import { decimalOf, formatDecimal } from '../decimal';
import { NotExact } from './not-exact';
import type { StaticType } from './static-type';

/** A value in evaluation: bigint for `int`, Decimal, number for `double`, Buffer for `bytes` and `temporal`. */
export type Datum = bigint | Decimal | number | Buffer | null;

/** What an expression is evaluated over. */
export interface Scope {
  row: Row;
  bindVariables: BindVariables;
}

/** A compiled expression: a type that is known and a function that keeps to it. */
export interface ExprNode {
  type: StaticType;
  evaluate(scope: Scope): Datum;
}

export type Evaluate<T extends Datum> = (scope: Scope) => T | null;

const isDecimal = (value: Datum): value is Decimal =>
  typeof value === 'object' && value !== null && 'digits' in value;

export function asDouble(node: ExprNode): Evaluate<number> {
  const { evaluate } = node;
  return (scope) => toDouble(evaluate(scope));
}

export function asDecimal(node: ExprNode): Evaluate<Decimal> {
  const { evaluate } = node;
  return (scope) => toDecimal(evaluate(scope));
}

export function asInt(node: ExprNode): Evaluate<bigint> {
  const { evaluate } = node;
  return (scope) => {
    const value = evaluate(scope);
    return typeof value === 'bigint' ? value : null;
  };
}

export function toDouble(value: Datum): number | null {
  if (value === null || typeof value === 'number') return value;
  return Number(isDecimal(value) ? formatDecimal(value) : value);
}

export function toDecimal(value: Datum): Decimal | null {
  return value === null ? null : typeof value === 'bigint' ? decimalOf(value) : (value as Decimal);
}

/** Whether a value counts as true; null for NULL. Throws `NotExact` for text, which MySQL would read as a number. */
export function asTruth(node: ExprNode): (scope: Scope) => boolean | null {
  const { evaluate, type } = node;
  if (type.kind === 'null') return () => null;
  if (type.kind === 'bytes' || type.kind === 'temporal') throw new NotExact('text as a condition');
  return (scope) => {
    const value = evaluate(scope);
    if (value === null) return null;
    return isDecimal(value) ? value.digits !== 0n : Number(value) !== 0;
  };
}

export const truth = (value: boolean | null): Datum => (value === null ? null : value ? 1n : 0n);
