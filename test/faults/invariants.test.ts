import type { MysqlConnection } from '@vitess-ts/mysql';
import { RowBatch } from '@vitess-ts/sqltypes';
import { SqlError } from '@vitess-ts/vterrors';
import { checkInvariants } from './invariants';
import { Ledger, outcomeOf, type Kind, type Outcome } from './ledger';

/** The checker must find what it is there to find. */

function ledgerOf(...writes: [Kind, number, Outcome][]): Ledger {
  const ledger = new Ledger();
  for (const [kind, id, outcome] of writes) ledger.add({ kind, id, outcome, startMs: 0, endMs: 1 });
  return ledger;
}

/** A database in which the tables hold these counts by id. */
function databaseOf(tables: Record<string, Record<number, number>>): MysqlConnection {
  return {
    query: async (sql: string) => {
      const table = /from (\w+)/.exec(sql)![1];
      const rows = Object.entries(tables[table] ?? {}).map(([id, n]) => [
        Buffer.from(id),
        Buffer.from(String(n)),
      ]);
      return { rows: RowBatch.from(2, rows) };
    },
  } as unknown as MysqlConnection;
}

test.each([
  ['acknowledged and there', ledgerOf(['insert', 7, 'acknowledged']), { entry: { 7: 1 } }, []],
  ['acknowledged and lost', ledgerOf(['insert', 7, 'acknowledged']), {}, [/insert 7 .* has 0 of 1 rows/]],
  ['refused and there', ledgerOf(['insert', 7, 'refused']), { entry: { 7: 1 } }, [/insert 7 .* has 1 rows/]],
  ['there and never written', ledgerOf(), { entry: { 7: 1 } }, [/insert 7 was never written/]],
  [
    'half a transaction on one shard',
    ledgerOf(['one-shard transaction', 7, 'unknown']),
    { item: { 7: 1 } },
    [/1 of 2/],
  ],
  [
    'half an acknowledged one',
    ledgerOf(['two-shard transaction', 7, 'acknowledged']),
    { pair: { 7: 2 } },
    [/2 of 4/],
  ],
  ['half an unknown one on two', ledgerOf(['two-shard transaction', 7, 'unknown']), { pair: { 7: 2 } }, []],
  ['a lost update', ledgerOf(['counter', 1, 'acknowledged']), { counter: { 1: 0 } }, [/counter 1 is 0/]],
  [
    'an update done twice',
    ledgerOf(['counter', 1, 'acknowledged']),
    { counter: { 1: 2 } },
    [/counter 1 is 2/],
  ],
  ['an update of unknown outcome', ledgerOf(['counter', 1, 'unknown']), { counter: { 1: 1 } }, []],
])('%s', async (_name, ledger, tables, expected) => {
  const { violations } = await checkInvariants(databaseOf(tables), ledger);
  expect(violations.length).toBe(expected.length);
  expected.forEach((pattern, i) => expect(violations[i]).toMatch(pattern));
});

test('unknown outcomes are counted by what they came to', async () => {
  const ledger = ledgerOf(
    ['two-shard transaction', 1, 'unknown'],
    ['two-shard transaction', 2, 'unknown'],
    ['two-shard transaction', 3, 'unknown'],
    ['counter', 4, 'unknown'],
    ['counter', 4, 'unknown'],
  );
  const { unknown } = await checkInvariants(databaseOf({ pair: { 1: 4, 2: 3 }, counter: { 4: 1 } }), ledger);
  expect(unknown['two-shard transaction']).toEqual({ whole: 1, partial: 1, absent: 1 });
  expect(unknown.counter).toEqual({ whole: 1, partial: 0, absent: 1 });
});

test.each([
  ['a lost connection of the client', new SqlError(2013, 'HY000', 'Lost connection'), 'unknown'],
  ['what the gate calls unknown', new SqlError(1158, '08007', 'the outcome is unknown'), 'unknown'],
  ['a connection that was gone before', new SqlError(2006, 'HY000', 'gone away'), 'refused'],
  ['a read that was lost', new SqlError(1158, '08S01', 'Lost connection'), 'refused'],
  ['any other error', new Error('x'), 'refused'],
])('%s', (_name, error, outcome) => {
  expect(outcomeOf(error)).toBe(outcome);
});
