import { emptyResult, type Result, RowBatch } from '@vitess-ts/sqltypes';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import { Command } from '../protocol/constants';
import { commandPacket, frame } from '../protocol/packets';
import { errorOf, fields, Loopback, oneRow, until } from './loopback.contract';
import { NoAuthenticator } from './authenticator';
import { MysqlServer } from './server';

const lo = new Loopback();
afterEach(() => lo.stop());

describe('sessions', () => {
  beforeEach(() => lo.start());

  test('know who their client is', async () => {
    const conn = await lo.connect({ database: 'd', foundRows: true, attributes: { program_name: 'p' } });
    expect(lo.script.clients[0]).toMatchObject({
      connectionId: conn.connectionId,
      user: 'u',
      identity: { username: 'u', groups: [] },
      database: 'd',
      collation: 45,
      foundRows: true,
      multiStatements: false,
      remoteAddress: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    });
    expect(lo.script.clients[0].attributes.get('program_name')).toBe('p');
    expect(conn.serverVersion).toBe('8.4.6-Vitess');
    await expect(lo.connect({ database: 'forbidden' })).rejects.toMatchObject({ errno: 1044 });
    await conn.close();
    await until('the close', () => lo.script.calls.includes('close'));
  });

  test('the client sees the session as it is when the answer ends', async () => {
    const conn = await lo.connect();
    lo.script.status = 3;
    expect(await conn.query('x')).toMatchObject({ warnings: 7, statusFlags: 3 });
    lo.script.on['dml'] = async (reply) =>
      reply.result(emptyResult({ rowsAffected: 2n ** 60n, insertId: 5n, info: 'i' }));
    expect(await conn.query('dml')).toMatchObject({
      rowsAffected: 2n ** 60n,
      insertId: 5n,
      info: 'i',
      warnings: 7,
    });
  });

  test('several results, an error in the middle, an answer that never comes', async () => {
    const conn = await lo.connect();
    lo.script.on['three'] = async (reply) => {
      reply.result(oneRow('1'), true);
      reply.result(emptyResult(), true);
      await reply.stream(chunks(['2'], ['3', '4']));
    };
    const results = await conn.queryMulti('three');
    expect(results.map((result) => result.rows.rows().map((row) => String(row[0])))).toEqual([
      ['1'],
      [],
      ['2', '3', '4'],
    ]);
    lo.script.on['fails'] = async (reply) => {
      reply.result(oneRow('1'), true);
      throw new SqlError(1054, '42S22', 'no column');
    };
    await expect(conn.queryMulti('fails')).rejects.toMatchObject({ errno: 1054, sqlstate: '42S22' });
    lo.script.on['late'] = (reply) =>
      reply.stream(
        (async function* () {
          yield oneRow('1');
          throw new VtError(Code.UNIMPLEMENTED, 'not that');
        })(),
      );
    await expect(conn.query('late')).rejects.toMatchObject({ errno: 1235, message: 'not that' });
    lo.script.on['silent'] = () => Promise.resolve();
    await expect(conn.query('silent')).rejects.toMatchObject({ errno: 1815 });
    expect((await conn.query('still there')).rows.length).toBe(1);
  });

  test('a slow reader holds the stream back, and leaving ends it', async () => {
    let made = 0;
    let ended = false;
    const chunk = emptyResult({ fields, rows: RowBatch.from(1, [[Buffer.alloc(100_000, 'x')]]) });
    lo.script.on['endless'] = (reply) =>
      reply.stream(
        (async function* () {
          try {
            for (;;) {
              made++;
              yield chunk;
              await new Promise((resolve) => setImmediate(resolve));
            }
          } finally {
            ended = true;
          }
        })(),
      );
    const conn = await lo.connect();
    const stream = conn.queryStream('endless');
    await stream.next();
    let last = -1;
    for (let same = 0; same < 50;) {
      await new Promise((resolve) => setImmediate(resolve));
      same = made === last ? same + 1 : 0;
      last = made;
    }
    expect(made).toBeLessThan(500);
    await stream.return();
    await until('the end of the stream', () => ended);
    await until('the close', () => lo.script.calls.includes('close'));
  });

  test('a client that goes away aborts its query, and its session closes after it', async () => {
    const aborted: unknown[] = [];
    let running = false;
    lo.script.on['slow'] = (reply) =>
      new Promise((_resolve, reject) => {
        running = true;
        reply.signal.addEventListener('abort', () => {
          expect(lo.script.calls).not.toContain('close');
          aborted.push(reply.signal.reason);
          reject(reply.signal.reason as Error);
        });
      });
    const conn = await lo.connect();
    const query = conn.query('slow');
    await until('the query', () => running);
    conn.destroy();
    await expect(query).rejects.toMatchObject({ errno: 2013 });
    await until('the close', () => lo.script.calls.includes('close'));
    expect(aborted).toEqual([expect.objectContaining({ errno: 1317 })]);
    expect(lo.server.connectionCount).toBe(0);
  });

  test('KILL QUERY and KILL', async () => {
    let running = false;
    lo.script.on['slow'] = (reply) =>
      new Promise((_resolve, reject) => {
        running = true;
        reply.signal.addEventListener('abort', () => reject(reply.signal.reason as Error));
      });
    const conn = await lo.connect();
    const query = conn.query('slow');
    await until('the query', () => running);
    expect(lo.server.killQuery(conn.connectionId)).toBe(true);
    await expect(query).rejects.toMatchObject({ errno: 1317, sqlstate: '70100' });
    expect((await conn.query('alive')).rows.length).toBe(1);
    expect(lo.server.killConnection(conn.connectionId)).toBe(true);
    await new Promise<void>((resolve) => conn.onClose(resolve));
    expect(lo.server.killQuery(999)).toBe(false);
  });

  test('drain waits for queries and transactions', async () => {
    const idle = await lo.connect();
    const inTransaction = await lo.connect();
    lo.script.status = 3;
    const drained = lo.server.drain(10_000);
    expect(idle.isAlive && inTransaction.isAlive).toBe(true);
    await expect(lo.connect()).rejects.toMatchObject({ errno: 2003 });
    lo.script.status = 2;
    await inTransaction.query('COMMIT');
    await idle.query('x');
    await drained;
    expect(lo.server.connectionCount).toBe(0);
  });
});

async function* chunks(...batches: string[][]): AsyncGenerator<Result> {
  for (const [i, batch] of batches.entries()) {
    const rows = RowBatch.from(
      1,
      batch.map((text) => [Buffer.from(text)]),
    );
    yield emptyResult({ fields: i === 0 ? fields : [], rows });
  }
}

describe('commands', () => {
  beforeEach(() => lo.start());

  test('each is answered', async () => {
    const client = await lo.rawLoggedIn();
    expect((await client.ask(commandPacket(Command.PING, '')))[0]).toBe(0);
    expect((await client.ask(commandPacket(Command.INIT_DB, 'ks@replica')))[0]).toBe(0);
    expect((await client.ask(commandPacket(Command.RESET_CONNECTION, '')))[0]).toBe(0);
    expect((await client.ask(commandPacket(Command.STATISTICS, ''))).toString()).toBe('Uptime: 5');
    expect((await client.ask(commandPacket(Command.SET_OPTION, Buffer.from([0, 0]))))[0]).toBe(0xfe);
    expect(lo.script.clients[0].multiStatements).toBe(true);
    expect(errorOf(await client.ask(commandPacket(Command.SET_OPTION, Buffer.from([9, 0])))).errno).toBe(
      1047,
    );
    expect(errorOf(await client.ask(commandPacket(0x77, '')))).toMatchObject({
      errno: 1047,
      sqlstate: '08S01',
    });
    expect(errorOf(await client.ask(frame(Buffer.alloc(0), 0))).errno).toBe(1047);
    expect(
      errorOf(await client.ask(commandPacket(Command.PROCESS_KILL, Buffer.from([9, 0, 0, 0])))).errno,
    ).toBe(1094);
    expect(errorOf(await client.ask(commandPacket(Command.PROCESS_KILL, 'x'))).errno).toBe(1835);
    const columns = await client.ask(commandPacket(Command.FIELD_LIST, 't\0%'));
    expect(columns.toString('latin1')).toMatch(/^\x03def/);
    // Never answered: the next answer is the ping's.
    client.socket.write(commandPacket(Command.STMT_CLOSE, Buffer.alloc(4)));
    expect((await client.ask(commandPacket(Command.PING, '')))[0]).toBe(0);
    expect(lo.script.calls).toEqual(['initDb ks@replica', 'reset', 'fieldList t %']);
    client.socket.write(commandPacket(Command.QUIT, ''));
    await until('the close', () => client.closed);
  });

  test('commands that were sent ahead run in order', async () => {
    const client = await lo.rawLoggedIn();
    const before = client.payloads.length;
    const order: string[] = [];
    for (const sql of ['one', 'two', 'three']) {
      lo.script.on[sql] = async (reply) => {
        await new Promise((resolve) => setImmediate(resolve));
        order.push(sql);
        reply.result(emptyResult({ info: sql }));
      };
    }
    client.socket.write(
      Buffer.concat(['one', 'two', 'three'].map((sql) => commandPacket(Command.QUERY, sql))),
    );
    await until('three answers', () => client.payloads.length === before + 3);
    expect(order).toEqual(['one', 'two', 'three']);
  });
});

test('a port that is taken is an error that says so', async () => {
  await lo.start();
  const second = new MysqlServer(
    {
      serverVersion: 'x',
      authenticator: new NoAuthenticator(),
      onError: () => undefined,
      port: lo.server.port!,
    },
    lo.script.open,
  );
  await expect(second.listen()).rejects.toMatchObject({
    code: 14,
    message: expect.stringContaining(`${lo.server.port}`),
  });
});
