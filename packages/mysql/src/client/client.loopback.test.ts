import * as net from 'node:net';
import { CACHING_SHA2_PASSWORD, Capability } from '../protocol/constants';
import { encodeErr } from '../protocol/err-packet';
import { encodeGreeting } from '../protocol/handshake';
import { encodeOk } from '../protocol/ok-packet';
import { frame } from '../protocol/packets';
import { sha2Scramble } from '../protocol/scramble';
import { MysqlConnection } from './connection';

const salt = Buffer.from('abcdefghijklmnopqrst');
const greeting = (authPlugin = 'mysql_native_password', more = 0): Buffer =>
  frame(
    encodeGreeting({
      serverVersion: '8.0.30',
      connectionId: 5,
      salt,
      capabilities: Capability.PROTOCOL_41 | Capability.SECURE_CONNECTION | Capability.PLUGIN_AUTH | more,
      collation: 45,
      statusFlags: 2,
      authPlugin,
    }),
    0,
  );
const ok = (sequence: number): Buffer =>
  frame(encodeOk({ rowsAffected: 0n, insertId: 0n, statusFlags: 2, warnings: 0, info: '' }), sequence);

let server: net.Server;
let socketPath: string;
const sockets: net.Socket[] = [];

/** A server that answers the n-th chunk that a client sends with the n-th of these; `hang up` closes. */
async function play(...answers: (Buffer | 'hang up')[]): Promise<Buffer[]> {
  const received: Buffer[] = [];
  socketPath = `\0vt-client-test-${process.pid}-${Math.random()}`;
  server = net.createServer((socket) => {
    sockets.push(socket);
    let next = 0;
    const answer = (): void => {
      const bytes = answers[next++];
      if (bytes === 'hang up') socket.destroy();
      else if (bytes !== undefined) socket.write(bytes);
    };
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      received.push(chunk);
      answer();
    });
    answer();
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return received;
}

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await new Promise((resolve) => server.close(resolve));
});

const connect = (more = {}): Promise<MysqlConnection> =>
  MysqlConnection.connect({ socketPath, user: 'u', connectTimeoutMs: 5000, ...more });

test('caching_sha2_password: the fast path, and the password itself over the unix socket', async () => {
  const fast = await play(
    greeting(CACHING_SHA2_PASSWORD),
    Buffer.concat([frame(Buffer.from([1, 3]), 2), ok(3)]),
  );
  await (await connect({ password: 'pw' })).close();
  expect(fast[0].includes(sha2Scramble('pw', salt))).toBe(true);
  await new Promise((resolve) => server.close(resolve));

  const full = await play(greeting(CACHING_SHA2_PASSWORD), frame(Buffer.from([1, 4]), 2), ok(4));
  await (await connect({ password: 'pw' })).close();
  expect(full[1]).toEqual(frame(Buffer.from('pw\0'), 3));
});

test('a password is never sent over TCP without TLS', async () => {
  const received: Buffer[] = [];
  server = net.createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => socket.destroy());
    socket.write(greeting(CACHING_SHA2_PASSWORD));
    socket.on('data', (chunk) => {
      received.push(chunk);
      socket.write(frame(Buffer.from([1, 4]), 2));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  const login = MysqlConnection.connect({ port, user: 'u', password: 'secret' });
  await expect(login).rejects.toMatchObject({ errno: 2061, code: 16 });
  expect(Buffer.concat(received).includes('secret')).toBe(false);
});

test('an unknown plugin, a missing TLS, a refusal before the greeting', async () => {
  await play(greeting(), frame(Buffer.from('\xfeno_such_plugin\0salt\0', 'latin1'), 2));
  await expect(connect()).rejects.toMatchObject({ errno: 2059 });
  await expect(connect({ ssl: {} })).rejects.toMatchObject({ errno: 2026 });
  await new Promise((resolve) => server.close(resolve));
  await play(frame(encodeErr({ errno: 1040, sqlstate: '08004', message: 'Too many connections' }), 0));
  await expect(connect()).rejects.toMatchObject({ errno: 1040, message: 'Too many connections' });
});

test('a server that says nothing is given up on; connecting can be aborted', async () => {
  await play();
  await expect(connect({ connectTimeoutMs: 50 })).rejects.toMatchObject({ errno: 2002 });
  const controller = new AbortController();
  const login = MysqlConnection.connect({ socketPath, user: 'u' }, controller.signal);
  controller.abort();
  await expect(login).rejects.toMatchObject({ errno: 1317 });
});

const column = frame(Buffer.from('\x03def\0\0\0\x01a\0\x0c\x3f\0\0\0\0\0\x08\0\0\0\0\0', 'latin1'), 2);
const eof = (sequence: number): Buffer => frame(Buffer.from([0xfe, 0, 0, 2, 0]), sequence);

test.each<[string, (Buffer | 'hang up')[], number]>([
  ['hangs up before the answer', ['hang up'], 2013],
  ['hangs up in the rows', [Buffer.concat([frame(Buffer.from([1]), 1), column, eof(3)]), 'hang up'], 2013],
  ['counts packets wrongly', [ok(9)], 1156],
  ['sends an empty payload', [frame(Buffer.alloc(0), 1)], 2027],
  [
    'sends a column that is cut short',
    [Buffer.concat([frame(Buffer.from([1]), 1), frame(Buffer.from('\x03de'), 2)])],
    2027,
  ],
  ['claims a million columns', [frame(Buffer.from([0xfd, 0x40, 0x42, 0x0f]), 1)], 2027],
  ['asks for a local file', [frame(Buffer.from('\xfb/etc/passwd', 'latin1'), 1)], 4166],
  ['sends garbage', [Buffer.from('HTTP/1.1 400 Bad Request\r\n')], 1156],
])('a server that %s: the query fails and the connection is closed', async (_name, answers, errno) => {
  const received = await play(greeting(), ok(2), ...answers);
  const conn = await connect();
  const query = conn.query('SELECT 1');
  // Make the server go on to its next answer.
  if (answers.length > 1) sockets[0].destroySoon();
  await expect(query).rejects.toMatchObject({ errno });
  expect(conn.isAlive).toBe(false);
  await expect(conn.query('SELECT 1')).rejects.toMatchObject({ errno: 2006 });
  expect(Buffer.concat(received).includes('root:')).toBe(false);
});

test('a connection that the server closes while idle is known as closed', async () => {
  await play(greeting(), ok(2));
  const conn = await connect();
  const closed = new Promise<void>((resolve) => conn.onClose(resolve));
  sockets[0].write(frame(encodeErr({ errno: 4031, sqlstate: 'HY000', message: 'idle' }), 0));
  await closed;
  expect(conn.isAlive).toBe(false);
  await expect(conn.ping()).rejects.toMatchObject({ errno: 2006 });
});
