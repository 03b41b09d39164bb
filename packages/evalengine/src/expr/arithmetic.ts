import type { BinaryOp } from '@vitess-ts/sqlparser';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import {
  addDecimals,
  divideDecimals,
  integerDigits,
  maxDecimalDigits,
  multiplyDecimals,
  quotientScale,
  subtractDecimals,
} from '../decimal';
import type { Decimal } from '../decimal';
import type { ExprOptions } from './environment';
import type { Datum, Evaluate, ExprNode } from './node';
import { asDecimal, asDouble, asInt } from './node';
import { NotExact } from './not-exact';
import {
  decimalType,
  intType,
  isNumeric,
  leastScaleOf,
  quotientScaleOf,
  scaleOf,
  wholeDigits,
} from './static-type';
import type { NumericType, StaticType } from './static-type';

export type ArithmeticOp = Extract<BinaryOp, '+' | '-' | '*' | '/' | 'div' | '%'>;

const minInt64 = -(1n << 63n);
const maxInt64 = (1n << 63n) - 1n;
const maxUint64 = (1n << 64n) - 1n;

export function isArithmetic(op: BinaryOp): op is ArithmeticOp {
  return op === '+' || op === '-' || op === '*' || op === '/' || op === 'div' || op === '%';
}

/** Division by zero gives NULL. Throws `SqlError` 1690 (22003) when a result is out of its type's range. */
export function arithmetic(
  op: ArithmeticOp,
  left: ExprNode,
  right: ExprNode,
  options: Required<ExprOptions>,
): ExprNode {
  const [a, b] = [left.type, right.type];
  if (a.kind === 'null' && b.kind === 'null') throw new NotExact('arithmetic on NULL alone');
  if (a.kind === 'null' || b.kind === 'null') throw new NotExact('arithmetic on NULL');
  if (!isNumeric(a) || !isNumeric(b)) throw new NotExact('arithmetic on text or times');
  if (a.kind === 'double' || b.kind === 'double') return onDoubles(op, left, right);
  if (op === '/' || a.kind === 'decimal' || b.kind === 'decimal')
    return onDecimals(op, [a, left], [b, right], options);
  return onInts(op, [a, left], [b, right], options);
}

type Typed<T extends StaticType = NumericType> = [T, ExprNode];

/** MySQL looks at both sides of integer and double arithmetic, at the right one of decimals only if the left is not NULL. */
function both<T extends Datum>(
  left: Evaluate<T>,
  right: Evaluate<T>,
  apply: (a: T, b: T) => Datum,
): ExprNode['evaluate'] {
  return (scope) => {
    const a = left(scope);
    const b = right(scope);
    return a === null || b === null ? null : apply(a as T, b as T);
  };
}

function leftFirst<T extends Datum>(
  left: Evaluate<T>,
  right: Evaluate<T>,
  apply: (a: T, b: T) => Datum,
): ExprNode['evaluate'] {
  return (scope) => {
    const a = left(scope);
    if (a === null) return null;
    const b = right(scope);
    return b === null ? null : apply(a as T, b as T);
  };
}

function onDoubles(op: ArithmeticOp, left: ExprNode, right: ExprNode): ExprNode {
  if (op === 'div') throw new NotExact('DIV of doubles');
  const apply: Record<Exclude<ArithmeticOp, 'div'>, (a: number, b: number) => Datum> = {
    '+': (a, b) => finite(a + b),
    '-': (a, b) => finite(a - b),
    '*': (a, b) => finite(a * b),
    '/': (a, b) => (b === 0 ? null : finite(a / b)),
    '%': (a, b) => (b === 0 ? null : finite(a % b)),
  };
  return { type: { kind: 'double' }, evaluate: both(asDouble(left), asDouble(right), apply[op]) };
}

function finite(value: number): number {
  if (Number.isFinite(value)) return value;
  throw outOfRange('DOUBLE');
}

function onDecimals(
  op: ArithmeticOp,
  [a, left]: Typed,
  [b, right]: Typed,
  options: Required<ExprOptions>,
): ExprNode {
  const [aScale, bScale] = [scaleOf(a), scaleOf(b)];
  if (aScale === undefined || bScale === undefined)
    throw new NotExact('arithmetic on a DECIMAL of unknown scale');
  const scale = Math.max(aScale, bScale);
  const whole = Math.max(wholeDigits(a), wholeDigits(b));
  const [aLeast, bLeast] = [leastScaleOf(a), leastScaleOf(b)];
  const sum = { quotientScale: quotientScaleOf(a, b), leastScale: Math.max(aLeast, bLeast) };
  const node = (
    digits: number,
    resultScale: number,
    of: { quotientScale?: number; leastScale?: number },
    apply: (x: Decimal, y: Decimal) => Decimal | null,
  ): ExprNode => {
    // MySQL declares no more digits than a DECIMAL has; only a value that needs more loses some.
    const type = decimalType(Math.min(digits, maxDecimalDigits), resultScale, of);
    // Operands that are declared with all digits that there are may have more.
    const isDeclared = [a, b].every(
      (t) => t.kind === 'int' || (t.kind === 'decimal' && t.precision < maxDecimalDigits),
    );
    const isSafe =
      isDeclared &&
      sum.quotientScale === undefined &&
      isKept(op, wholeDigits(a), aScale, wholeDigits(b), bScale, options.divPrecisionIncrement);
    const checked = (x: Decimal, y: Decimal): Decimal | null => {
      checkKept(op, x, y, options.divPrecisionIncrement);
      return apply(x, y);
    };
    const evaluate = leftFirst(asDecimal(left), asDecimal(right), isSafe ? apply : checked);
    return { type, evaluate };
  };
  switch (op) {
    case '+':
      return node(whole + 1 + scale, scale, sum, addDecimals);
    case '-':
      return node(whole + 1 + scale, scale, sum, subtractDecimals);
    case '*': {
      if (aScale + bScale > options.maxScale)
        throw new NotExact('a product of more decimals than a DECIMAL has');
      const precision = wholeDigits(a) + wholeDigits(b) + aScale + bScale;
      return node(precision, aScale + bScale, { ...sum, leastScale: aLeast + bLeast }, multiplyDecimals);
    }
    case '/': {
      const increment = options.divPrecisionIncrement;
      if (aScale + increment > options.maxScale)
        throw new NotExact('a quotient of more decimals than a DECIMAL has');
      const least = quotientScale(aLeast, bLeast, increment);
      const of = { quotientScale: least, leastScale: least };
      return node(wholeDigits(a) + aScale + bScale + increment, aScale + increment, of, (x, y) =>
        divideDecimals(x, y, increment),
      );
    }
    case '%':
      // The remainder of a negative number that is zero prints with a minus.
      throw new NotExact('the remainder of decimals');
    case 'div':
      // Its type depends on whether a DECIMAL is unsigned, which expressions do not tell.
      throw new NotExact('DIV of decimals');
  }
}

/** MySQL computes decimals in so many groups of nine digits, and cuts digits behind the point that do not fit. */
const words = 9;
const wordsOf = (digits: number): number => Math.ceil(digits / 9);

/** True when a result of operands with so many digits before and behind the point keeps all of its own. */
function isKept(
  op: ArithmeticOp,
  aWhole: number,
  aScale: number,
  bWhole: number,
  bScale: number,
  increment: number,
): boolean {
  if (op === '*') return wordsOf(aWhole) + wordsOf(bWhole) + wordsOf(aScale) + wordsOf(bScale) <= words;
  if (op === '/') {
    const scale = quotientScale(aScale, bScale, increment);
    return wordsOf(aWhole) + wordsOf(bScale) + 1 + wordsOf(scale) <= words;
  }
  return wordsOf(Math.max(aWhole, bWhole) + 1) + wordsOf(Math.max(aScale, bScale)) <= words;
}

/** Throws VT12001 for values of so many digits that MySQL may cut some of the result's. */
function checkKept(op: ArithmeticOp, a: Decimal, b: Decimal, increment: number): void {
  if (isKept(op, integerDigits(a), a.scale, integerDigits(b), b.scale, increment)) return;
  throw new VtError(Code.UNIMPLEMENTED, 'unsupported: arithmetic on DECIMAL values of very many digits', {
    id: 'VT12001',
    errno: 1235,
    sqlstate: '42000',
  });
}

function onInts(
  op: ArithmeticOp,
  [a, left]: Typed,
  [b, right]: Typed,
  options: Required<ExprOptions>,
): ExprNode {
  const [x, y] = [wholeDigits(a), wholeDigits(b)];
  const leftUnsigned = a.kind === 'int' && a.unsigned;
  const unsigned = leftUnsigned || (b.kind === 'int' && b.unsigned);
  const node = (type: StaticType, apply: (p: bigint, q: bigint) => bigint | null): ExprNode => {
    const isUnsigned = type.kind === 'int' && type.unsigned;
    return {
      type,
      evaluate: both(asInt(left), asInt(right), (p, q) => {
        const result = apply(p, q);
        return result === null ? null : inRange(result, isUnsigned);
      }),
    };
  };
  switch (op) {
    case '+':
      return node(intType(Math.max(x, y) + 1, unsigned), (p, q) => p + q);
    case '-':
      return node(intType(Math.max(x, y) + 1, unsigned && !options.noUnsignedSubtraction), (p, q) => p - q);
    case '*':
      return node(intType(x + y, unsigned), (p, q) => p * q);
    case 'div':
      return node(intType(x, unsigned), (p, q) => (q === 0n ? null : p / q));
    case '%':
      return node(intType(Math.max(x, y), leftUnsigned), (p, q) => (q === 0n ? null : p % q));
    case '/':
      throw new NotExact('division of integers is one of decimals');
  }
}

export function negate(operand: ExprNode): ExprNode {
  const { type } = operand;
  switch (type.kind) {
    case 'int': {
      const value = asInt(operand);
      return {
        type: intType(type.precision + 1, false),
        evaluate: (scope) => mapNull(value(scope), (n) => inRange(-n, false)),
      };
    }
    case 'decimal': {
      const value = asDecimal(operand);
      const precision = Math.min(type.precision + 1, maxDecimalDigits);
      const negated = decimalType(precision, type.scale, type);
      return {
        type: negated,
        evaluate: (scope) => mapNull(value(scope), (d) => ({ digits: -d.digits, scale: d.scale })),
      };
    }
    case 'double': {
      const value = asDouble(operand);
      return { type, evaluate: (scope) => mapNull(value(scope), (n) => -n) };
    }
    default:
      throw new NotExact('minus of text, times or NULL');
  }
}

function mapNull<T extends Datum>(value: T | null, map: (value: T) => Datum): Datum {
  return value === null ? null : map(value);
}

function inRange(value: bigint, unsigned: boolean): bigint {
  if (unsigned ? value >= 0n && value <= maxUint64 : value >= minInt64 && value <= maxInt64) return value;
  throw outOfRange(unsigned ? 'BIGINT UNSIGNED' : 'BIGINT');
}

function outOfRange(type: string): SqlError {
  return new SqlError(1690, '22003', `${type} value is out of range in the expression`, {
    code: Code.OUT_OF_RANGE,
  });
}
