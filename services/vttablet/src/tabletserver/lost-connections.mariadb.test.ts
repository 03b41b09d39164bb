import type { TestMariadb } from '@vitess-ts/testkit';
import { noConnection } from '@vitess-ts/queryservice';
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

let db: TestMariadb;
let tablet: TestTablet;

beforeAll(async () => {
  db = await testDatabase();
  await db.sql('CREATE TABLE t (id BIGINT AUTO_INCREMENT PRIMARY KEY, v VARCHAR(20))');
}, 60_000);
afterAll(() => db.stop());
beforeEach(async () => {
  tablet = await testTablet(db, { shutdownGracePeriodMs: 0 });
});
afterEach(() => tablet.server.shutDown());

const run = (sql: string) => tablet.server.execute({}, primary, query(sql), noConnection);
const count = async (v: string): Promise<string | null> =>
  (await db.rows(`SELECT COUNT(*) FROM t WHERE v = '${v}'`))[0][0];

/** Threads of the application on mysqld, those that run `sql` when it is given. */
async function threads(sql?: string): Promise<string[]> {
  const where = sql === undefined ? '' : `AND info LIKE '%${sql}%'`;
  const rows = await db.rows(`SELECT id FROM information_schema.processlist WHERE user = 'vt_app' ${where}`);
  return rows.map(([id]) => id as string);
}

test('connections that died while idle are replaced, and each write is made once', async () => {
  await Promise.all([run('SELECT 1'), run("INSERT INTO t (v) VALUES ('before')")]);
  for (let round = 0; round < 20; round++) {
    for (const id of await threads()) await db.sql(`KILL ${id}`);
    // At once: the close may not have been noticed yet when the statement is sent.
    const outcomes = await Promise.allSettled([
      run('SELECT 1'),
      run(`INSERT INTO t (v) VALUES ('round ${round}')`),
    ]);
    const failed = outcomes.filter((o) => o.status === 'rejected').map((o) => o.reason as { errno: number });
    // A statement that was written to a socket that mysqld had closed has an unknown outcome; nothing else may fail.
    for (const { errno } of failed) expect(errno).toBe(2013);
    if (outcomes[1].status === 'fulfilled') expect(await count(`round ${round}`)).toBe('1');
    else expect(Number(await count(`round ${round}`))).toBeLessThanOrEqual(1);
  }
  expect(textRows(await run('SELECT 1'))).toEqual([['1']]);
});

test('a write whose connection is lost while it runs is never sent again', async () => {
  const writing = failure(run("INSERT INTO t (v) SELECT 'lost' FROM (SELECT SLEEP(2)) s"));
  await until(async () => (await threads('SLEEP(2)')).length === 1);
  await db.sql(`KILL ${(await threads('SLEEP(2)'))[0]}`);
  expect(await writing).toMatchObject({ errno: 2013 });
  expect(await threads('SLEEP(2)')).toEqual([]);
  expect(await count('lost')).toBe('0');
});
