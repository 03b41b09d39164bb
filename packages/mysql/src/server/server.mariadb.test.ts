import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mariadb from 'mariadb';
import mysql2, { type RowDataPacket } from 'mysql2/promise';
import { expectSameResult, startMariadb, type TestMariadb } from '@vitess-ts/testkit';
import { MysqlConnection } from '../client/connection';
import { Capability } from '../protocol/constants';
import { NoAuthenticator } from './authenticator';
import { MysqlServer } from './server';
import type { ClientInfo, SessionHandler } from './session-handler';

let backend: TestMariadb;
let server: MysqlServer;
let dir: string;
let socketPath: string;

/** A session that hands everything on to the real server: what clients then see must be what it says. */
async function proxySession(client: ClientInfo): Promise<SessionHandler> {
  const conn = await backend.connect({
    database: client.database || undefined,
    multiStatements: true,
    foundRows: client.foundRows,
  });
  let warnings = 0;
  return {
    async query(sql, reply) {
      if (sql.toString().startsWith('SELECT /* stream */')) {
        await reply.stream(conn.queryStream(sql));
        return;
      }
      const results = await conn.queryMulti(sql, { signal: reply.signal });
      results.forEach((result, i) => {
        warnings = result.warnings;
        reply.result(result, i < results.length - 1);
      });
    },
    prepare: () => Promise.reject(new Error('not asked for here')),
    initDb: (database) => conn.initDb(database),
    resetConnection: () => conn.resetConnection(),
    async fieldList(table) {
      return (await conn.query(`SELECT * FROM \`${table}\` LIMIT 0`)).fields;
    },
    close: () => conn.close(),
    statusFlags: () => conn.statusFlags,
    warnings: () => warnings,
    statistics: () => 'Uptime: 1',
  };
}

beforeAll(async () => {
  backend = await startMariadb();
  await backend.sql(`CREATE DATABASE d; USE d; CREATE TABLE t (
    id BIGINT UNSIGNED PRIMARY KEY, v VARCHAR(100), d DECIMAL(20,4), dt DATETIME(6), b BLOB, e ENUM('x','y'), n INT NULL);
    INSERT INTO t VALUES (1,'naïve 🙂',1.5,'2024-01-01 00:00:00.5',X'00fffb','x',NULL),
      (18446744073709551615,'',-99.9999,'1000-01-01',REPEAT('z',300),'y',-1)`);
  dir = await mkdtemp(join(tmpdir(), 'vt-server-'));
  socketPath = join(dir, 's.sock');
  server = new MysqlServer(
    {
      serverVersion: '10.11.0-MariaDB-test',
      authenticator: new NoAuthenticator(),
      onError: (error) => {
        throw error;
      },
      port: 0,
      socketPath,
    },
    proxySession,
  );
  await server.listen();
});

afterAll(async () => {
  await server.close();
  await backend.stop();
  await rm(dir, { recursive: true, force: true });
});

const address = () => ({ host: '127.0.0.1', port: server.port!, user: 'any' });

describe('our own client', () => {
  test.each(['result', 'stream'])('sees the same columns and bytes as directly (%s)', async (form) => {
    const through = await MysqlConnection.connect({ socketPath, user: 'x', database: 'd' });
    const direct = await backend.connect({ database: 'd' });
    const mark = form === 'stream' ? '/* stream */' : '';
    for (const sql of [
      '*, NULL FROM t',
      "1, 'a' AS b, 1.5, NOW() > 0",
      'seq FROM seq_1_to_5000',
      '1 FROM t WHERE 0',
    ]) {
      const [a, b] = [
        await through.query(`SELECT ${mark} ${sql}`),
        await direct.query(`SELECT ${mark} ${sql}`),
      ];
      expectSameResult(a, b, 'ordered');
      expect(a.fields).toEqual(b.fields);
    }
    await through.close();
    await direct.close();
  });

  test('sees rows over 16 MB, many rows, and errors in the middle of a stream', async () => {
    const through = await MysqlConnection.connect({ ...address(), database: 'd' });
    for (const mark of ['', '/* stream */']) {
      const big = await through.query(`SELECT ${mark} REPEAT('x', 20000000) AS a, 'b' AS b`);
      expect(big.rows.value(0, 0)!.length).toBe(20_000_000);
      expect(big.rows.value(0, 1)!.toString()).toBe('b');
      const many = await through.query(`SELECT ${mark} seq, REPEAT('y', 100) FROM seq_1_to_100000`);
      expect(many.rows.length).toBe(100_000);
      expect(many.rows.value(99_999, 0)!.toString()).toBe('100000');
    }
    await expect(
      through.query(
        'SELECT /* stream */ seq, (SELECT 1 UNION SELECT seq FROM seq_1_to_2 WHERE s.seq > 90000) FROM seq_1_to_100000 s',
      ),
    ).rejects.toMatchObject({ errno: 1242, sqlstate: '21000' });
    expect((await through.query('SELECT 1')).rows.length).toBe(1);
    await through.close();
  });
});

describe('mysql2', () => {
  test('queries, counts, errors, multi-statements, large results', async () => {
    const conn = await mysql2.createConnection({
      ...address(),
      database: 'd',
      multipleStatements: true,
      supportBigNumbers: true,
      bigNumberStrings: true,
    });
    const [rows] = await conn.query<RowDataPacket[]>('SELECT id, v, d, e, n FROM t ORDER BY id');
    expect(rows).toEqual([
      { id: '1', v: 'naïve 🙂', d: '1.5000', e: 'x', n: null },
      { id: '18446744073709551615', v: '', d: '-99.9999', e: 'y', n: -1 },
    ]);
    const [update] = await conn.query('UPDATE t SET n = 5 WHERE id = 1');
    expect(update).toMatchObject({
      affectedRows: 1,
      changedRows: 1,
      info: expect.stringContaining('Rows matched: 1  Changed: 1  Warnings: 0'),
    });
    await expect(conn.query('SELECT nope FROM t')).rejects.toMatchObject({ errno: 1054, sqlState: '42S22' });
    const [sets] = await conn.query<RowDataPacket[][]>('SELECT 1 AS a; SELECT 2 AS b');
    expect(sets).toEqual([[{ a: 1 }], [{ b: 2 }]]);
    const [many] = await conn.query<RowDataPacket[]>('SELECT /* stream */ seq FROM seq_1_to_50000');
    expect(many).toHaveLength(50_000);
    await conn.ping();
    await conn.changeUser({ user: 'other', database: 'mysql' });
    expect((await conn.query<RowDataPacket[]>('SELECT DATABASE() AS db'))[0]).toEqual([{ db: 'mysql' }]);
    await conn.end();
  });
});

describe('mariadb connector', () => {
  test('queries, batches, transactions, errors', async () => {
    const conn = await mariadb.createConnection({ ...address(), database: 'd', multipleStatements: true });
    expect(
      await conn.query({ sql: 'SELECT v, d FROM t WHERE id = 1', decimalAsNumber: false }),
    ).toMatchObject([{ v: 'naïve 🙂', d: '1.5000' }]);
    await conn.beginTransaction();
    await conn.query('INSERT INTO t (id, v) VALUES (7, ?)', ['seven']);
    await conn.rollback();
    expect(await conn.query('SELECT COUNT(*) AS c FROM t WHERE id = 7')).toMatchObject([{ c: 0n }]);
    await expect(conn.query('INSERT INTO t (id) VALUES (1)')).rejects.toMatchObject({
      errno: 1062,
      sqlState: '23000',
    });
    await conn.reset();
    await conn.end();
  });
});

describe('the mariadb command line', () => {
  const cli = async (...args: string[]): Promise<string> => {
    const common = [
      '--no-defaults',
      '--host=127.0.0.1',
      `--port=${server.port}`,
      '--user=cli',
      '--skip-ssl',
      '-N',
      '-B',
    ];
    return (await promisify(execFile)('mariadb', [...common, ...args], { timeout: 20_000 })).stdout;
  };

  test('runs statements, changes the database both ways, completes names, reports status', async () => {
    expect(await cli('-e', 'SELECT 1; USE d; SELECT COUNT(*) FROM t', 'mysql')).toBe('1\n2\n');
    expect(await cli('-e', 'USE d')).toBe('');
    // Reads all columns of the database with COM_FIELD_LIST.
    expect(await cli('--auto-rehash', '-e', 'SELECT 2', 'd')).toBe('2\n');
    expect(await cli('-e', 'status', 'd')).toContain('10.11.0-MariaDB-test');
  });

  test('shows our errors', async () => {
    await expect(cli('-e', 'SELECT nope')).rejects.toMatchObject({
      stderr: expect.stringMatching(/ERROR 1054 \(42S22\).*Unknown column/),
    });
  });

  test('multi-line and large output', async () => {
    const out = await cli('--quick', '-e', 'SELECT seq FROM seq_1_to_20000', 'd');
    expect(out.trim().split('\n')).toHaveLength(20_000);
  });
});

test('clients with and without DEPRECATE_EOF are both understood', async () => {
  const seen: boolean[] = [];
  const recording = new MysqlServer(
    { serverVersion: '8.0.30', authenticator: new NoAuthenticator(), onError: () => undefined, port: 0 },
    (client) => {
      seen.push((client.capabilities & Capability.DEPRECATE_EOF) !== 0);
      return proxySession(client);
    },
  );
  await recording.listen();
  for (const flags of [['-DEPRECATE_EOF'], ['+DEPRECATE_EOF']]) {
    const conn = await mysql2.createConnection({
      host: '127.0.0.1',
      port: recording.port!,
      user: 'x',
      flags,
    });
    expect((await conn.query<RowDataPacket[]>('SELECT 1 AS a UNION SELECT 2'))[0]).toEqual([
      { a: 1 },
      { a: 2 },
    ]);
    await conn.end();
  }
  const ours = await MysqlConnection.connect({ port: recording.port!, user: 'x' });
  expect(ours.deprecateEof).toBe(true);
  await ours.close();
  await recording.close();
  expect(new Set(seen)).toEqual(new Set([false, true]));
});
