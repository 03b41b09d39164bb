import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import * as net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tls from 'node:tls';
import mysql2, { type ConnectionOptions, type RowDataPacket } from 'mysql2/promise';
import { emptyResult, RowBatch } from '@vitess-ts/sqltypes';
import { nativeHash } from '../protocol/scramble';
import { StaticAuthenticator } from './authenticator';
import { fields, Loopback, loginPacket, RawClient, until } from './loopback.contract';
import type { MysqlServerOptions } from './options';
import { tlsFiles } from './tls-files.contract';

const loopback = new Loopback();
let dir: string;
const file = (name: string): string => join(dir, name);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'vt-front-tls-'));
  for (const [name, text] of Object.entries(tlsFiles)) await writeFile(file(name), text);
});
afterAll(() => rm(dir, { recursive: true, force: true }));
afterEach(() => loopback.stop());

const serverTls = () => ({ certFile: file('serverCert'), keyFile: file('serverKey') });
const ca = tlsFiles.caCert;
const clientTls = { ca, cert: tlsFiles.clientCert, key: tlsFiles.clientKey };

const rowOf = async (options: ConnectionOptions, sql = 'hello'): Promise<unknown> => {
  const client = await mysql2.createConnection({
    host: '127.0.0.1',
    port: loopback.server.port!,
    user: 'u',
    ...options,
  });
  try {
    const [[row]] = await client.query<RowDataPacket[]>(sql);
    return row['a'];
  } finally {
    await client.end();
  }
};

describe('TLS', () => {
  test('is used by those who ask for it, and not by others', async () => {
    await loopback.start({ tls: serverTls() });
    expect(await rowOf({ ssl: { ca } })).toBe('hello');
    expect(await rowOf({})).toBe('hello');
    const own = await loopback.connect({ ssl: { ca } });
    expect((await own.query('x')).rows.length).toBe(1);
    await own.close();
    await expect(rowOf({ ssl: { ca: tlsFiles.clientCert } })).rejects.toThrow();
  });

  test('may be required', async () => {
    await loopback.start({ tls: serverTls(), requireSecureTransport: true, socketPath: file('s.sock') });
    expect(await rowOf({ ssl: { ca } })).toBe('hello');
    await expect(rowOf({})).rejects.toMatchObject({ errno: 3159 });
    expect(await rowOf({ socketPath: file('s.sock') })).toBe('hello');
  });

  test('has a lowest version', async () => {
    await loopback.start({ tls: { ...serverTls(), minVersion: 'TLSv1.3' } });
    expect(await rowOf({ ssl: { ca } })).toBe('hello');
    await expect(rowOf({ ssl: { ca, maxVersion: 'TLSv1.2' } })).rejects.toThrow();
  });

  test('asks for certificates of clients, and refuses those that are missing, foreign or revoked', async () => {
    const caFile = file('caCert');
    await loopback.start({ tls: { ...serverTls(), caFile, crlFile: file('crl') } });
    expect(await rowOf({ ssl: clientTls })).toBe('hello');
    await expect(rowOf({ ssl: { ca } })).rejects.toThrow();
    const revoked = { ca, cert: tlsFiles.revokedCert, key: tlsFiles.revokedKey };
    await expect(rowOf({ ssl: revoked })).rejects.toThrow();
    // A client of which nothing but the TCP connection came is not in the way of others.
    expect(await rowOf({ ssl: clientTls })).toBe('hello');
    await until('the refused are gone', () => loopback.server.connectionCount === 0);
  });

  test('takes changed files, and keeps the old ones while the new ones are of no use', async () => {
    const errors: unknown[] = [];
    const own = { certFile: file('own-cert'), keyFile: file('own-key') };
    await writeFile(own.certFile, tlsFiles.clientCert);
    await writeFile(own.keyFile, tlsFiles.clientKey);
    await loopback.start({ tls: own, onError: (error) => errors.push(error) });
    const subject = async (): Promise<string> => {
      const seen: string[] = [];
      const checkServerIdentity = (_host: string, cert: tls.PeerCertificate): undefined => {
        seen.push(String(cert.subject.CN));
      };
      const client = await loopback.connect({ ssl: { ca, checkServerIdentity } });
      await client.close();
      return seen[0];
    };
    expect(await subject()).toBe('client');
    await writeFile(own.certFile, 'no certificate');
    const deadline = Date.now() + 20_000;
    while (errors.length === 0 && Date.now() < deadline) expect(await subject()).toBe('client');
    expect(String(errors[0])).toContain('PEM');
    await writeFile(own.certFile, tlsFiles.serverCert);
    await writeFile(own.keyFile, tlsFiles.serverKey);
    while ((await subject()) !== 'server') expect(Date.now()).toBeLessThan(deadline);
  });

  test('does not start with files that are of no use', async () => {
    const wrong: Partial<MysqlServerOptions> = {
      tls: { certFile: file('none'), keyFile: file('serverKey') },
    };
    await expect(loopback.start(wrong)).rejects.toThrow('cannot use the TLS files of MySQL clients');
  });

  test('garbage in place of a handshake ends that connection alone', async () => {
    await loopback.start({ tls: serverTls() });
    const client = await loopback.raw();
    const request = Buffer.alloc(36);
    request.writeUIntLE(32, 0, 3);
    request[3] = 1;
    request.writeUInt32LE(0x0800 | 0x0200 | 0x8000, 4);
    client.socket.write(Buffer.concat([request, Buffer.from('this is no hello of TLS')]));
    await until('it is closed', () => client.closed);
    expect(await rowOf({ ssl: { ca } })).toBe('hello');
  });
});

describe('passwords', () => {
  const users = {
    known: [{ password: 'right' }],
    hashed: [{ nativePasswordHash: `*${nativeHash('right').toString('hex')}` }],
  };

  test('caching_sha2_password asks for the password itself over TLS when it has but another hash of it', async () => {
    await loopback.start({
      tls: serverTls(),
      authenticator: new StaticAuthenticator(users, 'caching_sha2_password'),
    });
    for (const user of ['known', 'hashed']) {
      expect(await rowOf({ user, password: 'right', ssl: { ca } })).toBe('hello');
      await expect(rowOf({ user, password: 'wrong', ssl: { ca } })).rejects.toMatchObject({ errno: 1045 });
    }
    expect(await rowOf({ user: 'known', password: 'right' })).toBe('hello');
    await expect(rowOf({ user: 'hashed', password: 'right' })).rejects.toMatchObject({ errno: 3159 });
  });

  test('mysql_clear_password is for TLS alone', async () => {
    await loopback.start({
      tls: serverTls(),
      authenticator: new StaticAuthenticator(users, 'mysql_clear_password'),
    });
    const clear = {
      authPlugins: { mysql_clear_password: () => () => Buffer.from('right\0') },
    };
    expect(await rowOf({ user: 'hashed', password: 'right', ssl: { ca }, ...clear })).toBe('hello');
    await expect(rowOf({ user: 'none', ssl: { ca }, ...clear })).rejects.toMatchObject({ errno: 1045 });
    await expect(rowOf({ user: 'known', ...clear })).rejects.toMatchObject({ errno: 3159 });
  });
});

describe('behind a proxy', () => {
  async function through(header: Buffer | string): Promise<RawClient> {
    const socket = net.connect({ port: loopback.server.port!, host: '127.0.0.1' });
    const client = new RawClient(socket);
    socket.write(header);
    await until('an answer', () => client.payloads.length > 0 || client.closed);
    return client;
  }

  const v2 = (command: number, family: number, addresses: string): Buffer => {
    const body = Buffer.from(addresses, 'hex');
    const head = Buffer.from(
      `0d0a0d0a000d0a515549540a${command.toString(16)}${family.toString(16)}0000`,
      'hex',
    );
    head.writeUInt16BE(body.length, 14);
    return Buffer.concat([head, body]);
  };

  test.each([
    ['PROXY TCP4 10.1.2.3 10.0.0.1 40000 3306\r\n', '10.1.2.3:40000'],
    ['PROXY TCP6 2001:db8::1 ::1 40000 3306\r\n', '2001:db8::1:40000'],
    ['PROXY UNKNOWN\r\n', undefined],
    [v2(0x21, 0x11, '0a0102030a0000019c400cea'), '10.1.2.3:40000'],
    [
      v2(0x21, 0x21, `20010db8${'00'.repeat(11)}01${'00'.repeat(15)}019c400cea`),
      '2001:db8:0:0:0:0:0:1:40000',
    ],
    [v2(0x20, 0x10, ''), undefined],
  ])('%j is a client of %s', async (header, address) => {
    await loopback.start({ proxyProtocol: true });
    const client = await through(header);
    const own = `127.0.0.1:${client.socket.localPort}`;
    await client.ask(loginPacket());
    expect(loopback.script.clients[0].remoteAddress).toBe(address ?? own);
    client.socket.destroy();
  });

  test('those without a header, or with a broken one, get nothing', async () => {
    await loopback.start({ proxyProtocol: true, connectTimeoutMs: 300 });
    const broken = [
      'GET / HTTP/1.0\r\n\r\n',
      'PROXY TCP4 a b c d\r\n',
      `PROXY ${'x'.repeat(200)}`,
      v2(0x31, 0x11, '00'),
      '',
    ];
    for (const header of broken) {
      const client = await through(header);
      expect(client.payloads).toEqual([]);
    }
    expect(loopback.server.connectionCount).toBe(0);
  });
});

describe('compression', () => {
  test('rows and statements arrive as they are, small and over 16 MB', async () => {
    await loopback.start({ maxPacketBytes: 1 << 26 });
    // Where the numbers of packets are not as they should be, the client says so on the console.
    const complaints = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const rows = RowBatch.from(1, [[Buffer.alloc(20_000_000, 'abc')]]);
    const many = RowBatch.from(
      1,
      Array.from({ length: 50_000 }, (_, i) => [Buffer.from(`row ${i}`)]),
    );
    loopback.script.on = {
      big: (reply) => Promise.resolve(reply.result(emptyResult({ fields, rows }))),
      many: (reply) =>
        reply.stream(
          (async function* () {
            for (let at = 0; at < many.length; at += 1000) {
              yield emptyResult({ fields: at === 0 ? fields : [], rows: many.slice(at, at + 1000) });
            }
          })(),
        ),
    };
    const client = await mysql2.createConnection({
      host: '127.0.0.1',
      port: loopback.server.port!,
      user: 'u',
      compress: true,
    });
    const column = async (sql: string): Promise<string[]> =>
      (await client.query<RowDataPacket[]>(sql))[0].map((row) => String(row['a']));
    expect(await column('hello')).toEqual(['hello']);
    const [whole] = await column('big');
    expect(whole.length).toBe(20_000_000);
    expect(whole.endsWith('bcab') || whole.endsWith('abca') || whole.endsWith('cabc')).toBe(true);
    expect((await column('many')).at(-1)).toBe('row 49999');
    const long = 'long statement '.repeat(1_200_000);
    expect((await column(long))[0].length).toBe(long.length);
    expect(complaints).not.toHaveBeenCalled();
    complaints.mockRestore();
    await client.end();
  });

  test('works on TLS too', async () => {
    await loopback.start({ tls: serverTls() });
    expect(await rowOf({ compress: true, ssl: { ca } }, 'x'.repeat(300_000))).toBe('x'.repeat(300_000));
  });

  test('what cannot be decompressed ends the connection', async () => {
    await loopback.start();
    for (const piece of [
      '05000000ff0000ffffffffff',
      '030000000000fe0102',
      '000000000000ffff',
      '0400000001000078da0300',
    ]) {
      const client = await loopback.raw();
      expect((await client.ask(loginPacket({ capabilities: 0x8000 | 0x200 | 0x20 | (1 << 19) })))[0]).toBe(0);
      client.socket.write(Buffer.from(piece, 'hex'));
      client.socket.end();
      await until('it is closed', () => client.closed);
    }
    await until('they are gone', () => loopback.server.connectionCount === 0);
  });
});
