import { emptyResult, makeField, type Result, RowBatch, Type } from '@vitess-ts/sqltypes';
import { compareResults, expectSameResult } from './compare-results';

const result = (rows: (string | null)[][], type: Type = Type.INT64): Result =>
  emptyResult({
    fields: [makeField('a', type), makeField('b', Type.VARCHAR)],
    rows: RowBatch.from(
      2,
      rows.map((row) => row.map((value) => (value === null ? null : Buffer.from(value)))),
    ),
  });

const sorted = result([
  ['1', 'x'],
  ['2', null],
  ['2', null],
]);
const shuffled = result([
  ['2', null],
  ['1', 'x'],
  ['2', null],
]);

test('the mode says whether order counts', () => {
  expect(compareResults(sorted, sorted, 'ordered')).toEqual([]);
  expect(compareResults(shuffled, sorted, 'multiset')).toEqual([]);
  expect(compareResults(shuffled, sorted, 'ordered')).toEqual([
    'row 0 is ("2", NULL) instead of ("1", "x")',
    'row 1 is ("1", "x") instead of ("2", NULL)',
  ]);
});

test('a multiset counts', () => {
  const once = result([
    ['1', 'x'],
    ['1', 'x'],
    ['2', null],
  ]);
  expect(compareResults(once, sorted, 'multiset')).toEqual([
    'missing row ("2", NULL)',
    'unexpected row ("1", "x")',
  ]);
});

test('NULL is not the empty string, and bytes are not trimmed', () => {
  expect(compareResults(result([['1', '']]), result([['1', null]]), 'multiset')).toHaveLength(2);
  expect(compareResults(result([['1', 'a ']]), result([['1', 'a']]), 'multiset')).toHaveLength(2);
});

test('names and types count', () => {
  expect(compareResults(result([], Type.INT32), result([]), 'ordered')).toEqual([
    'column 0 `a` is INT32 instead of INT64',
  ]);
  expect(() => expectSameResult(result([['1', 'x']]), result([]), 'ordered')).toThrow('1 rows instead of 0');
});
