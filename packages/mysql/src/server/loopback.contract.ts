import * as net from 'node:net';
import { emptyResult, makeField, type Result, RowBatch, Type } from '@vitess-ts/sqltypes';
import { SqlError } from '@vitess-ts/vterrors';
import { MysqlConnection } from '../client/connection';
import type { ConnectOptions } from '../client/options';
import { Capability } from '../protocol/constants';
import { decodeErr } from '../protocol/err-packet';
import { encodeHandshakeResponse, type HandshakeResponse } from '../protocol/handshake';
import { frame } from '../protocol/packets';
import { NoAuthenticator } from './authenticator';
import type { MysqlServerOptions } from './options';
import { MysqlServer } from './server';
import type { ClientInfo, QueryReply, SessionHandler } from './session-handler';

export const fields = [makeField('a', Type.VARCHAR, { charset: 45 })];

export const oneRow = (text: string): Result =>
  emptyResult({ fields, rows: RowBatch.from(1, [[Buffer.from(text)]]) });

export const errorOf = (payload: Buffer): SqlError => decodeErr(payload, 0, payload.length);

/** A session whose queries are played by the test: `on[sql]`, else the text itself as one row. */
export class Script {
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
      prepare: (sql) => {
        const text = sql.toString();
        if (text.startsWith('wrong')) return Promise.reject(new SqlError(1064, '42000', 'no statement'));
        return Promise.resolve({
          parameters: text.split('?').length - 1,
          fields: text.startsWith('select') ? fields : [],
          execute: async (values, reply) => {
            const play = this.on[text];
            if (play !== undefined) await play(reply);
            else reply.result(oneRow(values.map((v) => `${v.type}=${v.value.toString()}`).join(',')));
          },
        });
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

export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`${what} did not happen`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A connection whose bytes the test makes itself; the payloads that come are gathered, whatever their numbers. */
export class RawClient {
  readonly payloads: Buffer[] = [];
  closed = false;
  private rest: Buffer = Buffer.alloc(0);

  constructor(readonly socket: net.Socket) {
    socket.on('data', (chunk) => this.take(chunk));
    socket.on('error', () => (this.closed = true));
    socket.on('close', () => (this.closed = true));
  }

  /** Sends a packet and gives the first payload that comes back. */
  async ask(packet: Buffer): Promise<Buffer> {
    const before = this.payloads.length;
    this.socket.write(packet);
    await until('the answer', () => this.payloads.length > before);
    return this.payloads[before];
  }

  private take(chunk: Buffer): void {
    this.rest = Buffer.concat([this.rest, chunk]);
    while (this.rest.length >= 4) {
      const end = 4 + this.rest.readUIntLE(0, 3);
      if (this.rest.length < end) return;
      this.payloads.push(this.rest.subarray(4, end));
      this.rest = this.rest.subarray(end);
    }
  }
}

/** A server on a free port, played by `script`, and what connects to it. */
export class Loopback {
  script = new Script();
  server!: MysqlServer;
  private readonly sockets: net.Socket[] = [];

  async start(options: Partial<MysqlServerOptions> = {}): Promise<void> {
    this.script = new Script();
    const base = { serverVersion: '8.4.6-Vitess', authenticator: new NoAuthenticator(), port: 0 };
    const onError = (error: unknown): void => {
      throw error;
    };
    this.server = new MysqlServer({ ...base, onError, ...options }, this.script.open);
    await this.server.listen();
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets.splice(0)) socket.destroy();
    await this.server.close();
  }

  connect(more: Partial<ConnectOptions> = {}): Promise<MysqlConnection> {
    return MysqlConnection.connect({ port: this.server.port!, user: 'u', ...more });
  }

  async raw(): Promise<RawClient> {
    const socket = net.connect({ port: this.server.port!, host: '127.0.0.1' });
    this.sockets.push(socket);
    const client = new RawClient(socket);
    await until('the greeting', () => client.payloads.length === 1);
    return client;
  }

  async rawLoggedIn(): Promise<RawClient> {
    const client = await this.raw();
    const answer = await client.ask(loginPacket());
    if (answer[0] !== 0) throw errorOf(answer);
    return client;
  }
}

export function loginPacket(more: Partial<HandshakeResponse> = {}): Buffer {
  return frame(
    encodeHandshakeResponse({
      capabilities: Capability.PROTOCOL_41 | Capability.SECURE_CONNECTION | Capability.PLUGIN_AUTH,
      maxPacketBytes: 1 << 24,
      collation: 45,
      user: 'raw',
      authResponse: Buffer.alloc(0),
      database: '',
      authPlugin: 'mysql_native_password',
      attributes: new Map(),
      ...more,
    }),
    1,
  );
}
