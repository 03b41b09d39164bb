import type { TestMariadb } from '@vitess-ts/testkit';
import { StartCommitState, TransactionState } from '@vitess-ts/proto/query';
import type { ConnectionIds } from '@vitess-ts/queryservice';
import { Code } from '@vitess-ts/vterrors';
import { createDatabases } from '../../tabletmanager/sidecar';
import {
  database,
  failure,
  primary,
  query,
  testDatabase,
  testTablet,
  textRows,
  until,
  type TestTablet,
} from '../tablet-server.contract';
import { endStrayTransactions } from './end-strays';

let db: TestMariadb;
let tablet: TestTablet;
let dtidNumber = 0;

beforeAll(async () => {
  db = await testDatabase();
  const connection = await db.connect();
  await createDatabases(connection, database);
  await connection.close();
  await db.sql(`CREATE TABLE t (id BIGINT PRIMARY KEY, v VARCHAR(40), at TIMESTAMP(6) NULL);
    CREATE TABLE auto (id BIGINT AUTO_INCREMENT PRIMARY KEY, v INT, at DATETIME(3) DEFAULT CURRENT_TIMESTAMP(3));`);
}, 60_000);

afterAll(async () => {
  await db.stop();
});

beforeEach(async () => {
  await db.sql('DELETE FROM t; DELETE FROM auto; DELETE FROM _vt.dt_state; DELETE FROM _vt.dt_participant');
  await start();
});

afterEach(async () => {
  await tablet.server.shutDown();
  await db.sql('DELETE FROM _vt.redo_state; DELETE FROM _vt.redo_statement');
});

async function start(): Promise<void> {
  tablet = await testTablet(db, { shutdownGracePeriodMs: 0 });
  await tablet.server.twopc.prepared.recover(undefined);
}

/** As if its process had been killed: mysqld rolls back what was open, the log stays. */
async function crashAndStart(): Promise<void> {
  await tablet.server.shutDown();
  await start();
}

const nextDtid = (): string => `ks:0:${++dtidNumber}`;
const inTransaction = (transactionId: bigint): ConnectionIds => ({ transactionId, reservedId: 0n });
const count = async (where = '1 = 1'): Promise<string> =>
  (await db.rows(`SELECT COUNT(*) FROM t WHERE ${where}`))[0][0] as string;

/** Begins a transaction that may be prepared, and runs statements in it. */
async function begin(statements: readonly string[], options = {}): Promise<bigint> {
  const given = { atomicCommit: true, ...options };
  const { transactionId } = await tablet.server.begin({}, primary, given);
  for (const sql of statements) {
    await tablet.server.execute({}, primary, query(sql), inTransaction(transactionId), given);
  }
  return transactionId;
}

async function prepare(statements: readonly string[], options = {}): Promise<string> {
  const dtid = nextDtid();
  await tablet.server.atomic.prepare({}, primary, await begin(statements, options), dtid);
  return dtid;
}

describe('a participant', () => {
  test('holds the prepared transaction until it is told, and then has forgotten it', async () => {
    const dtid = await prepare(["INSERT INTO t (id, v) VALUES (1, 'a')"]);
    expect(await count()).toBe('0');
    expect(tablet.server.twopc.prepared.size).toBe(1);
    await tablet.server.atomic.commitPrepared({}, primary, dtid);
    expect(await count()).toBe('1');
    expect(await db.rows('SELECT COUNT(*) FROM _vt.redo_state')).toEqual([['0']]);
    expect(await db.rows('SELECT COUNT(*) FROM _vt.redo_statement')).toEqual([['0']]);
    // Told again, because the answer was lost.
    await tablet.server.atomic.commitPrepared({}, primary, dtid);
    expect(await count()).toBe('1');
  });

  test('rolls back what is prepared, and refuses a prepare that comes after', async () => {
    const dtid = await prepare(["INSERT INTO t (id, v) VALUES (1, 'a')"]);
    await tablet.server.atomic.rollbackPrepared({}, primary, dtid, 0n);
    expect(await count()).toBe('0');
    expect(await db.rows('SELECT COUNT(*) FROM _vt.redo_state')).toEqual([['0']]);
    const late = await begin(["INSERT INTO t (id, v) VALUES (2, 'a')"]);
    const error = await failure(tablet.server.atomic.prepare({}, primary, late, dtid));
    expect(error).toMatchObject({ code: Code.ABORTED });
    await tablet.server.atomic.rollbackPrepared({}, primary, dtid, late);
    expect(await count()).toBe('0');
    expect(tablet.server.stateful.registry.size).toBe(0);
  });

  test('after a crash has the rows, the clock, the ids and the locks of before', async () => {
    const dtid = await prepare([
      'INSERT INTO auto (v) VALUES (1), (2)',
      'SAVEPOINT s',
      'INSERT INTO auto (v) VALUES (99)',
      'ROLLBACK TO s',
      'INSERT INTO t (id, v, at) SELECT id, v, NOW(6) FROM auto',
      "UPDATE t SET v = CONCAT(v, 'x') WHERE id > 0",
    ]);
    // What it sees itself, before the crash.
    const ids = (
      await db.rows('SELECT insert_id FROM _vt.redo_statement WHERE insert_id > 0 ORDER BY id LIMIT 1')
    )[0][0];
    const clock = (
      await db.rows("SELECT timestamp FROM _vt.redo_statement WHERE statement LIKE 'INSERT INTO t%'")
    )[0][0];
    await crashAndStart();
    expect(tablet.server.twopc.prepared.size).toBe(1);
    const other = await failure(db.sql('SET SESSION innodb_lock_wait_timeout = 1; UPDATE auto SET v = 7'));
    expect(other).toMatchObject({ errno: 1205 });
    await tablet.server.atomic.commitPrepared({}, primary, dtid);
    expect(await db.rows('SELECT id, v FROM auto ORDER BY id')).toEqual([
      [ids, '1'],
      [String(BigInt(ids as string) + 1n), '2'],
    ]);
    expect(await db.rows(`SELECT DISTINCT v, UNIX_TIMESTAMP(at) = ${clock} FROM t ORDER BY v`)).toEqual([
      ['1x', '1'],
      ['2x', '1'],
    ]);
  });

  test('a statement that names its clock itself has it again', async () => {
    const dtid = await prepare([
      "SET STATEMENT timestamp = 1600000000.5 FOR INSERT INTO t (id, v, at) VALUES (1, 'a', NOW(6))",
    ]);
    await crashAndStart();
    await tablet.server.atomic.commitPrepared({}, primary, dtid);
    expect(await db.rows('SELECT UNIX_TIMESTAMP(at) FROM t')).toEqual([['1600000000.500000']]);
  });

  test('after a crash can be told to roll back', async () => {
    const dtid = await prepare(["INSERT INTO t (id, v) VALUES (1, 'a')"]);
    await crashAndStart();
    await tablet.server.atomic.rollbackPrepared({}, primary, dtid, 0n);
    expect(await count()).toBe('0');
    await crashAndStart();
    expect(tablet.server.twopc.prepared.size).toBe(0);
  });

  test('does a statement again under the settings of its session', async () => {
    const settings = ["SET SESSION sql_mode = 'PIPES_AS_CONCAT', time_zone = '+05:00'"];
    const options = { atomicCommit: true };
    const opened = await tablet.server.reserveBeginExecute(
      {},
      primary,
      settings,
      [],
      query('SELECT 1'),
      options,
    );
    const { transactionId, reservedId } = opened;
    await tablet.server.execute(
      {},
      primary,
      query("INSERT INTO t (id, v, at) VALUES (1, 'a' || 'ä', '2020-01-01 05:00:00')"),
      { transactionId, reservedId },
      options,
    );
    const dtid = nextDtid();
    await tablet.server.atomic.prepare({}, primary, transactionId, dtid);
    await crashAndStart();
    await tablet.server.atomic.commitPrepared({}, primary, dtid);
    expect(await db.rows('SELECT v, UNIX_TIMESTAMP(at) FROM t')).toEqual([['aä', '1577836800.000000']]);
  });

  test('several that were prepared at a time come back together', async () => {
    const dtids = [
      await prepare(["INSERT INTO t (id, v) VALUES (15, 'a')"]),
      await prepare(['DELETE FROM t WHERE id = 16', "INSERT INTO t (id, v) VALUES (20, 'b')"]),
    ];
    await crashAndStart();
    for (const dtid of dtids) await tablet.server.atomic.commitPrepared({}, primary, dtid);
    expect(await count('id IN (15, 20)')).toBe('2');
  });

  test('keeps the shard closed when a log entry cannot be done again', async () => {
    await prepare(["INSERT INTO t (id, v) VALUES (1, 'a')"]);
    await tablet.server.shutDown();
    await db.sql("INSERT INTO t (id, v) VALUES (1, 'intruder')");
    tablet = await testTablet(db, { shutdownGracePeriodMs: 0 });
    const error = await failure(tablet.server.twopc.prepared.recover(undefined));
    expect(error).toMatchObject({ code: Code.FAILED_PRECONDITION });
    expect(await db.rows('SELECT message FROM _vt.redo_state')).toEqual([
      [expect.stringContaining('Duplicate entry')],
    ]);
    const refused = await failure(tablet.server.atomic.commitPrepared({}, primary, `ks:0:${dtidNumber}`));
    expect(refused).toMatchObject({ code: Code.UNAVAILABLE });
  });

  test.each([
    ['rand()', 'INSERT INTO t (id, v) VALUES (1, RAND())', 'the function rand()'],
    ['LIMIT', "UPDATE t SET v = 'x' LIMIT 1", 'LIMIT'],
    ['a user variable', 'INSERT INTO t (id, v) VALUES (1, @a)', 'a user variable'],
    ['who runs it', 'INSERT INTO t (id, v) VALUES (1, CURRENT_USER())', 'current_user'],
  ])('refuses to prepare what depends on %s', async (_what, sql, reason) => {
    await db.sql("INSERT INTO t (id, v) VALUES (50, 'a')");
    const transactionId = await begin([sql]);
    const error = await failure(tablet.server.atomic.prepare({}, primary, transactionId, nextDtid()));
    expect(error).toMatchObject({ code: Code.FAILED_PRECONDITION });
    expect((error as Error).message).toContain(reason);
    // It is rolled back.
    expect(await count('id = 1')).toBe('0');
    expect(tablet.server.twopc.prepared.size).toBe(0);
  });

  test('needs a transaction that was begun for it', async () => {
    const { transactionId } = await tablet.server.begin({}, primary);
    const error = await failure(tablet.server.atomic.prepare({}, primary, transactionId, nextDtid()));
    expect(error).toMatchObject({ code: Code.FAILED_PRECONDITION });
    await tablet.server.rollback({}, primary, transactionId);
  });

  test('a connection that is killed between the phases costs nothing', async () => {
    const dtid = await prepare(["INSERT INTO t (id, v) VALUES (1, 'a')"]);
    const [[id]] = await db.rows(
      `SELECT p.id FROM information_schema.innodb_trx t JOIN information_schema.processlist p
       ON p.id = t.trx_mysql_thread_id WHERE t.trx_rows_modified > 0`,
    );
    await db.sql(`KILL ${id}`);
    await until(
      async () =>
        (await db.rows(`SELECT 1 FROM information_schema.processlist WHERE id = ${id}`)).length === 0,
    );
    await tablet.server.atomic.commitPrepared({}, primary, dtid).catch(() => undefined);
    await tablet.server.atomic.commitPrepared({}, primary, dtid);
    expect(await count()).toBe('1');
  });

  test('what a process before it has left open ends before the log is read', async () => {
    const transactionId = await begin(["INSERT INTO t (id, v) VALUES (1, 'a')"]);
    await endStrayTransactions(db.mysqld.dbaConnectionParams(), AbortSignal.timeout(10_000));
    await db.sql("INSERT INTO t (id, v) VALUES (1, 'b')");
    await tablet.server.rollback({}, primary, transactionId);
  });
});

describe('the metadata manager', () => {
  const participants = [{ ...primary, shard: '80-' }];

  test('decides with its own commit', async () => {
    const { atomic } = tablet.server;
    const transactionId = await begin(["INSERT INTO t (id, v) VALUES (1, 'a')"]);
    const dtid = nextDtid();
    await atomic.createTransaction({}, primary, dtid, participants);
    expect(await atomic.readTransaction({}, primary, dtid)).toMatchObject({
      dtid,
      state: TransactionState.PREPARE,
      participants: [{ keyspace: 'ks', shard: '80-' }],
    });
    expect(await atomic.startCommit({}, primary, transactionId, dtid)).toBe(StartCommitState.Success);
    expect(await count()).toBe('1');
    expect(await atomic.readTransaction({}, primary, dtid)).toMatchObject({ state: TransactionState.COMMIT });
    expect(await failure(atomic.setRollback({}, primary, dtid, 0n))).toMatchObject({
      code: Code.FAILED_PRECONDITION,
    });
    await atomic.concludeTransaction({}, primary, dtid);
    expect(await atomic.readTransaction({}, primary, dtid)).toBeUndefined();
  });

  test('does not commit after it has decided to roll back', async () => {
    const { atomic } = tablet.server;
    const transactionId = await begin(["INSERT INTO t (id, v) VALUES (1, 'a')"]);
    const dtid = nextDtid();
    await atomic.createTransaction({}, primary, dtid, participants);
    await atomic.setRollback({}, primary, dtid, 0n);
    await atomic.setRollback({}, primary, dtid, 0n);
    expect(await atomic.startCommit({}, primary, transactionId, dtid)).toBe(StartCommitState.Fail);
    expect(await count()).toBe('0');
    expect(textRows(await tablet.server.execute({}, primary, query('SELECT 1'), inTransaction(0n)))).toEqual([
      ['1'],
    ]);
  });

  test('lists what goes on for too long', async () => {
    const { atomic } = tablet.server;
    const dtid = nextDtid();
    await atomic.createTransaction({}, primary, dtid, participants);
    expect(await atomic.unresolvedTransactions({}, primary, 60)).toEqual([]);
    await db.sql('UPDATE _vt.dt_state SET time_created = time_created - 100 * 1000000000');
    expect(await atomic.unresolvedTransactions({}, primary, 60)).toMatchObject([{ dtid }]);
  });

  test('tells who waits for whose locks', async () => {
    await db.sql("INSERT INTO t (id, v) VALUES (1, 'a')");
    const first = await begin(["UPDATE t SET v = 'b' WHERE id = 1"], { transactionName: 'first' });
    const second = await begin([], { transactionName: 'second' });
    const waiting = tablet.server.execute(
      {},
      primary,
      query("UPDATE t SET v = 'c' WHERE id = 1"),
      inTransaction(second),
    );
    await until(async () => {
      const waits = await tablet.server.atomic.lockWaits({}, primary);
      return waits.some((w) => w.waiting === 'second' && w.blocking === 'first');
    });
    await tablet.server.rollback({}, primary, first);
    await waiting;
    await tablet.server.rollback({}, primary, second);
  });
});
