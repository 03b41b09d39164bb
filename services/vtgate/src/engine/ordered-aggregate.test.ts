import { Type } from '@vitess-ts/sqltypes';
import type { AggregateColumn } from './ordered-aggregate';
import { FakeExecContext, GivenRows, resultOf, rowsOf } from './fake-exec-context.contract';
import type { OrderKey } from './order-key';
import { OrderedAggregate } from './ordered-aggregate';

const ctx = (): FakeExecContext => new FakeExecContext([], () => resultOf(''));
const key = (column: number, rest: Partial<OrderKey> = {}): OrderKey => ({
  column,
  descending: false,
  ...rest,
});
const run = async (
  columns: string,
  rows: (string | null)[][],
  groupBy: OrderKey[],
  aggregates: AggregateColumn['aggregate'][],
): Promise<(string | null)[][]> =>
  rowsOf(
    new OrderedAggregate(
      new GivenRows(resultOf(columns, rows)),
      groupBy,
      aggregates.map((aggregate) => ({ aggregate })),
    ),
    ctx(),
  );

test('partial counts, sums, extremes and averages of shards become one row a group', async () => {
  const rows = [
    ['1', '2', '1.50', '10', '3'],
    ['1', '3', '2.25', '9', '4'],
    ['2', '0', null, null, null],
    ['3', '1', '-0.01', '0', '0'],
  ];
  expect(
    await run(
      'k, c, s:DECIMAL:2, min, max',
      rows,
      [key(0)],
      [
        { function: 'first', column: 0 },
        { function: 'sumOfCounts', column: 1 },
        { function: 'sum', column: 2 },
        { function: 'min', key: key(3) },
        { function: 'max', key: key(4) },
      ],
    ),
  ).toEqual([
    ['1', '5', '3.75', '9', '4'],
    ['2', '0', null, null, null],
    ['3', '1', '-0.01', '0', '0'],
  ]);
});

test('without group keys there is exactly one row, also of no rows', async () => {
  const aggregates: AggregateColumn['aggregate'][] = [
    { function: 'count' },
    { function: 'sumOfCounts', column: 0 },
    { function: 'sum', column: 0 },
    { function: 'max', key: key(0) },
    { function: 'bit_and', column: 0 },
  ];
  expect(await run('a', [], [], aggregates)).toEqual([['0', '0', null, null, '18446744073709551615']]);
  expect(await run('a', [], [key(0)], aggregates)).toEqual([]);
  expect(await run('a', [['6'], [null], ['3']], [], aggregates)).toEqual([['3', '9', '9', '6', '2']]);
});

test('sums stay exact beyond doubles and averages round halves away from zero', async () => {
  const big = '9007199254740993';
  expect(
    await run(
      'a, s:DECIMAL, n, avg:DECIMAL',
      [
        [big, '-1', '3', '0'],
        [big, '-1', '5', '0'],
      ],
      [],
      [
        { function: 'sum', column: 0 },
        { function: 'avg', column: 0 },
      ],
    ),
  ).toEqual([['18014398509481986', `${big}.0000`]]);
  const average = (sum: string, count: string): Promise<(string | null)[][]> =>
    run(
      's:DECIMAL:1, n, avg:DECIMAL:5',
      [[sum, count, '0']],
      [],
      [{ function: 'averageOf', sum: 0, count: 1, header: 2 }],
    );
  expect(await average('1.0', '64')).toEqual([['0.01563']]);
  expect(await average('-1.0', '64')).toEqual([['-0.01563']]);
  expect(await average('1.0', '3')).toEqual([['0.33333']]);
});

test('distinct aggregates see each value once a group and leave out NULL', async () => {
  const rows = [
    ['1', '5'],
    ['1', '5'],
    ['1', null],
    ['1', '7'],
    ['2', '5'],
  ];
  expect(
    await run(
      'k, v',
      rows,
      [key(0)],
      [
        { function: 'count', column: 1, distinct: [key(1)] },
        { function: 'sum', column: 1, distinct: [key(1)] },
        { function: 'count', column: 1 },
        { function: 'count' },
      ],
    ),
  ).toEqual([
    ['2', '12', '3', '4'],
    ['1', '5', '1', '1'],
  ]);
});

test('text groups by its weights and keeps the first spelling; PAD SPACE ignores spaces at the end', async () => {
  const rows = [
    ['a', 'A', ' ', '1'],
    ['A ', 'A ', ' ', '2'],
    ['b', 'B', ' ', '3'],
  ];
  const name = key(0, { weightColumn: 1, padColumn: 2 });
  expect(
    await run(
      'name:VARCHAR, w:VARBINARY, p:VARBINARY, n',
      rows,
      [name],
      [
        { function: 'first', column: 0 },
        { function: 'sum', column: 3 },
      ],
    ),
  ).toEqual([
    ['a', '3'],
    ['b', '3'],
  ]);
  expect(
    await run(
      'name:VARCHAR, w:VARBINARY, p:VARBINARY, n',
      rows,
      [],
      [
        { function: 'count', column: 0, distinct: [name] },
        { function: 'max', key: name },
      ],
    ),
  ).toEqual([['2', 'b']]);
});

test('headers are those MySQL gives', async () => {
  const primitive = new OrderedAggregate(
    new GivenRows(resultOf('a:INT32, b:FLOAT64:31, c:DECIMAL')),
    [],
    [
      { aggregate: { function: 'count' }, name: 'count(*)' },
      { aggregate: { function: 'sum', column: 0 }, name: 's' },
      { aggregate: { function: 'avg', column: 0 } },
      { aggregate: { function: 'sum', column: 1 } },
    ],
  );
  const fields = await primitive.fields(ctx(), {});
  expect(fields.map((f) => [f.name, f.type, f.decimals])).toEqual([
    ['count(*)', Type.INT64, 0],
    ['s', Type.DECIMAL, 0],
    ['a', Type.DECIMAL, 4],
    ['b', Type.FLOAT64, 31],
  ]);
});

test('what cannot be added exactly is refused', async () => {
  await expect(run('v:VARCHAR', [['1']], [], [{ function: 'sum', column: 0 }])).rejects.toThrow(
    /VT12001.*CAST/,
  );
});

test('remembered distinct values count against the row limit', async () => {
  const rows = Array.from({ length: 1001 }, (_, i) => [String(i)]);
  await expect(run('v', rows, [], [{ function: 'count', column: 0, distinct: [key(0)] }])).rejects.toThrow(
    /max-memory-rows/,
  );
});

test('GROUP_CONCAT orders, leaves out NULL, and is cut at a character', async () => {
  const rows = [
    ['1', 'b', '100', '2'],
    ['1', null, '100', '3'],
    ['1', 'á', '100', '1'],
    ['2', 'ááá', '3', '1'],
    ['3', null, '100', '1'],
  ];
  expect(
    await run(
      'k, t:VARCHAR, max, o',
      rows,
      [key(0)],
      [{ function: 'group_concat', text: 1, maxLength: 2, separator: '; ', orderBy: [key(3)] }],
    ),
  ).toEqual([['á; b'], ['á'], [null]]);
});

test('variances have four decimals more than an exact argument', async () => {
  const of = (isSample: boolean, isRoot: boolean): AggregateColumn['aggregate'] => ({
    function: 'variance',
    column: 0,
    isSample,
    isRoot,
  });
  const all = [of(false, false), of(true, false), of(false, true), of(true, true)];
  expect(await run('v', [['1'], ['2'], [null], ['4']], [], all)).toEqual([
    ['1.5556', '2.3333', '1.2472', '1.5275'],
  ]);
  expect(await run('v:DECIMAL:1', [['1.5']], [], all)).toEqual([['0.00000', null, '0.00000', null]]);
  expect(await run('v:FLOAT64:31', [['0.5'], ['1']], [], [of(false, false)])).toEqual([['0.0625']]);
  await expect(run('v:VARCHAR', [['1']], [], [of(false, false)])).rejects.toThrow(/VT12001/);
});
