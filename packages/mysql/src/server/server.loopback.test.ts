import * as net from 'node:net';
import { makeField, emptyResult, type Result, RowBatch, Type } from '@vitess-ts/sqltypes';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import { MysqlConnection } from '../client/connection';
import { CACHING_SHA2_PASSWORD, Capability, Command } from '../protocol/constants';
import { decodeErr } from '../protocol/err-packet';
import { encodeHandshakeResponse } from '../protocol/handshake';
import { PacketReader } from '../protocol/packet-reader';
import { commandPacket, frame } from '../protocol/packets';
import { NoAuthenticator, StaticAuthenticator } from './authenticator';
import type { MysqlServerOptions } from './options';
import { MysqlServer } from './server';
import type { ClientInfo, QueryReply, SessionHandler } from './session-handler';

const fields = [makeField('a', Type.VARCHAR, { charset: 45 })];
const oneRow = (text: string): Result =>
  emptyResult({ fields, rows: RowBatch.from(1, [[Buffer.from(text)]]) });

/** A session whose queries are played by the test: `on[sql]`, else the text itself as one row. */
class Script {
  readonly clients: ClientInfo[] = [];
  readonly calls: string[] = [];
  status = 2;
  on: Record<string, (reply: QueryReply) => Promise<void>> = {};

  readonly open = (client: ClientInfo): Promise<SessionHandler> => {
    if (client.database === 'forbidden') {
      return Promise.reject(new SqlError(1044, '42000', 'Access denied to database'));
    }
    this.clients.push(client);
    return Promise.resolve({
      query: async (sql, reply) => {
        const text = sql.toString();
        const play = this.on[text];
        if (play !== undefined) await play(reply);
        else reply.result(oneRow(text));
      },
      initDb: (database) => this.called(`initDb ${database}`),
      resetConnection: () => this.called('reset'),
      fieldList: async (table, wildcard) => {
        await this.called(`fieldList ${table} ${wildcard}`);
        return fields;
      },
      close: () => this.called('close'),
      statusFlags: () => this.status,
      warnings: () => 7,
      statistics: () => 'Uptime: 5',
    });
  };

  private called(call: string): Promise<void> {
    this.calls.push(call);
    return Promise.resolve();
  }
}

let script: Script;
let server: MysqlServer;
const sockets: net.Socket[] = [];

async function start(options: Partial<MysqlServerOptions> = {}): Promise<void> {
  script = new Script();
  server = new MysqlServer(
    {
      serverVersion: '8.4.6-Vitess',
      authenticator: new NoAuthenticator(),
      onError: (error) => {
        throw error;
      },
      port: 0,
      ...options,
    },
    script.open,
  );
  await server.listen();
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

const connect = (more = {}): Promise<MysqlConnection> =>
  MysqlConnection.connect({ port: server.port!, user: 'u', ...more });

async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A raw connection: payloads that come are gathered, bytes go out as they are. */
async function raw(): Promise<{ socket: net.Socket; payloads: Buffer[]; closed: () => boolean }> {
  const socket = net.connect({ port: server.port!, host: '127.0.0.1' });
  sockets.push(socket);
  const payloads: Buffer[] = [];
  let closed = false;
  const reader = new PacketReader(
    (buf, from, to) => payloads.push(Buffer.from(buf.subarray(from, to))),
    1 << 30,
  );
  socket.on('data', (chunk) => {
    // Only one packet an answer is looked at, whatever its number.
    reader.nextSequence = chunk[3];
    reader.push(chunk);
  });
  socket.on('error', () => (closed = true));
  socket.on('close', () => (closed = true));
  await until('the greeting', () => payloads.length === 1);
  return { socket, payloads, closed: () => closed };
}

async function rawLoggedIn(): ReturnType<typeof raw> {
  const client = await raw();
  client.socket.write(
    frame(
      encodeHandshakeResponse({
        capabilities: Capability.PROTOCOL_41 | Capability.SECURE_CONNECTION | Capability.PLUGIN_AUTH,
        maxPacketBytes: 1 << 24,
        collation: 45,
        user: 'raw',
        authResponse: Buffer.alloc(0),
        database: '',
        authPlugin: 'mysql_native_password',
        attributes: new Map(),
      }),
      1,
    ),
  );
  await until('the login', () => client.payloads.length === 2);
  expect(client.payloads[1][0]).toBe(0);
  return client;
}

const errorOf = (payload: Buffer): SqlError => decodeErr(payload, 0, payload.length);

describe('sessions', () => {
  beforeEach(() => start());

  test('know who their client is', async () => {
    const conn = await connect({ database: 'd', foundRows: true, attributes: { program_name: 'p' } });
    expect(script.clients[0]).toMatchObject({
      connectionId: conn.connectionId,
      user: 'u',
      identity: { username: 'u', groups: [] },
      database: 'd',
      collation: 45,
      foundRows: true,
      multiStatements: false,
      remoteAddress: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    });
    expect(script.clients[0].attributes.get('program_name')).toBe('p');
    expect(conn.serverVersion).toBe('8.4.6-Vitess');
    await expect(connect({ database: 'forbidden' })).rejects.toMatchObject({ errno: 1044 });
    await conn.close();
    await until('the close', () => script.calls.includes('close'));
  });

  test('the client sees the session as it is when the answer ends', async () => {
    const conn = await connect();
    script.status = 3;
    expect(await conn.query('x')).toMatchObject({ warnings: 7, statusFlags: 3 });
    script.on['dml'] = async (reply) =>
      reply.result(emptyResult({ rowsAffected: 2n ** 60n, insertId: 5n, info: 'i' }));
    expect(await conn.query('dml')).toMatchObject({
      rowsAffected: 2n ** 60n,
      insertId: 5n,
      info: 'i',
      warnings: 7,
    });
  });

  test('several results, an error in the middle, an answer that never comes', async () => {
    const conn = await connect();
    script.on['three'] = async (reply) => {
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
    script.on['fails'] = async (reply) => {
      reply.result(oneRow('1'), true);
      throw new SqlError(1054, '42S22', 'no column');
    };
    await expect(conn.queryMulti('fails')).rejects.toMatchObject({ errno: 1054, sqlstate: '42S22' });
    script.on['late'] = (reply) =>
      reply.stream(
        (async function* () {
          yield oneRow('1');
          throw new VtError(Code.UNIMPLEMENTED, 'not that');
        })(),
      );
    await expect(conn.query('late')).rejects.toMatchObject({ errno: 1235, message: 'not that' });
    script.on['silent'] = () => Promise.resolve();
    await expect(conn.query('silent')).rejects.toMatchObject({ errno: 1815 });
    expect((await conn.query('still there')).rows.length).toBe(1);
  });

  test('a slow reader holds the stream back, and leaving ends it', async () => {
    let made = 0;
    let ended = false;
    const chunk = emptyResult({ fields, rows: RowBatch.from(1, [[Buffer.alloc(100_000, 'x')]]) });
    script.on['endless'] = (reply) =>
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
    const conn = await connect();
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
    await until('the close', () => script.calls.includes('close'));
  });

  test('a client that goes away aborts its query, and its session closes after it', async () => {
    const aborted: unknown[] = [];
    let running = false;
    script.on['slow'] = (reply) =>
      new Promise((_resolve, reject) => {
        running = true;
        reply.signal.addEventListener('abort', () => {
          expect(script.calls).not.toContain('close');
          aborted.push(reply.signal.reason);
          reject(reply.signal.reason as Error);
        });
      });
    const conn = await connect();
    const query = conn.query('slow');
    await until('the query', () => running);
    conn.destroy();
    await expect(query).rejects.toMatchObject({ errno: 2013 });
    await until('the close', () => script.calls.includes('close'));
    expect(aborted).toEqual([expect.objectContaining({ errno: 1317 })]);
    expect(server.connectionCount).toBe(0);
  });

  test('KILL QUERY and KILL', async () => {
    let running = false;
    script.on['slow'] = (reply) =>
      new Promise((_resolve, reject) => {
        running = true;
        reply.signal.addEventListener('abort', () => reject(reply.signal.reason as Error));
      });
    const conn = await connect();
    const query = conn.query('slow');
    await until('the query', () => running);
    expect(server.killQuery(conn.connectionId)).toBe(true);
    await expect(query).rejects.toMatchObject({ errno: 1317, sqlstate: '70100' });
    expect((await conn.query('alive')).rows.length).toBe(1);
    expect(server.killConnection(conn.connectionId)).toBe(true);
    await new Promise<void>((resolve) => conn.onClose(resolve));
    expect(server.killQuery(999)).toBe(false);
  });

  test('drain waits for queries and transactions', async () => {
    const idle = await connect();
    const inTransaction = await connect();
    script.status = 3;
    const drained = server.drain(10_000);
    expect(idle.isAlive && inTransaction.isAlive).toBe(true);
    await expect(connect()).rejects.toMatchObject({ errno: 2003 });
    script.status = 2;
    await inTransaction.query('COMMIT');
    await idle.query('x');
    await drained;
    expect(server.connectionCount).toBe(0);
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
  beforeEach(() => start());

  const ask = async (client: Awaited<ReturnType<typeof raw>>, packet: Buffer): Promise<Buffer> => {
    const before = client.payloads.length;
    client.socket.write(packet);
    await until('the answer', () => client.payloads.length > before);
    return client.payloads[before];
  };

  test('each is answered', async () => {
    const client = await rawLoggedIn();
    expect((await ask(client, commandPacket(Command.PING, '')))[0]).toBe(0);
    expect((await ask(client, commandPacket(Command.INIT_DB, 'ks@replica')))[0]).toBe(0);
    expect((await ask(client, commandPacket(Command.RESET_CONNECTION, '')))[0]).toBe(0);
    expect((await ask(client, commandPacket(Command.STATISTICS, ''))).toString()).toBe('Uptime: 5');
    expect((await ask(client, commandPacket(Command.SET_OPTION, Buffer.from([0, 0]))))[0]).toBe(0xfe);
    expect(script.clients[0].multiStatements).toBe(true);
    expect(errorOf(await ask(client, commandPacket(Command.SET_OPTION, Buffer.from([9, 0])))).errno).toBe(
      1047,
    );
    expect(errorOf(await ask(client, commandPacket(Command.STMT_PREPARE, 'SELECT ?'))).errno).toBe(1295);
    expect(errorOf(await ask(client, commandPacket(0x77, '')))).toMatchObject({
      errno: 1047,
      sqlstate: '08S01',
    });
    expect(errorOf(await ask(client, frame(Buffer.alloc(0), 0))).errno).toBe(1047);
    expect(
      errorOf(await ask(client, commandPacket(Command.PROCESS_KILL, Buffer.from([9, 0, 0, 0])))).errno,
    ).toBe(1094);
    expect(errorOf(await ask(client, commandPacket(Command.PROCESS_KILL, 'x'))).errno).toBe(1835);
    const columns = await ask(client, commandPacket(Command.FIELD_LIST, 't\0%'));
    expect(columns.toString('latin1')).toMatch(/^\x03def/);
    // Never answered: the next answer is the ping's.
    client.socket.write(commandPacket(Command.STMT_CLOSE, Buffer.alloc(4)));
    expect((await ask(client, commandPacket(Command.PING, '')))[0]).toBe(0);
    expect(script.calls).toEqual(['initDb ks@replica', 'reset', 'fieldList t %']);
    client.socket.write(commandPacket(Command.QUIT, ''));
    await until('the close', client.closed);
  });

  test('commands that were sent ahead run in order', async () => {
    const client = await rawLoggedIn();
    const before = client.payloads.length;
    const order: string[] = [];
    for (const sql of ['one', 'two', 'three']) {
      script.on[sql] = async (reply) => {
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

describe('bad clients', () => {
  test.each([
    ['garbage for a login', Buffer.from('GET / HTTP/1.1\r\n\r\n'), [1153, 1156, 1043]],
    ['a login that is cut short', frame(Buffer.alloc(20), 1), [1043]],
    ['a login of zeros', frame(Buffer.alloc(64), 1), [1043]],
    ['a huge login', Buffer.from([0xff, 0xff, 0xff, 1]), [1153]],
    ['a wrong number', frame(Buffer.alloc(64), 9), [1156]],
  ])('%s ends that connection only', async (_name, bytes, errnos) => {
    await start();
    const other = await connect();
    const client = await raw();
    client.socket.write(bytes);
    await until('the refusal', () => client.payloads.length === 2);
    expect(errnos).toContain(errorOf(client.payloads[1]).errno);
    await until('the close', client.closed);
    expect((await other.query('x')).rows.length).toBe(1);
    await until('the count', () => server.connectionCount === 1);
  });

  test('random bytes at any moment never hurt the others', async () => {
    await start();
    const other = await connect();
    let seed = 1;
    const random = (): number => (seed = (seed * 48271) % 0x7fffffff);
    for (let i = 0; i < 40; i++) {
      const client = i % 2 === 0 ? await raw() : await rawLoggedIn();
      const bytes = Buffer.from(Array.from({ length: random() % 300 }, () => random() & 0xff));
      client.socket.write(bytes);
      client.socket.end();
      await until('the close', client.closed);
    }
    expect((await other.query('x')).rows.length).toBe(1);
    await until('the count', () => server.connectionCount === 1);
  });

  test('a command over the limit is refused with 1153', async () => {
    await start({ maxPacketBytes: 1000 });
    const conn = await connect();
    expect((await conn.query('x'.repeat(999))).rows.length).toBe(1);
    await expect(conn.query('x'.repeat(1000))).rejects.toMatchObject({ errno: 1153, sqlstate: '08S01' });
    await new Promise<void>((resolve) => conn.onClose(resolve));
  });

  test('too many, too slow, too idle', async () => {
    await start({ maxConnections: 2, connectTimeoutMs: 60, idleTimeoutMs: 60 });
    const silent = await raw();
    const idle = await connect();
    await expect(connect()).rejects.toMatchObject({ errno: 1040, sqlstate: '08004' });
    await until('the end of the silent one', silent.closed);
    await new Promise<void>((resolve) => idle.onClose(resolve));
    expect(server.connectionCount).toBe(0);
  });

  test('one that does not read is cut off', async () => {
    await start({ writeTimeoutMs: 60 });
    const chunk = emptyResult({ fields, rows: RowBatch.from(1, [[Buffer.alloc(1_000_000, 'x')]]) });
    let ended = false;
    script.on['endless'] = async (reply) => {
      await reply.stream(
        (async function* () {
          for (;;) yield chunk;
        })(),
      );
      ended = true;
    };
    const client = await rawLoggedIn();
    client.socket.pause();
    client.socket.write(commandPacket(Command.QUERY, 'endless'));
    await until('the end of the stream', () => ended);
    await until('the close', () => script.calls.includes('close'));
  });
});

describe('logging in', () => {
  const users = {
    plain: [{ password: 'old' }, { password: 'né w', username: 'somebody', groups: ['g'] }],
    hashed: [{ nativePasswordHash: '*14E65567ABDB5135D0CFD9A70B3032C179A49EE7' }],
    open: [{}],
  };

  test('mysql_native_password, from passwords and hashes', async () => {
    await start({ authenticator: new StaticAuthenticator(users) });
    await (await connect({ user: 'plain', password: 'old' })).close();
    await (await connect({ user: 'plain', password: 'né w' })).close();
    expect(script.clients[1].identity).toEqual({ username: 'somebody', groups: ['g'] });
    await (await connect({ user: 'hashed', password: 'secret' })).close();
    await (await connect({ user: 'open' })).close();
    for (const wrong of [
      { user: 'plain', password: 'x' },
      { user: 'plain' },
      { user: 'hashed', password: 'Secret' },
      { user: 'open', password: 'x' },
      { user: 'nobody', password: 'old' },
      { user: '__proto__' },
    ]) {
      await expect(connect(wrong)).rejects.toMatchObject({
        errno: 1045,
        sqlstate: '28000',
        message: `Access denied for user '${wrong.user}'@'127.0.0.1' (using password: ${wrong.password ? 'YES' : 'NO'})`,
      });
    }
  });

  test('caching_sha2_password, also for a client that began with another plugin', async () => {
    await start({ authenticator: new StaticAuthenticator(users, CACHING_SHA2_PASSWORD) });
    const conn = await connect({ user: 'plain', password: 'old' });
    expect((await conn.query('x')).rows.length).toBe(1);
    await conn.close();
    await expect(connect({ user: 'plain', password: 'older' })).rejects.toMatchObject({ errno: 1045 });
    const client = await raw();
    client.socket.write(
      frame(
        encodeHandshakeResponse({
          capabilities: Capability.PROTOCOL_41 | Capability.SECURE_CONNECTION | Capability.PLUGIN_AUTH,
          maxPacketBytes: 0,
          collation: 45,
          user: 'open',
          authResponse: Buffer.from('whatever'),
          database: '',
          authPlugin: 'mysql_native_password',
          attributes: new Map(),
        }),
        1,
      ),
    );
    await until('the switch', () => client.payloads.length === 2);
    expect(client.payloads[1].toString('latin1')).toMatch(/^\xfecaching_sha2_password\0/);
    client.socket.write(frame(Buffer.alloc(0), 3));
    await until('the login', () => client.payloads.length === 3);
    expect(client.payloads[2][0]).toBe(0);
  });
});

test('without authentication either plugin gets in, with and without a password', async () => {
  for (const plugin of ['mysql_native_password', CACHING_SHA2_PASSWORD] as const) {
    await start({ authenticator: new NoAuthenticator(plugin) });
    for (const password of ['', 'x']) {
      const conn = await connect({ password });
      expect((await conn.query('x')).rows.length).toBe(1);
      await conn.close();
    }
    await server.close();
  }
});

test('a port that is taken is an error that says so', async () => {
  await start();
  const second = new MysqlServer(
    {
      serverVersion: 'x',
      authenticator: new NoAuthenticator(),
      onError: () => undefined,
      port: server.port!,
    },
    script.open,
  );
  await expect(second.listen()).rejects.toMatchObject({
    code: 14,
    message: expect.stringContaining(`${server.port}`),
  });
});
