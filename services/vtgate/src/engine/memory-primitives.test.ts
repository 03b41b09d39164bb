import { Type } from '@vitess-ts/sqltypes';
import { collect } from './collect';
import { Concatenate } from './concatenate';
import { Distinct } from './distinct';
import { FakeExecContext, GivenRows, resultOf, rowsOf } from './fake-exec-context.contract';
import { MemorySort } from './memory-sort';
import type { Primitive } from './primitive';
import { Rows } from './rows';
import { SimpleProjection } from './simple-projection';
import { StatementMemory } from './statement-memory';

const ctx = (): FakeExecContext => new FakeExecContext([], () => resultOf(''));

test('MemorySort orders by types, keeps equal rows in their order and cuts hidden columns', async () => {
  const given = resultOf('t:TIME, n, x', [
    ['-01:00:00', '1', 'a'],
    ['100:00:00', '2', 'b'],
    ['99:00:00', '3', 'c'],
    [null, '4', 'd'],
    ['-01:00:00.5', '5', 'e'],
    ['-01:00:00', '6', 'f'],
  ]);
  const sort = new MemorySort(new GivenRows(given), [{ column: 0, descending: false }], 1);
  expect(await rowsOf(sort, ctx())).toEqual([
    [null, '4'],
    ['-01:00:00.5', '5'],
    ['-01:00:00', '1'],
    ['-01:00:00', '6'],
    ['99:00:00', '3'],
    ['100:00:00', '2'],
  ]);
});

test('MemorySort of many rows lets timers run', async () => {
  const context = ctx();
  context.memory = new StatementMemory(200_000);
  const rows = Array.from({ length: 60_000 }, (_, i) => [String((i * 7919) % 60_000)]);
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const sorted = await rowsOf(
    new MemorySort(new GivenRows(resultOf('n', rows), 1000), [{ column: 0, descending: true }]),
    context,
  );
  clearInterval(timer);
  expect(sorted[0]).toEqual(['59999']);
  expect(sorted[59_999]).toEqual(['0']);
  expect(ticks).toBeGreaterThan(2);
});

test('decimals and dates compare by value', async () => {
  const sorted = async (type: string, values: string[]): Promise<unknown> =>
    (
      await rowsOf(
        new MemorySort(
          new GivenRows(
            resultOf(
              `v:${type}`,
              values.map((v) => [v]),
            ),
          ),
          [{ column: 0, descending: false }],
        ),
        ctx(),
      )
    ).flat();
  expect(await sorted('DECIMAL', ['10.5', '9.75', '-3', '-3.5', '9.8'])).toEqual([
    '-3.5',
    '-3',
    '9.75',
    '9.8',
    '10.5',
  ]);
  expect(await sorted('DATETIME', ['2020-01-02 00:00:00', '2019-12-31 23:59:59'])).toEqual([
    '2019-12-31 23:59:59',
    '2020-01-02 00:00:00',
  ]);
  expect(await sorted('UINT64', ['18446744073709551615', '9', '18446744073709551614'])).toEqual([
    '9',
    '18446744073709551614',
    '18446744073709551615',
  ]);
  await expect(sorted('JSON', ['{}'])).rejects.toThrow(/VT12001/);
});

test('Distinct keeps the first of equal rows', async () => {
  const given = resultOf('a, b:DECIMAL', [
    ['1', '1.0'],
    ['1', '1.00'],
    [null, null],
    ['2', '1.0'],
    [null, null],
  ]);
  const keys = [0, 1].map((column) => ({ column, descending: false }));
  expect(await rowsOf(new Distinct(new GivenRows(given), keys), ctx())).toEqual([
    ['1', '1.0'],
    [null, null],
    ['2', '1.0'],
  ]);
});

test('Concatenate widens types whose text stays valid and refuses others', async () => {
  const union = (a: string, b: string): Concatenate =>
    new Concatenate([new GivenRows(resultOf(a, [['1']])), new GivenRows(resultOf(b, [['2']]))]);
  const result = await collect(union('x:INT32', 'y:INT64'), ctx(), {});
  expect(result.fields.map((f) => [f.name, f.type])).toEqual([['x', Type.INT64]]);
  expect(result.rows.rows().flat().map(String)).toEqual(['1', '2']);
  await expect(collect(union('x:INT32', 'y:VARCHAR'), ctx(), {})).rejects.toThrow(/CAST/);
  const uneven = new Concatenate([new GivenRows(resultOf('a')), new GivenRows(resultOf('a, b'))]);
  await expect(collect(uneven, ctx(), {})).rejects.toMatchObject({ errno: 1222 });
});

test('SimpleProjection picks, repeats and renames', async () => {
  const projection = new SimpleProjection(new Rows(resultOf('a, b', [['1', '2']])), [
    { column: 1, name: 'x' },
    { column: 0 },
    { column: 1 },
  ]);
  const result = await collect(projection, ctx(), {});
  expect(result.fields.map((f) => f.name)).toEqual(['x', 'a', 'b']);
  expect(result.rows.row(0).map(String)).toEqual(['2', '1', '2']);
});

test('collect names the limit that it enforces', async () => {
  const rows = Array.from({ length: 1001 }, () => ['1']);
  await expect(collect(new GivenRows(resultOf('a', rows)), ctx(), {})).rejects.toThrow(
    /limit of 1000.*max-memory-rows/,
  );
});

test('the primitives of a statement share one limit of rows, and give back what they held', async () => {
  const given = (): GivenRows =>
    new GivenRows(
      resultOf(
        'n',
        Array.from({ length: 60 }, (_, i) => [String(i)]),
      ),
    );
  const sorted = (input: Primitive): MemorySort => new MemorySort(input, [{ column: 0, descending: true }]);
  const read = async (primitive: Primitive, context: FakeExecContext): Promise<number> => {
    let rows = 0;
    for await (const result of primitive.execute(context, {})) rows += result.rows.length;
    return rows;
  };
  const context = ctx();
  context.memory = new StatementMemory(100);
  await expect(read(sorted(sorted(given())), context)).rejects.toMatchObject({ errno: 1114 });
  for (let i = 0; i < 3; i++) expect(await read(sorted(given()), context)).toBe(60);
  for await (const result of sorted(given()).execute(context, {})) if (result.rows.length > 0) break;
  expect(await read(sorted(given()), context)).toBe(60);
});
