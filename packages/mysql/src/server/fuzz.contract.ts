import * as net from 'node:net';
import { Capability, Command } from '../protocol/constants';
import { frame } from '../protocol/packets';
import { loginPacket } from './loopback.contract';

/** A small generator of numbers that gives the same ones for a seed (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const COMMANDS = Object.values(Command);

/** A command that is wrong somewhere: cut, with bytes changed or added, or nothing but noise. */
export function malformedCommand(random: () => number): Buffer {
  const below = (n: number): number => Math.floor(random() * n);
  const bytes = Buffer.from(Array.from({ length: below(40) }, () => below(256)));
  const code = random() < 0.9 ? COMMANDS[below(COMMANDS.length)] : below(256);
  const id = Buffer.from([below(4), 0, 0, 0]);
  const isStatement = code >= Command.STMT_EXECUTE && code <= Command.STMT_FETCH;
  const body = isStatement && random() < 0.8 ? Buffer.concat([id, bytes]) : bytes;
  const payload = Buffer.concat([Buffer.from([code]), body]);
  const packet = frame(random() < 0.02 ? Buffer.alloc(0) : payload, random() < 0.97 ? 0 : below(256));
  if (random() < 0.02) packet.writeUIntLE(below(200), 0, 3);
  return packet;
}

export interface FuzzCount {
  packets: number;
  connections: number;
}

/** Sends malformed commands on connection after connection, as often as the server ends them. */
export async function fuzzCommands(port: number, packets: number, random: () => number): Promise<FuzzCount> {
  const count: FuzzCount = { packets: 0, connections: 0 };
  const capabilities = [0, Capability.QUERY_ATTRIBUTES, Capability.DEPRECATE_EOF, Capability.CONNECT_ATTRS];
  while (count.packets < packets) {
    const socket = net.connect({ port, host: '127.0.0.1' });
    let closed = false;
    socket.on('error', () => socket.destroy());
    socket.on('close', () => (closed = true));
    socket.resume();
    const base = Capability.PROTOCOL_41 | Capability.SECURE_CONNECTION | Capability.PLUGIN_AUTH;
    const more = capabilities[Math.floor(random() * capabilities.length)];
    socket.write(loginPacket({ capabilities: (base | more) >>> 0 }));
    count.connections++;
    socket.write(frame(Buffer.concat([Buffer.from([Command.STMT_PREPARE]), Buffer.from('select ?, ?')]), 0));
    for (let sent = 0; sent < 2000 && !closed && count.packets < packets; sent++) {
      count.packets++;
      if (!socket.write(malformedCommand(random)) || sent % 50 === 49) {
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
    socket.destroy();
    await new Promise<void>((resolve) => (closed ? resolve() : socket.once('close', () => resolve())));
  }
  return count;
}

/** Opens connections that stop somewhere in their handshake, and drops them. */
export async function halfOpenHandshakes(
  port: number,
  connections: number,
  random: () => number,
): Promise<void> {
  const login = loginPacket();
  for (let done = 0; done < connections; done += 100) {
    const sockets = Array.from({ length: Math.min(100, connections - done) }, () => {
      const socket = net.connect({ port, host: '127.0.0.1' });
      socket.on('error', () => socket.destroy());
      return socket;
    });
    await Promise.all(
      sockets.map(async (socket) => {
        await new Promise<void>((resolve) =>
          socket.once('data', () => resolve()).once('close', () => resolve()),
        );
        const part = login.subarray(0, Math.floor(random() * login.length));
        if (part.length > 0) socket.write(part);
        if (random() < 0.5)
          socket.write(Buffer.from(Array.from({ length: 9 }, () => Math.floor(random() * 256))));
        await new Promise((resolve) => setImmediate(resolve));
        await new Promise<void>((resolve) => {
          socket.once('close', () => resolve());
          socket.destroy();
        });
      }),
    );
  }
}
