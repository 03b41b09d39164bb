import type { TestMariadb } from '@vitess-ts/testkit';
import { noConnection, type ConnectionIds } from '@vitess-ts/queryservice';
import { Code, SqlError } from '@vitess-ts/vterrors';
import {
  failure,
  primary,
  query,
  testDatabase,
  testTablet,
  textRows,
  until,
  type TestTablet,
} from './tablet-server.contract';
import type { TabletServerOptions } from './options';

let db: TestMariadb;
let tablet: TestTablet;

beforeAll(async () => {
  db = await testDatabase();
  await db.sql('CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR(20))');
  await db.sql("INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')");
}, 60_000);

afterAll(async () => {
  await db.stop();
});

afterEach(async () => {
  await tablet.server.shutDown();
  expect(tablet.errors).toEqual([]);
});

async function start(options: Partial<TabletServerOptions> = {}): Promise<void> {
  tablet = await testTablet(db, { shutdownGracePeriodMs: 0, ...options });
}

const run = (sql: string, ids: ConnectionIds = noConnection, options = {}) =>
  tablet.server.execute({}, primary, query(sql), ids, options);

const inTransaction = (transactionId: bigint): ConnectionIds => ({ transactionId, reservedId: 0n });

describe('transactions', () => {
  test('commit and rollback do what they say, and the id ends', async () => {
    await start();
    const { transactionId } = await tablet.server.begin({}, primary);
    await run("INSERT INTO t VALUES (10, 'x')", inTransaction(transactionId));
    expect(textRows(await run('SELECT COUNT(*) FROM t WHERE id = 10'))).toEqual([['0']]);
    expect(await tablet.server.commit({}, primary, transactionId)).toBe(0n);
    expect(textRows(await run('SELECT COUNT(*) FROM t WHERE id = 10'))).toEqual([['1']]);
    const other = await tablet.server.beginExecute({}, primary, [], query('DELETE FROM t WHERE id = 10'), 0n);
    expect(other.result?.rowsAffected).toBe(1n);
    await tablet.server.rollback({}, primary, other.transactionId);
    expect(textRows(await run('SELECT COUNT(*) FROM t WHERE id = 10'))).toEqual([['1']]);
    await run('DELETE FROM t WHERE id = 10');
    const error = await failure(run('SELECT 1', inTransaction(transactionId)));
    expect(error).toMatchObject({ code: Code.ABORTED });
    expect((error as Error).message).toMatch(
      new RegExp(
        `^transaction ${transactionId}: ended at \\d{4}-\\d\\d-\\d\\d [\\d:.]+ UTC \\(committed\\)$`,
      ),
    );
  });

  test('one that is idle for too long is rolled back, and its id says why', async () => {
    await start({ transactionTimeoutMs: 150 });
    const { transactionId } = await tablet.server.beginExecute(
      {},
      primary,
      [],
      query("INSERT INTO t VALUES (11, 'x')"),
      0n,
    );
    await until(() => tablet.server.stateful.registry.size === 0);
    const error = await failure(run('SELECT 1', inTransaction(transactionId)));
    expect((error as Error).message).toMatch(/: ended at .* \(exceeded timeout: 150ms\)$/);
    expect(error).toMatchObject({ code: Code.ABORTED });
    expect(textRows(await run('SELECT COUNT(*) FROM t WHERE id = 11 LOCK IN SHARE MODE'))).toEqual([['0']]);
  });

  test('statements of one transaction run one after the other', async () => {
    await start();
    const { transactionId } = await tablet.server.begin({}, primary);
    const ids = inTransaction(transactionId);
    const results = await Promise.all([1, 2, 3, 4].map((n) => run(`SELECT ${n}, SLEEP(0.01)`, ids)));
    expect(results.map((r) => textRows(r)[0][0])).toEqual(['1', '2', '3', '4']);
    await tablet.server.rollback({}, primary, transactionId);
  });

  test('isolation and access mode reach mysqld', async () => {
    await start();
    const opened = await tablet.server.begin({}, primary, {
      transactionIsolation: 4,
      transactionAccessMode: [2],
    });
    const ids = inTransaction(opened.transactionId);
    expect(await failure(run("INSERT INTO t VALUES (12, 'x')", ids))).toMatchObject({ errno: 1792 });
    await run('SELECT COUNT(*) FROM t', ids);
    const isolation = await db.rows(
      'SELECT trx_isolation_level FROM information_schema.innodb_trx WHERE trx_isolation_level <> "REPEATABLE READ"',
    );
    expect(isolation).toEqual([['SERIALIZABLE']]);
    await tablet.server.rollback({}, primary, opened.transactionId);
  });

  test('savepoints stand only in transactions, settings only on reserved connections', async () => {
    await start();
    expect(await failure(run('SAVEPOINT a'))).toMatchObject({
      code: Code.FAILED_PRECONDITION,
      message: 'SAVEPOINT not allowed outside a transaction',
    });
    expect(await failure(run('SET @x = 1'))).toMatchObject({
      code: Code.FAILED_PRECONDITION,
      message: 'SET not allowed without reserved connection',
    });
    const opened = await tablet.server.beginExecute({}, primary, ['SAVEPOINT a'], query('DELETE FROM t'), 0n);
    const ids = inTransaction(opened.transactionId);
    await run('ROLLBACK TO a', ids);
    expect(textRows(await run('SELECT COUNT(*) FROM t', ids))).toEqual([['3']]);
    await tablet.server.rollback({}, primary, opened.transactionId);
  });

  test('a lost connection ends its transaction', async () => {
    await start();
    const { transactionId } = await tablet.server.begin({}, primary);
    const ids = inTransaction(transactionId);
    const thread = textRows(await run('SELECT CONNECTION_ID()', ids))[0][0];
    await db.sql(`KILL ${thread}`);
    const error = await failure(run("INSERT INTO t VALUES (13, 'x')", ids));
    expect([2006, 2013]).toContain((error as SqlError).errno);
    expect(await failure(run('SELECT 1', ids))).toMatchObject({ code: Code.ABORTED });
    expect(tablet.server.pools.stats().transactionSlots.inUse).toBe(0);
  });
});

describe('reserved connections', () => {
  test('keep settings, outlive transactions under new ids, and are closed at release', async () => {
    await start();
    const settings = ["SET sql_mode = 'ANSI_QUOTES'", 'SET @mine = 7'];
    const opened = await tablet.server.reserveBeginExecute({}, primary, settings, [], query('SELECT @mine'));
    expect(textRows(opened.result)).toEqual([['7']]);
    expect(opened.transactionId).toBe(opened.reservedId);
    const reservedId = await tablet.server.commit({}, primary, opened.transactionId);
    expect(reservedId).not.toBe(0n);
    expect(reservedId).not.toBe(opened.reservedId);
    const ids = { transactionId: 0n, reservedId };
    expect(textRows(await run('SELECT @mine, @@sql_mode', ids))).toEqual([['7', 'ANSI_QUOTES']]);
    expect(await failure(run('SELECT 1', opened))).toMatchObject({ code: Code.ABORTED });
    const again = await tablet.server.beginExecute({}, primary, [], query('SELECT @mine'), reservedId);
    expect(textRows(again.result)).toEqual([['7']]);
    await tablet.server.release({}, primary, again);
    expect(await failure(run('SELECT 1', ids))).toMatchObject({ code: Code.ABORTED });
    expect(tablet.server.pools.stats().reservedSlots.inUse).toBe(0);
  });

  test('a transaction becomes one and frees its place', async () => {
    await start({ transactionCap: 1, txPoolTimeoutMs: 50 });
    const { transactionId } = await tablet.server.begin({}, primary);
    const reserved = await tablet.server.reserveExecute(
      {},
      primary,
      ['SET @mine = 1'],
      query('SELECT @mine'),
      transactionId,
    );
    expect(reserved).toMatchObject({ transactionId, reservedId: transactionId });
    const second = await tablet.server.begin({}, primary);
    await tablet.server.rollback({}, primary, second.transactionId);
    await tablet.server.release({}, primary, reserved);
  });

  test('the ids are valid also when the statement failed', async () => {
    await start();
    const opened = await tablet.server.reserveExecute({}, primary, [], query('SELECT * FROM missing'), 0n);
    expect(opened.error).toMatchObject({ errno: 1146 });
    await tablet.server.release({}, primary, opened);
  });
});

test('a failed begin leaves its reserved connection outside a transaction', async () => {
  await start();
  const { reservedId } = await tablet.server.reserveExecute({}, primary, [], query('SELECT 1'), 0n);
  const begin = (preQueries: string[]) =>
    tablet.server.beginExecute({}, primary, preQueries, query('SELECT 1'), reservedId);
  expect(await failure(begin(['SAVEPOINT']))).toMatchObject({ errno: 1064 });
  expect((await begin(['SAVEPOINT a'])).error).toBeUndefined();
});

test('a tablet that is demoted lets open transactions end in time, and begins no new ones', async () => {
  await start({ shutdownGracePeriodMs: 5000 });
  const { transactionId } = await tablet.server.begin({}, primary);
  tablet.state.drain();
  const ending = tablet.server.endTransactions('demoted');
  expect(await failure(tablet.server.begin({}, primary))).toMatchObject({ code: Code.CLUSTER_EVENT });
  await run("UPDATE t SET v = 'z' WHERE id = 3", inTransaction(transactionId));
  await tablet.server.commit({}, primary, transactionId);
  await ending;
  expect(await db.rows('SELECT v FROM t WHERE id = 3')).toEqual([['z']]);
});
