import { Type, makeField } from '@vitess-ts/sqltypes';
import type { Field } from '@vitess-ts/sqltypes';
import type { AggregateFunction } from './index';
import { aggregateRows, mergePartials } from './index';

const int = makeField('i', Type.INT32, { columnLength: 11 });
const decimal = makeField('d', Type.DECIMAL, { columnLength: 7, decimals: 2 });
const double = makeField('f', Type.FLOAT64, { columnLength: 22, decimals: 31 });

function run(name: AggregateFunction, field: Field, ...values: (string | null)[]): string | null {
  const aggregator = aggregateRows(name, field)?.create();
  if (!aggregator) return 'not exact';
  for (const v of values) aggregator.add(v === null ? null : Buffer.from(v));
  return aggregator.result()?.toString() ?? null;
}

test.each<[AggregateFunction, Field, (string | null)[], string | null]>([
  ['sum', int, ['1', null, '-3'], '-2'],
  ['sum', int, [], null],
  ['sum', int, [null], null],
  [
    'sum',
    makeField('b', Type.UINT64),
    ['18446744073709551615', '18446744073709551615'],
    '36893488147419103230',
  ],
  ['sum', decimal, ['1.10', '2'], '3.10'],
  ['sum', double, ['0.1', '0.2'], '0.30000000000000004'],
  ['avg', int, ['1', '1', null, '0'], '0.6667'],
  ['avg', decimal, ['1.00', '2.00', '2.00'], '1.666667'],
  ['avg', double, ['1', '2'], '1.5'],
  ['avg', int, [null], null],
  ['count', int, ['1', null], '1'],
  ['count_star', int, ['1', null], '2'],
  ['count', int, [], '0'],
  ['min', int, ['10', null, '9'], '9'],
  ['max', decimal, ['-1.00', '-2.00'], '-1.00'],
  ['max', int, [null], null],
  ['bit_and', int, [], '18446744073709551615'],
  ['bit_and', int, ['-1', '12', '10'], '8'],
  ['bit_or', int, ['1', null, '6'], '7'],
  ['bit_xor', int, ['5', '-1'], '18446744073709551610'],
  ['any_value', int, [null, '2'], null],
  ['any_value', int, ['3', '2'], '3'],
  ['any_value', int, [], null],
])('%s of %j %j', (name, field, values, want) => {
  expect(run(name, field, ...values)).toBe(want);
});

test('numbers summed as small integers stay exact over 2^53', () => {
  const values = Array.from({ length: 30 }, () => '999999999999999');
  expect(run('sum', int, ...values)).toBe('29999999999999970');
});

test('what texts do not hold exactly is not computed', () => {
  expect(run('sum', makeField('t', Type.VARCHAR, { charset: 45 }))).toBe('not exact');
  expect(run('avg', makeField('f', Type.FLOAT32, { decimals: 31 }))).toBe('not exact');
  expect(run('sum', makeField('f', Type.FLOAT64, { decimals: 3 }))).toBe('not exact');
  expect(run('sum', makeField('d', Type.DATE))).toBe('not exact');
  expect(run('bit_or', decimal)).toBe('not exact');
  expect(run('max', makeField('j', Type.JSON))).toBe('not exact');
});

test('a value that is not what its column says is an error', () => {
  expect(() => run('sum', int, 'abc')).toThrow(/is no number/);
  expect(() => run('sum', double, 'abc')).toThrow(/is no number/);
  expect(() => run('bit_or', int, '1.5')).toThrow(/is no integer/);
  expect(() => run('sum', double, '1e308', '1e308')).toThrow(expect.objectContaining({ errno: 1690 }));
});

test('partial averages need their counts, text its weight', () => {
  const sum = makeField('s', Type.DECIMAL, { columnLength: 33, flags: 128 });
  const avg = mergePartials('avg', sum)?.create();
  avg?.add(Buffer.from('10'), Buffer.from('3'));
  avg?.add(null, Buffer.from('0'));
  avg?.add(Buffer.from('1'), Buffer.from('4'));
  expect(avg?.result()?.toString()).toBe('1.5714');
  expect(() => mergePartials('avg', sum)?.create().add(Buffer.from('1'))).toThrow(/without its COUNT/);
  const min = aggregateRows('min', makeField('t', Type.VARCHAR, { charset: 45 }))?.create();
  expect(() => min?.add(Buffer.from('a'), null)).toThrow(expect.objectContaining({ code: 12 }));
});

test('an extreme outlives the buffer it came in', () => {
  const aggregator = aggregateRows('min', int)?.create();
  const row = Buffer.from('7');
  aggregator?.add(row);
  row.fill(0x39);
  expect(aggregator?.result()?.toString()).toBe('7');
});
