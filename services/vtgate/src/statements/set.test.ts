import { parse, type SetVariables } from '@vitess-ts/sqlparser';
import { RowBatch, Type, emptyResult, makeField, type Result } from '@vitess-ts/sqltypes';
import { SqlError } from '@vitess-ts/vterrors';
import { Backend } from '../executor/backend';
import { FakeShards } from '../executor/fake-shards.contract';
import type { PlannedStatements } from '../executor/planned-statements';
import type { StatementCall } from '../executor/statement-call';
import { Transactions } from '../executor/transactions';
import { newSession } from '../session/session';
import { SetStatements } from './set';

const number = (n: number): Result =>
  emptyResult({ fields: [makeField('n', Type.INT64)], rows: RowBatch.from(1, [[Buffer.from(String(n))]]) });

/** One session's SET statements against a fake shard. */
class Harness {
  readonly shards = new FakeShards(['0']);
  readonly session = newSession();
  private readonly statements: SetStatements;

  constructor() {
    const gateway = this.shards.gateway();
    const backend = new Backend(gateway, { serverVersion: '10.11.0-MariaDB', flavor: 'mariadb', socket: '' });
    const transactions = new Transactions(gateway);
    const planned = { select: () => Promise.resolve(number(42)) } as unknown as PlannedStatements;
    this.statements = new SetStatements(backend, transactions, planned);
  }

  async set(sql: string): Promise<void> {
    this.shards.calls.length = 0;
    const call = {
      session: this.session,
      sql,
      bindVariables: {},
      call: { signal: new AbortController().signal },
    };
    await this.statements.set(parse(sql) as SetVariables, call as unknown as StatementCall);
  }

  errorOf(sql: string): Promise<unknown> {
    return this.set(sql).then(
      () => undefined,
      (error: unknown) => error,
    );
  }
}

describe('SET', () => {
  test('a value that differs from the server’s reserves a connection, which later ones are told on', async () => {
    const h = new Harness();
    await h.set("set time_zone = '+01:00'");
    expect(h.shards.calls.slice(1)).toEqual([
      "0: reserve; set session time_zone = '+01:00'",
      '0: select 1 [reserved]',
    ]);
    await h.set('set lock_wait_timeout = 5');
    expect(h.shards.calls.at(-1)).toBe('0: set session lock_wait_timeout = 5 [reserved]');
    await h.set('set lock_wait_timeout = default');
    expect(h.shards.calls).toEqual(['0: set session lock_wait_timeout = default [reserved]']);
    expect([...h.session.systemVariables.keys()]).toEqual(['time_zone']);
  });

  test('a value that the server refuses changes nothing', async () => {
    const h = new Harness();
    await h.set("set time_zone = '+01:00'");
    h.shards.failNext('0', "'nowhere'", new SqlError(1298, 'HY000', 'Unknown time zone'));
    h.shards.failNext('0', "'nowhere'", new SqlError(1298, 'HY000', 'Unknown time zone'));
    expect(await h.errorOf("set time_zone = 'nowhere'")).toMatchObject({ errno: 1298 });
    expect(h.session.systemVariables.get('time_zone')).toBe("'+01:00'");
  });

  test('leaving a character set takes it off the connections that had it', async () => {
    const h = new Harness();
    await h.set('set names latin1');
    expect(h.shards.calls).toContain('0: reserve; set session character_set_results = latin1');
    await h.set('set names utf8mb4');
    expect(h.shards.calls).toEqual(['0: set session character_set_results = utf8mb4 [reserved]']);
    await h.set('set names utf8mb4 collate utf8mb4_bin');
    expect(h.shards.calls).toEqual(['0: set session collation_connection = utf8mb4_bin [reserved]']);
  });

  test('what is the gate’s own reaches no shard', async () => {
    const h = new Harness();
    const statements = [
      'set autocommit = 0',
      'set wait_timeout = 5, max_statement_time = 0.5',
      "set workload = 'olap', transaction_mode = 'single'",
      "set tx_isolation = 'SERIALIZABLE'",
      'set names utf8mb4',
      'set @a = 6 * 7',
      'set last_insert_id = 3',
    ];
    for (const sql of statements) {
      await h.set(sql);
      expect(h.shards.calls).toEqual([]);
    }
    expect(h.session).toMatchObject({
      autocommit: false,
      workload: 'OLAP',
      transactionMode: 'SINGLE',
      lastInsertId: 3n,
    });
    expect(h.session.userVariables.get('a')).toMatchObject({ type: Type.INT64, value: Buffer.from('42') });
  });

  test.each([
    ["set version = 'x'", 1238],
    ['set max_connections = 5', 1229],
    ['set global sql_mode = 1', 1227],
    ['set max_allowed_packet = 5', 1621],
    ['set wait_timeout = abc', 1232],
    ['set sql_select_limit = abc', 1232],
    ['set autocommit = 2', 1231],
    ['set tx_isolation = nope', 1231],
    ['set names nonsense', 1115],
    ['set names utf8mb4 collate nope', 1273],
    ['set names utf8mb4 collate latin1_bin', 1253],
    ['set sql_log_bin = 0', 1235],
  ])('%s is error %d', async (sql, errno) => {
    const h = new Harness();
    expect(await h.errorOf(sql)).toMatchObject({ errno });
    expect(h.shards.calls).toEqual([]);
  });
});
