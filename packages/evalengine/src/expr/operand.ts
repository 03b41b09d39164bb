import type { Argument, ListArgument, Literal } from '@vitess-ts/sqlparser';
import { Code, VtError } from '@vitess-ts/vterrors';
import { Type, isIntegral, isUnsigned, makeField } from '@vitess-ts/sqltypes';
import type { Field, TypedValue, Value } from '@vitess-ts/sqltypes';
import { notFixed } from '../aggregate/result-field';
import { maxDecimalDigits, parseDecimal } from '../decimal';
import { parseDouble } from '../double';
import type { ArgumentType, ExprEnvironment } from './environment';
import type { Datum, ExprNode } from './node';
import { NotExact } from './not-exact';
import { decimalType, intType, typeOfField } from './static-type';
import type { StaticType } from './static-type';

const maxInt64 = (1n << 63n) - 1n;
const maxUint64 = (1n << 64n) - 1n;

export function constant(type: StaticType, value: Datum): ExprNode {
  return { type, evaluate: () => value };
}

export function literal(expr: Literal, collation: number): ExprNode {
  switch (expr.type) {
    case 'int': {
      const n = BigInt(expr.value);
      const digits = n.toString().length;
      if (n <= maxUint64) return constant(intType(digits, n > maxInt64), n);
      return constant(decimalType(digits, 0), { digits: n, scale: 0 });
    }
    case 'decimal': {
      const decimal = parseDecimal(expr.value);
      if (!decimal) throw new NotExact('a malformed number');
      const digits = Math.max(
        (decimal.digits < 0n ? -decimal.digits : decimal.digits).toString().length,
        decimal.scale,
      );
      return constant(decimalType(digits, decimal.scale), decimal);
    }
    case 'float': {
      const double = parseDouble(expr.value);
      if (double === undefined || !Number.isFinite(double)) throw new NotExact('a malformed number');
      return constant({ kind: 'double' }, double);
    }
    case 'string': {
      if (expr.charset !== undefined || expr.encoding !== undefined)
        throw new NotExact('text of another charset');
      const columnLength = expr.value.length * 4;
      const field = makeField('', Type.VARCHAR, { charset: collation, columnLength, decimals: notFixed });
      return constant({ kind: 'bytes', field, isLiteral: true }, Buffer.from(expr.value));
    }
    default:
      throw new NotExact(`a literal of type ${expr.type}`);
  }
}

export function column(index: number, field: Field): ExprNode {
  const type = typeOfField(field);
  const decode = decoder(type);
  return { type, evaluate: ({ row }) => decode(row[index]) };
}

export function argument(expr: Argument, env: ExprEnvironment, collation: number): ExprNode {
  const known = env.argument(expr);
  if (!known) throw new NotExact('a bind variable of unknown type');
  const type = argumentType(known, collation);
  const decode = decoder(type);
  return {
    type,
    evaluate: ({ bindVariables }) => decode(valueOf(bindVariables[expr.name], expr.name, known.type)),
  };
}

/** The elements of a list, each as a value of the type that all have. */
export function listArgument(
  expr: ListArgument,
  env: ExprEnvironment,
  collation: number,
): { type: StaticType; elements(bindVariables: Record<string, { values: TypedValue[] }>): Datum[] } {
  const elementType = env.argument(expr)?.elementType;
  if (elementType === undefined) throw new NotExact('a list of unknown types');
  const type = argumentType({ type: elementType }, collation);
  const decode = decoder(type);
  return {
    type,
    elements: (bindVariables) =>
      (bindVariables[expr.name]?.values ?? []).map((v) => decode(valueOf(v, expr.name, elementType))),
  };
}

function argumentType({ type, decimals, digits }: ArgumentType, collation: number): StaticType {
  if (type === Type.NULL_TYPE) return { kind: 'null' };
  if (isIntegral(type)) return intType(digits ?? (isUnsigned(type) ? 20 : 19), isUnsigned(type));
  if (type === Type.DECIMAL)
    return { kind: 'decimal', precision: digits ?? maxDecimalDigits, scale: decimals };
  if (type === Type.FLOAT64) return { kind: 'double' };
  if (type === Type.VARCHAR || type === Type.VARBINARY) {
    const charset = type === Type.VARCHAR ? collation : 63;
    return { kind: 'bytes', field: makeField('', type, { charset, decimals: notFixed }), isLiteral: true };
  }
  throw new NotExact(`a bind variable of type ${type}`);
}

function valueOf(value: TypedValue | undefined, name: string, type: number): Value {
  if (value === undefined) throw new VtError(Code.INVALID_ARGUMENT, `missing bind var ${name}`);
  if (value.type === Type.NULL_TYPE) return null;
  if (value.type === type) return value.value;
  // The plan was made for another type; its result would be wrong.
  throw new VtError(Code.INTERNAL, `bind variable ${name} has type ${value.type}, the plan expects ${type}`);
}

/** Reads the text of a value. */
function decoder(type: StaticType): (value: Value) => Datum {
  switch (type.kind) {
    case 'null':
      return () => null;
    case 'int':
      return (value) =>
        value &&
        decoded(
          value,
          /^[+-]?\d{1,32}$/.test(value.toString('latin1')) ? BigInt(value.toString('latin1')) : undefined,
        );
    case 'decimal':
      return (value) => value && decoded(value, parseDecimal(value.toString('latin1')));
    case 'double':
      return (value) => value && decoded(value, parseDouble(value.toString('latin1')));
    case 'bytes':
    case 'temporal':
      return (value) => value;
  }
}

function decoded<T>(value: Buffer, result: T | undefined): T {
  if (result !== undefined) return result;
  const text = value.subarray(0, 64).toString('latin1');
  throw new VtError(Code.INTERNAL, `"${text}" is no number, but its type says so`);
}
