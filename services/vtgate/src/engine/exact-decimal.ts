/** An exact decimal: `units` times ten to the minus `scale`. */
export interface ExactDecimal {
  units: bigint;
  scale: number;
}

/** Reads MySQL's text of an integer or DECIMAL. */
export function parseDecimal(text: string): ExactDecimal {
  const point = text.indexOf('.');
  if (point < 0) return { units: BigInt(text), scale: 0 };
  return { units: BigInt(text.slice(0, point) + text.slice(point + 1)), scale: text.length - point - 1 };
}

export function formatDecimal({ units, scale }: ExactDecimal): string {
  if (scale === 0) return units.toString();
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const at = digits.length - scale;
  return `${units < 0n ? '-' : ''}${digits.slice(0, at)}.${digits.slice(at)}`;
}

export function addDecimals(a: ExactDecimal, b: ExactDecimal): ExactDecimal {
  const scale = Math.max(a.scale, b.scale);
  return { units: a.units * pow10(scale - a.scale) + b.units * pow10(scale - b.scale), scale };
}

/** The quotient at the given scale, halves away from zero as MySQL rounds. `divisor` is positive. */
export function divideDecimal(dividend: ExactDecimal, divisor: bigint, scale: number): ExactDecimal {
  const raised = dividend.units * pow10(Math.max(0, scale - dividend.scale));
  const by = divisor * pow10(Math.max(0, dividend.scale - scale));
  const magnitude = ((raised < 0n ? -raised : raised) * 2n + by) / (by * 2n);
  return { units: raised < 0n ? -magnitude : magnitude, scale };
}

const pow10 = (n: number): bigint => 10n ** BigInt(n);
