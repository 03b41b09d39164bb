import { type Field, MySqlFlag, type Result, Type } from '@vitess-ts/sqltypes';
import { freePort, startMariadb, type TestMariadb } from '@vitess-ts/testkit';
import { collationById } from '../charset/collations';
import { MysqlConnection } from './connection';
import { FieldCache } from './field-cache';

let server: TestMariadb;
let conn: MysqlConnection;
let port: number;

beforeAll(async () => {
  port = await freePort();
  server = await startMariadb({ port });
  await server.sql('CREATE DATABASE d');
});
afterAll(() => server.stop());

beforeEach(async () => {
  conn = await server.connect({ database: 'd' });
});
afterEach(() => conn.close());

const text = (result: Result): (string | null)[][] =>
  result.rows.rows().map((row) => row.map((value) => value?.toString('utf8') ?? null));

async function collect(stream: AsyncIterable<Result>): Promise<Result[]> {
  const chunks: Result[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return chunks;
}

const COLUMNS: [definition: string, type: number, value: string, expected: string | Buffer][] = [
  ['TINYINT', Type.INT8, '-128', '-128'],
  ['TINYINT UNSIGNED', Type.UINT8, '255', '255'],
  ['SMALLINT', Type.INT16, '-32768', '-32768'],
  ['SMALLINT UNSIGNED', Type.UINT16, '65535', '65535'],
  ['MEDIUMINT', Type.INT24, '-8388608', '-8388608'],
  ['MEDIUMINT UNSIGNED', Type.UINT24, '16777215', '16777215'],
  ['INT', Type.INT32, '-2147483648', '-2147483648'],
  ['INT UNSIGNED', Type.UINT32, '4294967295', '4294967295'],
  ['BIGINT', Type.INT64, '-9223372036854775808', '-9223372036854775808'],
  ['BIGINT UNSIGNED', Type.UINT64, '18446744073709551615', '18446744073709551615'],
  ['BIGINT(10) UNSIGNED ZEROFILL', Type.UINT64, '7', '0000000007'],
  ['FLOAT', Type.FLOAT32, '1.5', '1.5'],
  ['DOUBLE', Type.FLOAT64, '-1.7976931348623157e308', '-1.7976931348623157e308'],
  [
    'DECIMAL(65,30)',
    Type.DECIMAL,
    '12345678901234567890.5',
    '12345678901234567890.500000000000000000000000000000',
  ],
  ['DATE', Type.DATE, "'2024-02-29'", '2024-02-29'],
  ['TIME(6)', Type.TIME, "'-838:59:59.000001'", '-838:59:59.000001'],
  ['DATETIME(3)', Type.DATETIME, "'9999-12-31 23:59:59.999'", '9999-12-31 23:59:59.999'],
  ['TIMESTAMP(6) NULL', Type.TIMESTAMP, "'2024-01-01 00:00:00.000001'", '2024-01-01 00:00:00.000001'],
  ['YEAR', Type.YEAR, '2155', '2155'],
  ['CHAR(5)', Type.CHAR, "'ab'", 'ab'],
  ['VARCHAR(20)', Type.VARCHAR, "'naïve 🙂'", 'naïve 🙂'],
  ['VARCHAR(20) COLLATE utf8mb4_bin', Type.VARCHAR, "'x'", 'x'],
  ['BINARY(4)', Type.BINARY, "X'00ff'", Buffer.from([0, 0xff, 0, 0])],
  ['VARBINARY(4)', Type.VARBINARY, "X'00fb'", Buffer.from([0, 0xfb])],
  ['TINYTEXT', Type.TEXT, "''", ''],
  ['TEXT', Type.TEXT, "'t'", 't'],
  ['LONGTEXT', Type.TEXT, 'REPEAT("y", 70000)', 'y'.repeat(70000)],
  ['TINYBLOB', Type.BLOB, "X'fb'", Buffer.from([0xfb])],
  ['LONGBLOB', Type.BLOB, "X'fe'", Buffer.from([0xfe])],
  ['BIT(9)', Type.BIT, "b'100000001'", Buffer.from([1, 1])],
  ["ENUM('a','b')", Type.ENUM, "'b'", 'b'],
  ["SET('a','b')", Type.SET, "'a,b'", 'a,b'],
  ["ENUM('a') CHARACTER SET binary", Type.ENUM, "'a'", 'a'],
  ['JSON', Type.TEXT, `'{"a":1}'`, '{"a":1}'],
  [
    'GEOMETRY',
    Type.GEOMETRY,
    'POINT(1,2)',
    Buffer.from('000000000101000000000000000000f03f0000000000000040', 'hex'),
  ],
];

test('every column type is told from the others, and its bytes come through', async () => {
  const columns = COLUMNS.map(([definition], i) => `c${i} ${definition}`).join(', ');
  await conn.query(`CREATE TABLE types (id INT AUTO_INCREMENT PRIMARY KEY, ${columns})`);
  const insert = await conn.query(`INSERT INTO types VALUES (NULL, ${COLUMNS.map((c) => c[2]).join(', ')})`);
  expect(insert).toMatchObject({ rowsAffected: 1n, insertId: 1n, fields: [] });
  const result = await conn.query('SELECT t.*, NULL FROM types AS t');
  const row = result.rows.row(0);
  COLUMNS.forEach(([definition, type, , expected], i) => {
    expect([definition, result.fields[i + 1].type]).toEqual([definition, type]);
    expect([definition, row[i + 1]]).toEqual([definition, Buffer.from(expected)]);
  });
  expect(row[row.length - 1]).toBeNull();
  expect(result.fields[row.length - 1].type).toBe(Type.NULL_TYPE);
  expect(result.fields[0]).toMatchObject<Partial<Field>>({
    name: 'id',
    orgName: 'id',
    table: 't',
    orgTable: 'types',
    database: 'd',
    type: Type.INT32,
    charset: 63,
    columnLength: 11,
  });
  expect(result.fields[0].flags & (MySqlFlag.PRI_KEY | MySqlFlag.AUTO_INCREMENT | MySqlFlag.NOT_NULL)).toBe(
    MySqlFlag.PRI_KEY | MySqlFlag.AUTO_INCREMENT | MySqlFlag.NOT_NULL,
  );
});

test('counts, info, warnings and status come from the server', async () => {
  await conn.query(
    'CREATE OR REPLACE TABLE counts (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, a TINYINT)',
  );
  await conn.query('SET sql_mode = ""');
  const big = await conn.query('INSERT INTO counts VALUES (18446744073709551614, 1000)');
  expect(big.insertId).toBe(18446744073709551614n);
  expect(big.warnings).toBe(1);
  await conn.query('BEGIN');
  expect(conn.statusFlags & 1).toBe(1);
  const update = await conn.query('UPDATE counts SET a = 127');
  expect(update).toMatchObject({ rowsAffected: 0n, info: 'Rows matched: 1  Changed: 0  Warnings: 0' });
  await conn.query('COMMIT');
  expect(conn.statusFlags & 1).toBe(0);
  const found = await server.connect({ database: 'd', foundRows: true });
  expect((await found.query('UPDATE counts SET a = 127')).rowsAffected).toBe(1n);
  await found.close();
});

test('an error has errno, sqlstate and text, and the connection goes on', async () => {
  await expect(conn.query('SELECT nope')).rejects.toMatchObject({
    errno: 1054,
    sqlstate: '42S22',
    message: expect.stringContaining("Unknown column 'nope'"),
  });
  await expect(collect(conn.queryStream('SELEC 1'))).rejects.toMatchObject({
    errno: 1064,
    sqlstate: '42000',
  });
  // The error comes in the middle of the rows.
  await expect(
    conn.query('SELECT seq, (SELECT 1 UNION SELECT seq FROM seq_1_to_2 WHERE s.seq > 9) FROM seq_1_to_10 s'),
  ).rejects.toMatchObject({ errno: 1242 });
  expect(conn.isAlive).toBe(true);
  expect(text(await conn.query('SELECT 1'))).toEqual([['1']]);
});

test.each([0xffffff - 10, 0xffffff - 4, 0xffffff - 3, 0xffffff, 20 * 1024 * 1024])(
  'a value of %i bytes goes both ways',
  async (bytes) => {
    const value = Buffer.alloc(bytes, 'abcdefghij');
    const sql = Buffer.concat([Buffer.from("SELECT '"), value, Buffer.from("' AS v, 'after'")]);
    const result = await conn.query(sql);
    expect(result.rows.value(0, 0)!.equals(value)).toBe(true);
    expect(result.rows.value(0, 1)!.toString()).toBe('after');
    expect(text(await conn.query('SELECT 2'))).toEqual([['2']]);
  },
);

test('a stream has its fields first and all rows in order, and stops reading while nobody takes them', async () => {
  const before = await bytesSent();
  const stream = conn.queryStream("SELECT seq, REPEAT('z', 1000) AS z FROM seq_1_to_200000");
  const first = await stream.next();
  const chunk = first.value as Result;
  expect(chunk.fields.map((field) => field.name)).toEqual(['seq', 'z']);
  // 200 MB wait; without back-pressure the server would get rid of them while we look the other way.
  const paused = await untilSteady(bytesSent);
  expect(paused - before).toBeLessThan(20_000_000);
  let expected = 1;
  const check = (result: Result): void => {
    for (let i = 0; i < result.rows.length; i++) {
      if (result.rows.value(i, 0)!.toString() !== String(expected++))
        throw new Error(`row ${expected - 1} is missing`);
    }
  };
  check(chunk);
  for await (const rest of stream) {
    expect(rest.fields).toEqual([]);
    check(rest);
  }
  expect(expected).toBe(200_001);
  expect(text(await conn.query('SELECT 3'))).toEqual([['3']]);
});

async function bytesSent(): Promise<number> {
  const rows = await server.rows("SHOW GLOBAL STATUS LIKE 'Bytes_sent'");
  return Number(rows[0][1]);
}

/** Reads a figure until it does not grow over several readings. */
async function untilSteady(read: () => Promise<number>): Promise<number> {
  let last = await read();
  for (let same = 0, tries = 0; same < 20; tries++) {
    if (tries > 5000) throw new Error('it never got steady');
    const now = await read();
    same = now - last < 1000 ? same + 1 : 0;
    last = now;
  }
  return last;
}

test('a stream of an empty result and of a statement without one', async () => {
  const [empty, ...more] = await collect(conn.queryStream('SELECT 1 AS a FROM DUAL WHERE 1 = 0'));
  expect(more).toEqual([]);
  expect(empty.fields).toHaveLength(1);
  expect(empty.rows.length).toBe(0);
  const [ok] = await collect(conn.queryStream('SET @a = 1'));
  expect(ok.fields).toEqual([]);
});

test('a stream left early closes its connection', async () => {
  for await (const chunk of conn.queryStream('SELECT seq FROM seq_1_to_1000000')) {
    expect(chunk.rows.length).toBeGreaterThan(0);
    break;
  }
  expect(conn.isAlive).toBe(false);
  await expect(conn.query('SELECT 1')).rejects.toMatchObject({ errno: 2006 });
});

test('limits of a buffered result', async () => {
  await expect(conn.query('SELECT seq FROM seq_1_to_11', { maxRows: 10 })).rejects.toMatchObject({
    code: 8,
    message: 'Row count exceeded 10',
  });
  expect(conn.isAlive).toBe(false);
  const other = await server.connect();
  expect((await other.query('SELECT 1 UNION SELECT 2', { maxRows: 2 })).rows.length).toBe(2);
  await expect(other.query("SELECT REPEAT('x', 1000)", { maxBytes: 999 })).rejects.toMatchObject({ code: 8 });
});

test('aborting and timing out close the connection', async () => {
  const controller = new AbortController();
  const slow = conn.query('SELECT SLEEP(10)', { signal: controller.signal });
  controller.abort();
  await expect(slow).rejects.toMatchObject({ errno: 1317, sqlstate: '70100' });
  expect(conn.isAlive).toBe(false);
  const other = await server.connect();
  await expect(other.query('SELECT SLEEP(10)', { timeoutMs: 50 })).rejects.toMatchObject({ errno: 3024 });
  expect(other.isAlive).toBe(false);
  const third = await server.connect();
  await third.query('SELECT 1', { timeoutMs: 60_000, signal: controller.signal }).then(
    () => {
      throw new Error('an aborted signal was not seen');
    },
    (error: unknown) => expect(error).toMatchObject({ errno: 1317 }),
  );
  // Nothing had been sent: the connection is as good as before.
  expect(text(await third.query('SELECT 1'))).toEqual([['1']]);
  await third.close();
});

test('a connection that is killed reports that the outcome is unknown', async () => {
  const slow = conn.query('SELECT SLEEP(10)');
  await server.sql(`KILL ${conn.connectionId}`);
  await expect(slow).rejects.toMatchObject({ errno: expect.any(Number) });
  await new Promise<void>((resolve) => conn.onClose(resolve));
  expect(conn.isAlive).toBe(false);
  const other = await server.connect();
  const query = other.query('SELECT SLEEP(10)');
  other.destroy();
  await expect(query).rejects.toMatchObject({ errno: 2013 });
});

test('several results, and the refusal of what was not asked for', async () => {
  await expect(conn.query('SELECT 1; SELECT 2')).rejects.toMatchObject({ errno: 1064 });
  const multi = await server.connect({ multiStatements: true });
  const results = await multi.queryMulti('SELECT 1 AS a; SET @x = 1; SELECT 2 AS b');
  expect(results.map((result) => result.fields.map((field) => field.name))).toEqual([['a'], [], ['b']]);
  await expect(multi.query('SELECT 1; SELECT 2')).rejects.toMatchObject({ code: 9 });
  await expect(multi.queryMulti('SELECT 1; SELECT nope')).rejects.toMatchObject({ errno: 1054 });
  expect(text(await multi.query('SELECT 4'))).toEqual([['4']]);
  await multi.close();
});

test('one command at a time', async () => {
  const slow = conn.query('SELECT SLEEP(0.1)');
  await expect(conn.query('SELECT 1')).rejects.toMatchObject({ code: 13 });
  await slow;
});

test('ping, default database, reset', async () => {
  await conn.ping();
  await conn.initDb('mysql');
  expect(text(await conn.query('SELECT DATABASE()'))).toEqual([['mysql']]);
  await expect(conn.initDb('nope')).rejects.toMatchObject({ errno: 1049 });
  await conn.query('SET @kept = 1');
  await conn.resetConnection();
  expect(text(await conn.query('SELECT @kept'))).toEqual([[null]]);
});

test('local files are never sent', async () => {
  await conn.query('CREATE OR REPLACE TABLE loaded (a TEXT)');
  await expect(conn.query("LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE loaded")).rejects.toBeDefined();
  const other = await server.connect();
  expect(text(await other.query('SELECT COUNT(*) FROM d.loaded'))).toEqual([['0']]);
  await other.close();
});

test('logging in: passwords, TCP, refusals', async () => {
  await server.sql("CREATE USER pw@'%' IDENTIFIED BY 'sécret'");
  const socketPath = server.params.socketPath!;
  const ok = await MysqlConnection.connect({ socketPath, user: 'pw', password: 'sécret' });
  expect(ok.serverVersion).toMatch(/^1[01]\./);
  await ok.close();
  const tcp = await MysqlConnection.connect({ port, user: 'pw', password: 'sécret' });
  expect(text(await tcp.query('SELECT 5'))).toEqual([['5']]);
  await tcp.close();
  await expect(MysqlConnection.connect({ socketPath, user: 'pw', password: 'wrong' })).rejects.toMatchObject({
    errno: 1045,
    sqlstate: '28000',
  });
  await expect(
    MysqlConnection.connect({ socketPath, user: 'pw', password: 'sécret', database: 'nope' }),
  ).rejects.toMatchObject({ errno: expect.any(Number) });
  await expect(MysqlConnection.connect({ socketPath: '/nowhere.sock', user: 'x' })).rejects.toMatchObject({
    errno: 2002,
    code: 14,
  });
  await expect(MysqlConnection.connect({ port: 1, user: 'x' })).rejects.toMatchObject({
    errno: 2003,
    code: 14,
  });
});

test('collations, also those that the handshake cannot say', async () => {
  for (const collation of ['latin1_swedish_ci', 'utf8mb4_uca1400_ai_ci']) {
    const other = await server.connect({ collation });
    const read = async () =>
      text(await other.query('SELECT @@collation_connection, @@character_set_results'))[0];
    const before = await read();
    expect(before).toEqual([collation, collation.split('_')[0]]);
    await other.resetConnection();
    expect(await read()).toEqual(before);
    await other.close();
  }
  await expect(server.connect({ collation: 'nope' })).rejects.toMatchObject({ errno: 1273 });
});

test('the collation table agrees with the server', async () => {
  const rows = await server.rows(
    'SELECT id, full_collation_name, character_set_name FROM information_schema.collation_character_set_applicability',
  );
  expect(rows.length).toBeGreaterThan(1000);
  for (const [id, name, charset] of rows) {
    expect(collationById(Number(id))).toMatchObject({ id: Number(id), name, charset });
  }
});

test('a statement that runs again gets the same field array, also on another connection of the pool', async () => {
  const fieldCache = new FieldCache();
  const [a, b] = [await server.connect({ fieldCache }), await server.connect({ fieldCache })];
  const first = await a.query("SELECT 1 AS a, 'x' AS b");
  expect((await a.query("SELECT 1 AS a, 'x' AS b")).fields).toBe(first.fields);
  expect((await b.query("SELECT 1 AS a, 'x' AS b")).fields).toBe(first.fields);
  expect((await b.query("SELECT 1 AS a, 'xy' AS b")).fields).not.toBe(first.fields);
  await a.close();
  await b.close();
});
