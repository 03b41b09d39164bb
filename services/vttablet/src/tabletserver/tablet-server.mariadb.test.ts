import type { TestMariadb } from '@vitess-ts/testkit';
import { TabletType } from '@vitess-ts/proto/topodata';
import { noConnection, type ConnectionIds } from '@vitess-ts/queryservice';
import { int64BindVariable } from '@vitess-ts/sqltypes';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
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
  await db.sql(
    "CREATE TABLE seq (id INT PRIMARY KEY, next_id BIGINT, cache BIGINT) COMMENT 'vitess_sequence'",
  );
  await db.sql('INSERT INTO seq VALUES (0, 1, 10)');
  await db.sql('CREATE TABLE numbers (n INT PRIMARY KEY)');
  await db.sql('INSERT INTO numbers SELECT seq FROM seq_1_to_20000');
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

/** mysqld threads of the application's account. */
async function appThreads(): Promise<number> {
  const rows = await db.rows("SELECT COUNT(*) FROM information_schema.processlist WHERE user = 'vt_app'");
  return Number(rows[0][0]);
}

describe('limits of connections', () => {
  test('a pool of 4 gives 100 requests at most 4 mysqld threads', async () => {
    await start({ poolSize: 4 });
    let most = 0;
    const watch = until(async () => {
      most = Math.max(most, await appThreads());
      return most >= 4;
    });
    const answers = await Promise.all(Array.from({ length: 100 }, () => run('SELECT SLEEP(0.005)')));
    await watch;
    expect(answers).toHaveLength(100);
    expect(most).toBe(4);
    expect(tablet.server.pools.query.stats().created).toBe(4);
  });

  test('a read that waits too long for a connection is told so', async () => {
    await start({ poolSize: 1, queryPoolTimeoutMs: 50 });
    const busy = run('SELECT SLEEP(0.5)');
    const error = await failure(run('SELECT 1'));
    expect(error).toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      message: 'query pool timed out: all connections are in use',
    });
    await busy;
    expect(textRows(await run('SELECT 1'))).toEqual([['1']]);
  });

  test('transactions over the cap are refused, and a place that is given back is used', async () => {
    await start({ transactionCap: 2, txPoolTimeoutMs: 50 });
    const first = await tablet.server.begin({}, primary);
    await tablet.server.begin({}, primary);
    expect(await failure(tablet.server.begin({}, primary))).toMatchObject({
      code: Code.RESOURCE_EXHAUSTED,
      message: 'transaction pool connection limit exceeded',
    });
    await tablet.server.rollback({}, primary, first.transactionId);
    expect(await tablet.server.begin({}, primary)).toMatchObject({ reservedId: 0n });
  });
});

describe('time limits and cancellation', () => {
  test('a statement over the limit is ended on mysqld', async () => {
    await start({ queryTimeoutMs: 100 });
    const error = await failure(run('SELECT SLEEP(20)'));
    expect(error).toMatchObject({ errno: 1969, code: Code.DEADLINE_EXCEEDED });
    expect(
      await db.rows(
        "SELECT id FROM information_schema.processlist WHERE info LIKE '%SLEEP(20)%' AND user = 'vt_app'",
      ),
    ).toEqual([]);
  });

  test("the request's time counts when it is shorter", async () => {
    await start();
    const began = Date.now();
    const context = { timeoutMs: 100 };
    const error = await failure(
      tablet.server.execute(context, primary, query('SELECT SLEEP(20)'), noConnection),
    );
    expect(error).toMatchObject({ errno: 1969 });
    expect(Date.now() - began).toBeLessThan(5000);
  });

  test('an aborted request kills its statement; the connection is clean for the next one', async () => {
    await start({ poolSize: 1 });
    for (let i = 0; i < 20; i++) {
      const abort = new AbortController();
      const running = failure(
        tablet.server.execute({ signal: abort.signal }, primary, query('SELECT SLEEP(20)'), noConnection),
      );
      await until(async () => {
        const rows = await db.rows(
          "SELECT id FROM information_schema.processlist WHERE info LIKE '%SLEEP(20)%' AND user = 'vt_app'",
        );
        return rows.length === 1;
      });
      abort.abort();
      expect(await running).toMatchObject({ code: Code.CANCELED });
      expect(textRows(await run('SELECT 1'))).toEqual([['1']]);
    }
    expect(tablet.server.pools.query.stats().created).toBe(1);
  });

  test('a kill that comes as the statement ends never hits the next one', async () => {
    await start({ poolSize: 1 });
    for (let i = 0; i < 200; i++) {
      const abort = new AbortController();
      const running = tablet.server
        .execute({ signal: abort.signal }, primary, query('SELECT SLEEP(0.001)'), noConnection)
        .catch((error: unknown) => error);
      setTimeout(() => abort.abort(), 1 + (i % 3));
      await running;
      expect(textRows(await run(`SELECT ${i}`))).toEqual([[String(i)]]);
    }
  });

  test('a cancelled statement leaves its transaction open', async () => {
    await start();
    const { transactionId } = await tablet.server.beginExecute(
      {},
      primary,
      [],
      query("INSERT INTO t VALUES (14, 'x')"),
      0n,
    );
    const ids = inTransaction(transactionId);
    const abort = new AbortController();
    const running = failure(
      tablet.server.execute({ signal: abort.signal }, primary, query('SELECT SLEEP(20)'), ids),
    );
    setTimeout(() => abort.abort(), 50);
    expect(await running).toMatchObject({ code: Code.CANCELED });
    expect(textRows(await run('SELECT COUNT(*) FROM t WHERE id = 14', ids))).toEqual([['1']]);
    await tablet.server.rollback({}, primary, transactionId);
  });
});

describe('results', () => {
  test('more rows than allowed are an error, in a transaction without ending it', async () => {
    await start({ maxResultSize: 100 });
    const wanted = { errno: 10001, sqlstate: 'HY000', message: 'Row count exceeded 100' };
    expect(await failure(run('SELECT n FROM numbers'))).toMatchObject(wanted);
    expect(await failure(run('SELECT n FROM numbers LIMIT 20000'))).toMatchObject(wanted);
    expect((await run('SELECT n FROM numbers LIMIT 100')).rows.length).toBe(100);
    const { transactionId } = await tablet.server.begin({}, primary);
    const ids = inTransaction(transactionId);
    expect(await failure(run('SELECT n FROM numbers LIMIT 20000', ids))).toMatchObject(wanted);
    expect(textRows(await run('SELECT 1', ids))).toEqual([['1']]);
    await tablet.server.rollback({}, primary, transactionId);
    expect((await run('SELECT n FROM numbers', noConnection, { workload: 3 })).rows.length).toBe(20_000);
    expect((await run('SELECT n FROM numbers', noConnection, { sqlSelectLimit: 7n })).rows.length).toBe(7);
  });

  test('streams have no row limit and come in chunks, the first with the fields', async () => {
    await start({ maxResultSize: 100, streamBufferSize: 4096 });
    let rows = 0;
    let chunks = 0;
    for await (const result of tablet.server.streamExecute(
      {},
      primary,
      query('SELECT n FROM numbers'),
      noConnection,
    )) {
      if (chunks++ === 0) expect(result.fields).toMatchObject([{ name: 'n' }]);
      rows += result.rows.length;
    }
    expect(rows).toBe(20_000);
    expect(chunks).toBeGreaterThan(5);
  });

  test('a stream that is left early, in a transaction, leaves the connection usable', async () => {
    await start({ streamBufferSize: 1024 });
    const { transactionId } = await tablet.server.begin({}, primary);
    const ids = inTransaction(transactionId);
    const big = query('SELECT a.n, b.n FROM numbers a JOIN numbers b');
    for await (const _ of tablet.server.streamExecute({}, primary, big, ids)) break;
    expect(textRows(await run('SELECT 1', ids))).toEqual([['1']]);
    await tablet.server.rollback({}, primary, transactionId);
  });

  test('client found rows counts matched rows, else changed ones', async () => {
    await start();
    const sql = "UPDATE t SET v = 'a' WHERE id = 1";
    expect((await run(sql)).rowsAffected).toBe(0n);
    expect((await run(sql, noConnection, { clientFoundRows: true })).rowsAffected).toBe(1n);
    const opened = await tablet.server.begin({}, primary, { clientFoundRows: true });
    expect((await run(sql, inTransaction(opened.transactionId))).rowsAffected).toBe(1n);
    await tablet.server.rollback({}, primary, opened.transactionId);
  });

  test('warnings are those of the statement, up to the limit', async () => {
    await start({ maxWarnings: 3 });
    const result = await run('DROP TABLE IF EXISTS none');
    expect(result).toMatchObject({
      warnings: 1,
      warningList: [{ level: 'Note', code: 1051, message: "Unknown table 'vt_ks.none'" }],
    });
    const many = await run("SELECT CAST('x' AS INT) FROM numbers LIMIT 10");
    expect(many.warnings).toBe(10);
    expect(many.warningList).toHaveLength(3);
    expect((await run('SELECT 1')).warningList).toBeUndefined();
  });

  test('what mysqld said is passed on unchanged', async () => {
    await start();
    expect(await failure(run("INSERT INTO t VALUES (1, 'x')"))).toMatchObject({
      errno: 1062,
      sqlstate: '23000',
      message: "Duplicate entry '1' for key 'PRIMARY'",
    });
    expect(await failure(run('SELEC 1'))).toMatchObject({ errno: 1064 });
  });

  test('LAST_INSERT_ID set by a SELECT is found when asked for', async () => {
    await start();
    const set = await run('SELECT LAST_INSERT_ID(42)', noConnection, { fetchLastInsertId: true });
    expect(set).toMatchObject({ insertId: 42n, insertIdChanged: true });
    const none = await run('SELECT 1', noConnection, { fetchLastInsertId: true });
    expect(none.insertIdChanged).toBe(false);
  });

  test('CALL gives the result set of its procedure', async () => {
    await start();
    await run('CREATE OR REPLACE PROCEDURE p() SELECT id FROM t ORDER BY id LIMIT 1');
    expect(textRows(await run('CALL p()'))).toEqual([['1']]);
  });
});

describe('sequences', () => {
  test('eight takers at once get values that are unique and without holes of their own', async () => {
    await start({ transactionCap: 2 });
    const take = async (): Promise<bigint[]> => {
      const values: bigint[] = [];
      for (let i = 0; i < 25; i++) {
        const result = await tablet.server.execute(
          {},
          primary,
          query('SELECT NEXT :n VALUES FROM seq', { n: int64BindVariable((i % 3) + 1) }),
          noConnection,
        );
        const first = BigInt(textRows(result)[0][0] as string);
        for (let k = 0n; k < (i % 3) + 1; k++) values.push(first + k);
      }
      return values;
    };
    const taken = (await Promise.all(Array.from({ length: 8 }, take))).flat();
    expect(new Set(taken).size).toBe(taken.length);
    const [[next]] = await db.rows('SELECT next_id FROM seq');
    expect(BigInt(next as string)).toBeGreaterThan(taken.reduce((a, b) => (a > b ? a : b)));
  });

  test('two tablet servers on one table never give the same value', async () => {
    await start();
    const other = await testTablet(db, { shutdownGracePeriodMs: 0 });
    const values: string[] = [];
    for (let i = 0; i < 30; i++) {
      for (const { server } of [tablet, other]) {
        const result = await server.execute({}, primary, query('SELECT NEXT VALUE FROM seq'), noConnection);
        values.push(textRows(result)[0][0] as string);
      }
    }
    await other.server.shutDown();
    expect(new Set(values).size).toBe(60);
  });

  test('a table without the mark is no sequence', async () => {
    await start();
    expect(await failure(run('SELECT NEXT VALUE FROM t'))).toMatchObject({
      message: 'table t is not a sequence',
    });
  });
});

describe('where a request belongs', () => {
  test('wrong targets are refused with the texts that vtgate knows', async () => {
    await start();
    const ask = (target: object) =>
      failure(tablet.server.execute({}, { ...primary, ...target }, query('SELECT 1'), noConnection));
    expect(await ask({ keyspace: 'other' })).toMatchObject({
      code: Code.INVALID_ARGUMENT,
      message: 'invalid keyspace other does not match expected ks',
    });
    expect(await ask({ shard: '-80' })).toMatchObject({
      message: 'invalid shard -80 does not match expected 0',
    });
    expect(await ask({ tabletType: TabletType.REPLICA })).toMatchObject({
      code: Code.CLUSTER_EVENT,
      message: 'wrong tablet type: PRIMARY, want: REPLICA or []',
    });
    tablet.state.setObstacle('test', 'mysqld is down');
    expect(await ask({})).toMatchObject({
      code: Code.CLUSTER_EVENT,
      message: 'operation not allowed in state NOT_SERVING',
    });
    tablet.state.setObstacle('test', '');
  });

  test('a replica reads and refuses writes', async () => {
    await start();
    tablet.state.setType(TabletType.REPLICA, 0);
    const replica = { ...primary, tabletType: TabletType.REPLICA };
    const result = await tablet.server.execute({}, replica, query('SELECT 1'), noConnection);
    expect(textRows(result)).toEqual([['1']]);
    const write = query("INSERT INTO t VALUES (20, 'x')");
    expect(await failure(tablet.server.execute({}, replica, write, noConnection))).toMatchObject({
      errno: 1290,
      code: Code.READ_ONLY,
    });
    const begun = await tablet.server.beginExecute({}, replica, [], write, 0n);
    expect(begun.error).toBeInstanceOf(SqlError);
    await tablet.server.rollback({}, replica, begun.transactionId);
  });

  test('transaction control and USE have RPCs of their own', async () => {
    await start();
    for (const sql of ['BEGIN', 'COMMIT', 'ROLLBACK', 'USE other']) {
      expect(await failure(run(sql))).toBeInstanceOf(VtError);
    }
  });
});

describe('schema', () => {
  // A machine that is busy for a moment is not a fault: the time is measured again.
  jest.retryTimes(2);

  test('a DDL through the tablet is told within 100 ms, and GetSchema has the table', async () => {
    await start();
    const health = tablet.server.streamHealth({})[Symbol.asyncIterator]();
    expect((await health.next()).value).toMatchObject({ serving: true });
    await run(
      'CREATE TABLE fresh (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(9) COLLATE utf8mb4_bin NOT NULL, UNIQUE KEY u (name))',
    );
    const began = Date.now();
    const message = await health.next();
    expect(Date.now() - began).toBeLessThan(100);
    expect(message.value).toMatchObject({ realtimeStats: { tableSchemaChanged: ['fresh'] } });
    await health.return?.();
    for await (const schema of tablet.server.getSchema({}, primary, 1, ['fresh', 'missing'])) {
      expect(Object.keys(schema.tableDefinition)).toEqual(['fresh']);
      expect(schema.tableDefinition['fresh']).toMatch(/^CREATE TABLE `fresh`/);
      expect(schema.tables['fresh']).toMatchObject({
        primaryKey: ['id'],
        uniqueKeys: [{ name: 'u', columns: ['name'] }],
        columns: [
          {
            name: 'id',
            type: 263,
            columnType: 'int(11)',
            collation: 63,
            autoIncrement: true,
            nullable: false,
          },
          { name: 'name', type: 6165, columnType: 'varchar(9)', collation: 46, collationName: 'utf8mb4_bin' },
        ],
      });
    }
    await run('DROP TABLE fresh');
    expect(tablet.server.schema.table('fresh')).toBeUndefined();
  });

  test('a DDL in a transaction leaves the session in one', async () => {
    await start();
    const { transactionId } = await tablet.server.begin({}, primary);
    const ids = inTransaction(transactionId);
    await run('CREATE TABLE in_tx (id INT)', ids);
    await run('INSERT INTO in_tx VALUES (1)', ids);
    await tablet.server.rollback({}, primary, transactionId);
    expect(textRows(await run('SELECT COUNT(*) FROM in_tx'))).toEqual([['0']]);
    await run('DROP TABLE in_tx');
  });
});

test('shutting down rolls open transactions back and leaves no thread', async () => {
  await start({ shutdownGracePeriodMs: 50 });
  await tablet.server.beginExecute({}, primary, [], query("INSERT INTO t VALUES (30, 'x')"), 0n);
  await tablet.server.shutDown();
  expect(await db.rows('SELECT COUNT(*) FROM t WHERE id = 30 LOCK IN SHARE MODE')).toEqual([['0']]);
  await until(async () => (await appThreads()) === 0);
});
