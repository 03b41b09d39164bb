import { Type } from '@vitess-ts/sqltypes';
import { comparatorFor, groupKeyFor, isComparable, rowKey } from './index';

const value = (text: string | null): Buffer | null => (text === null ? null : Buffer.from(text, 'latin1'));

function compare(type: number, a: string | null, b: string | null, charset = 63): number {
  const comparator = comparatorFor({ type, charset });
  if (!comparator) throw new Error('not comparable');
  const order = Math.sign(comparator(value(a), value(b)));
  expect(Math.sign(comparator(value(b), value(a)))).toBe(order === 0 ? 0 : -order);
  const key = groupKeyFor({ type, charset });
  expect(key?.(value(a)) === key?.(value(b))).toBe(order === 0);
  return order;
}

test.each<[number, string | null, string | null, number]>([
  [Type.INT64, '9', '10', -1],
  [Type.INT64, '-9', '-10', 1],
  [Type.INT64, '-1', '1', -1],
  [Type.UINT64, '18446744073709551615', '18446744073709551614', 1],
  [Type.INT64, '9007199254740993', '9007199254740992', 1],
  [Type.UINT32, '0007', '7', 0],
  [Type.INT64, null, '-5', -1],
  [Type.INT64, null, null, 0],
  [Type.DECIMAL, '1.50', '1.5', 0],
  [Type.DECIMAL, '-0.00', '0', 0],
  [Type.DECIMAL, '-1.51', '-1.5', -1],
  [Type.DECIMAL, '0.9', '10.1', -1],
  [Type.DECIMAL, '100', '99.999', 1],
  [Type.FLOAT64, '1e3', '1000', 0],
  [Type.FLOAT64, '-0', '0', 0],
  [Type.FLOAT64, '1e-300', '1e300', -1],
  [Type.DATE, '0000-00-00', '2020-01-01', -1],
  [Type.DATETIME, '2020-01-01 00:00:00', '2020-01-01 00:00:00.000', 0],
  [Type.DATETIME, '2020-01-01 00:00:00.001', '2020-01-01 00:00:00', 1],
  [Type.TIME, '-838:59:59', '838:59:59', -1],
  [Type.TIME, '100:00:00', '99:59:59', 1],
  [Type.TIME, '-00:00:02', '-00:00:01', -1],
  [Type.TIME, '-00:00:00.00', '00:00:00', 0],
  [Type.TIME, '01:00:00.5', '01:00:00.50', 0],
  [Type.VARBINARY, 'a', 'a ', -1],
  [Type.BLOB, 'b', 'ab', 1],
  [Type.BIT, '\0\x01', '\x01', 0],
  [Type.BIT, '\x01\0', '\xff', 1],
  [Type.NULL_TYPE, null, null, 0],
])('%i: %j and %j', (type, a, b, want) => {
  expect(compare(type, a, b)).toBe(want);
});

test('text, ENUM, SET and JSON cannot be compared by their values', () => {
  for (const type of [Type.VARCHAR, Type.CHAR, Type.TEXT, Type.ENUM, Type.SET, Type.JSON]) {
    expect(comparatorFor({ type, charset: 45 })).toBeUndefined();
    expect(groupKeyFor({ type, charset: 45 })).toBeUndefined();
    expect(isComparable({ type, charset: 45 })).toBe(false);
  }
  expect(compare(Type.VARCHAR, 'a', 'B')).toBe(1);
});

test('keys of rows keep columns apart', () => {
  const bytes = groupKeyFor({ type: Type.VARBINARY, charset: 63 });
  const key = (...row: (string | null)[]): string => rowKey(row.map(value), [0, 1], [bytes!, bytes!]);
  expect(key('a', 'bc')).not.toBe(key('ab', 'c'));
  expect(key(null, 'a')).not.toBe(key('', 'a'));
  expect(key('2:=', 'x')).not.toBe(key('', '2:=x'));
  expect(key('a', null)).toBe(key('a', null));
  expect(rowKey([value('x'), value('y')], [1], [bytes!])).toBe('=y');
});
