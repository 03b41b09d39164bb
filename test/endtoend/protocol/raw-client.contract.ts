import * as net from 'node:net';
import { Capability, Command } from '@vitess-ts/mysql';

/** Capabilities of a client from before DEPRECATE_EOF. */
export const PLAIN_CLIENT =
  Capability.LONG_PASSWORD |
  Capability.PROTOCOL_41 |
  Capability.SECURE_CONNECTION |
  Capability.CONNECT_WITH_DB |
  Capability.PLUGIN_AUTH |
  Capability.TRANSACTIONS |
  Capability.MULTI_RESULTS |
  Capability.PS_MULTI_RESULTS;

export interface RawAddress {
  host?: string;
  port?: number;
  path?: string;
  user: string;
  database: string;
}

interface Packet {
  sequence: number;
  payload: Buffer;
}

/** A MySQL client that shows the packets as they are. Its user has no password. */
export class RawClient {
  private rest = Buffer.alloc(0);
  private readonly packets: Packet[] = [];
  private wake: (() => void) | null = null;
  private closed = false;

  private constructor(private readonly socket: net.Socket) {
    socket.on('data', (chunk: Buffer) => this.take(chunk));
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      this.closed = true;
      this.wake?.();
    });
  }

  static async connect(address: RawAddress, capabilities: number = PLAIN_CLIENT): Promise<RawClient> {
    const { user, database, path, host, port } = address;
    const socket = path === undefined ? net.connect({ host, port: port ?? 0 }) : net.connect(path);
    const client = new RawClient(socket);
    await client.next();
    const head = Buffer.alloc(32);
    head.writeUInt32LE(capabilities >>> 0, 0);
    head.writeUInt32LE(1 << 24, 4);
    head[8] = 45;
    client.send(
      Buffer.concat([head, Buffer.from(`${user}\0\0${database}\0mysql_native_password\0`, 'latin1')]),
      1,
    );
    const { payload } = await client.next();
    if (payload[0] !== 0) throw new Error(`cannot log in: ${payload.toString('latin1')}`);
    return client;
  }

  /** Sends a command and gives the payloads that answer it. */
  async ask(command: Buffer): Promise<Buffer[]> {
    this.send(command, 0);
    // The answer to another command behind it marks the end, as some commands are not answered.
    this.send(Buffer.from([Command.STATISTICS]), 0);
    const answer: Buffer[] = [];
    for (;;) {
      const { sequence, payload } = await this.next();
      if (sequence === 1 && payload.toString('latin1', 0, 7) === 'Uptime:') return answer;
      answer.push(payload);
    }
  }

  query(sql: string): Promise<Buffer[]> {
    return this.ask(Buffer.concat([Buffer.from([Command.QUERY]), Buffer.from(sql)]));
  }

  end(): void {
    this.socket.destroy();
  }

  private send(payload: Buffer, sequence: number): void {
    const header = Buffer.alloc(4);
    header.writeUIntLE(payload.length, 0, 3);
    header[3] = sequence;
    this.socket.write(Buffer.concat([header, payload]));
  }

  private async next(): Promise<Packet> {
    for (;;) {
      const packet = this.packets.shift();
      if (packet !== undefined) return packet;
      if (this.closed) throw new Error('the server has closed the connection');
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  private take(chunk: Buffer): void {
    this.rest = Buffer.concat([this.rest, chunk]);
    while (this.rest.length >= 4) {
      const end = 4 + this.rest.readUIntLE(0, 3);
      if (this.rest.length < end) break;
      this.packets.push({ sequence: this.rest[3], payload: Buffer.from(this.rest.subarray(4, end)) });
      this.rest = this.rest.subarray(end);
    }
    this.wake?.();
  }
}
