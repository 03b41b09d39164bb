/**
 * A double as MySQL and MariaDB print it: the shortest digits that read back as the same number, without exponent
 * while the number has at most 15 digits before the point or a fraction, and at most 14 zeros behind it.
 */
export function formatDouble(value: number): string {
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(value.toExponential());
  if (!match) return String(value);
  const [, sign, first, rest = '', exponentText] = match;
  const digits = first + rest;
  const exponent = Number(exponentText);
  /** Digits before the point; not positive when zeros follow the point. */
  const whole = exponent + 1;
  if (whole < -14 || (whole > 15 && digits.length <= whole)) {
    return `${sign}${first}${rest === '' ? '' : `.${rest}`}e${exponent}`;
  }
  if (whole <= 0) return `${sign}0.${'0'.repeat(-whole)}${digits}`;
  if (digits.length <= whole) return sign + digits.padEnd(whole, '0');
  return `${sign}${digits.slice(0, whole)}.${digits.slice(whole)}`;
}

/** Reads the text of a FLOAT or DOUBLE column; undefined when it is no number. */
export function parseDouble(text: string): number | undefined {
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return undefined;
  return Number(text);
}
