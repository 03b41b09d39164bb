import { Code, VtError } from '@vitess-ts/vterrors';

/**
 * An exact decimal: `digits` times ten to the power of minus `scale`. The scale is what MySQL calls frac: digits after
 * the point, trailing zeros included, for results are printed with them.
 */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

/** Largest number of digits of a DECIMAL. */
export const maxDecimalDigits = 65;
/** MySQL computes quotients in groups of nine digits and cuts what is behind the last group. */
const digitsPerWord = 9;

const powers: readonly bigint[] = Array.from({ length: 82 }, (_, n) => 10n ** BigInt(n));

export function pow10(n: number): bigint {
  return powers[n] ?? 10n ** BigInt(n);
}

/** Reads `-12.50`; undefined for anything but digits with at most one point and a sign. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text);
  if (!match || (match[2] === '' && !match[3]) || text.length > 4096) return undefined;
  const fraction = match[3] ?? '';
  const digits = BigInt(match[2] + fraction);
  return { digits: match[1] === '-' ? -digits : digits, scale: fraction.length };
}

/** The text that MySQL prints: all digits of the scale, no plus, no minus before zero. */
export function formatDecimal({ digits, scale }: Decimal): string {
  const negative = digits < 0n;
  const text = (negative ? -digits : digits).toString().padStart(scale + 1, '0');
  const cut = text.length - scale;
  return `${negative ? '-' : ''}${text.slice(0, cut)}${scale > 0 ? `.${text.slice(cut)}` : ''}`;
}

export const decimalOf = (n: bigint): Decimal => ({ digits: n, scale: 0 });

/** The same number with at least this scale. */
function widened(a: Decimal, scale: number): bigint {
  return a.scale >= scale ? a.digits : a.digits * pow10(scale - a.scale);
}

export function addDecimals(a: Decimal, b: Decimal): Decimal {
  const scale = Math.max(a.scale, b.scale);
  return { digits: widened(a, scale) + widened(b, scale), scale };
}

export function subtractDecimals(a: Decimal, b: Decimal): Decimal {
  return addDecimals(a, { digits: -b.digits, scale: b.scale });
}

export function multiplyDecimals(a: Decimal, b: Decimal): Decimal {
  return { digits: a.digits * b.digits, scale: a.scale + b.scale };
}

export function compareDecimals(a: Decimal, b: Decimal): number {
  const scale = Math.max(a.scale, b.scale);
  const [x, y] = [widened(a, scale), widened(b, scale)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Rounds to a scale, halves away from zero; widens with zeros when the scale is larger. */
export function roundDecimal(a: Decimal, scale: number): Decimal {
  if (a.scale <= scale) return { digits: widened(a, scale), scale };
  const unit = pow10(a.scale - scale);
  const half = a.digits < 0n ? -unit / 2n : unit / 2n;
  return { digits: (a.digits + half) / unit, scale };
}

/**
 * The quotient as MySQL computes it before it is rounded to the result's scale: `increment` digits more than the
 * operands have, in whole groups of nine, the rest cut. Null for a zero divisor.
 */
export function divideDecimals(a: Decimal, b: Decimal, increment: number): Decimal | null {
  if (b.digits === 0n) return null;
  const scale = quotientScale(a.scale, b.scale, increment);
  return { digits: (a.digits * pow10(scale + b.scale)) / (b.digits * pow10(a.scale)), scale };
}

/** The scale of a quotient before it is rounded. */
export function quotientScale(aScale: number, bScale: number, increment: number): number {
  const [aWords, bWords] = [wordDigits(aScale), wordDigits(bScale)];
  const more = Math.max(0, increment - (aWords - aScale) - (bWords - bScale));
  return wordDigits(aWords + bWords + more);
}

function wordDigits(scale: number): number {
  return Math.ceil(scale / digitsPerWord) * digitsPerWord;
}

/** Digits before the point, at least one. */
export function integerDigits({ digits, scale }: Decimal): number {
  const whole = (digits < 0n ? -digits : digits) / pow10(scale);
  return whole.toString().length;
}

/** Throws OUT_OF_RANGE (errno 1690) for a number that MySQL's DECIMAL cannot hold. */
export function checkDecimal(a: Decimal): Decimal {
  if (integerDigits(a) + a.scale > maxDecimalDigits) {
    throw new VtError(
      Code.OUT_OF_RANGE,
      `DECIMAL value is out of range in '${formatDecimal(a).slice(0, 80)}'`,
      {
        errno: 1690,
        sqlstate: '22003',
      },
    );
  }
  return a;
}
