import {
  addDecimals,
  checkDecimal,
  compareDecimals,
  divideDecimals,
  formatDecimal,
  parseDecimal,
  roundDecimal,
} from './decimal';
import type { Decimal } from './decimal';
import { formatDouble, parseDouble } from './double';

function d(text: string): Decimal {
  const decimal = parseDecimal(text);
  if (!decimal) throw new Error(`${text} is no decimal`);
  return decimal;
}

test.each(['0', '-1', '12.50', '0.000', '-0.01', '9'.repeat(65), `0.${'1'.repeat(38)}`])(
  '%s reads and prints',
  (text) => {
    expect(formatDecimal(d(text))).toBe(text);
  },
);

test('other forms of decimals', () => {
  expect(formatDecimal(d('+5.'))).toBe('5');
  expect(formatDecimal(d('.5'))).toBe('0.5');
  expect(formatDecimal(d('-0.00'))).toBe('0.00');
  for (const bad of ['', '.', '-', '1e5', '1.2.3', ' 1', 'x', '1'.repeat(5000)])
    expect(parseDecimal(bad)).toBeUndefined();
});

test.each([
  ['1.005', 2, '1.01'],
  ['-1.005', 2, '-1.01'],
  ['1.0049', 2, '1.00'],
  ['0.5', 0, '1'],
  ['1', 3, '1.000'],
])('%s rounded to %i is %s', (text, scale, want) => {
  expect(formatDecimal(roundDecimal(d(text), scale))).toBe(want);
});

test('division cuts after whole groups of nine digits', () => {
  const quotient = (a: string, b: string): string | null => {
    const q = divideDecimals(d(a), d(b), 4);
    return q && formatDecimal(q);
  };
  expect(quotient('1', '3')).toBe('0.333333333');
  expect(quotient('2.00000', '3')).toBe('0.666666666');
  expect(quotient('1.000000', '3')).toBe('0.333333333333333333');
  expect(quotient('1', '0.00')).toBeNull();
});

test('sums and order', () => {
  expect(formatDecimal(addDecimals(d('0.1'), d('-0.20')))).toBe('-0.10');
  expect(compareDecimals(d('1.0'), d('1'))).toBe(0);
  expect(compareDecimals(d('-1.01'), d('-1'))).toBe(-1);
  expect(() => checkDecimal(d('1' + '0'.repeat(65)))).toThrow(
    expect.objectContaining({ code: 11, errno: 1690 }),
  );
});

test.each<[number, string]>([
  [1e15, '1e15'],
  [1e14, '100000000000000'],
  [123456789012345680, '1.2345678901234568e17'],
  [1e-15, '0.000000000000001'],
  [1e-16, '1e-16'],
  [0.1 + 0.2, '0.30000000000000004'],
  [5e-324, '5e-324'],
  [1.7976931348623157e308, '1.7976931348623157e308'],
  [1234567890123456.7, '1234567890123456.8'],
  [1e16 / 3, '3333333333333333.5'],
  [-2.5e-20, '-2.5e-20'],
  [0, '0'],
  [-0, '-0'],
])('%d prints as %s', (value, want) => {
  expect(formatDouble(value)).toBe(want);
  expect(parseDouble(want)).toBe(value);
});
