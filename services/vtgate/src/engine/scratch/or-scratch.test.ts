import type { Result } from '@vitess-ts/sqltypes';
import { SqlError } from '@vitess-ts/vterrors';
import { FakeExecContext, GivenRows, resultOf, rowsOf } from '../fake-exec-context.contract';
import type { Primitive } from '../primitive';
import { unsupported } from '../unsupported';
import { OrScratch } from './or-scratch';

const ctx = new FakeExecContext(['0'], () => resultOf(''));
const other = new GivenRows(resultOf('other', [['2']]));

function plan(...steps: (Result | Error)[]): Primitive {
  return {
    execute: async function* () {
      for (const step of steps) {
        if (step instanceof Error) throw step;
        yield step;
      }
    },
    fields: () => Promise.reject(steps[0]),
    describe: () => ({ operatorType: 'Given' }),
  };
}

const header = resultOf('id');
const row = resultOf('id', [['1']]);

test('the plan runs when it can', async () => {
  const both = new OrScratch(plan(header, row, row), () => other);
  const results: Result[] = [];
  for await (const result of both.execute(ctx, {})) results.push(result);
  expect(results).toEqual([header, row, row]);
  const none: Result[] = [];
  for await (const result of new OrScratch(plan(header, header), () => other).execute(ctx, {}))
    none.push(result);
  expect(none).toEqual([header, header]);
});

test('the other runs when the plan gives up before its first row', async () => {
  const refusal = unsupported('x', 'y');
  expect(await rowsOf(new OrScratch(plan(header, refusal), () => other), ctx)).toEqual([['2']]);
  expect((await new OrScratch(plan(refusal), () => other).fields(ctx, {}))[0].name).toBe('other');
});

test('but not after it, and not for other errors', async () => {
  await expect(rowsOf(new OrScratch(plan(row, unsupported('x', 'y')), () => other), ctx)).rejects.toThrow(
    'x',
  );
  const error = new SqlError(1054, '42S22', 'Unknown column');
  await expect(rowsOf(new OrScratch(plan(error), () => other), ctx)).rejects.toBe(error);
});

test('without another plan the first refusal counts', async () => {
  const refusal = unsupported('first', 'y');
  const none = (): never => {
    throw unsupported('second', 'y');
  };
  await expect(rowsOf(new OrScratch(plan(refusal), none), ctx)).rejects.toBe(refusal);
});

test('a value that a shard cannot compute is computed where the rows are together', async () => {
  const outOfRange = new SqlError(1690, '22003', 'BIGINT value is out of range');
  expect(await rowsOf(new OrScratch(plan(header, outOfRange), () => other), ctx)).toEqual([['2']]);
  const said = new SqlError(1690, '22003', 'BIGINT value is out of range in the other');
  await expect(rowsOf(new OrScratch(plan(outOfRange), () => plan(said)), ctx)).rejects.toBe(said);
  // What keeps the other from an answer says nothing about the statement.
  const none = (): never => {
    throw unsupported('second', 'y');
  };
  await expect(rowsOf(new OrScratch(plan(outOfRange), none), ctx)).rejects.toBe(outOfRange);
});
