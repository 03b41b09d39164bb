import { beginPlan } from './begin-sql';

test.each([
  [{}, ['BEGIN'], false],
  [{ transactionAccessMode: [2] }, ['START TRANSACTION READ ONLY'], true],
  [{ transactionAccessMode: [1] }, ['START TRANSACTION READ WRITE'], false],
  [{ transactionAccessMode: [0, 2] }, ['START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY'], true],
  [{ transactionIsolation: 2 }, ['SET TRANSACTION ISOLATION LEVEL READ COMMITTED', 'BEGIN'], false],
  [
    { transactionIsolation: 5 },
    [
      'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ',
      'START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY',
    ],
    true,
  ],
  [{ transactionIsolation: 6 }, [], false],
])('%j begins with %j', (options, statements, readOnly) => {
  expect(beginPlan(options, false)).toEqual({ statements, readOnly });
});

test('a tablet that is not a primary only reads', () => {
  expect(beginPlan({}, true)).toEqual({ statements: ['START TRANSACTION READ ONLY'], readOnly: true });
});

test('read only and read write exclude each other', () => {
  expect(() => beginPlan({ transactionAccessMode: [1, 2] }, false)).toThrow('either READ ONLY or READ WRITE');
});
