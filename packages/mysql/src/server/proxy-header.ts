import type { Socket } from 'node:net';
import { Code, VtError } from '@vitess-ts/vterrors';

/*
 * PROXY protocol, versions 1 and 2 (HAProxy's proxy-protocol.txt): what a proxy says of the client before the client's
 * own bytes.
 */

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
const MAX_V1 = 107;
const V2_HEAD = 16;
/** Addresses, and what proxies add to them. */
const MAX_V2 = 4096;

export interface ProxyHeader {
  /** `address:port` of the client; undefined when the proxy speaks for itself (health checks). */
  source: string | undefined;
  /** Bytes that the header took. */
  length: number;
}

/** Reads the header from the start of a connection; undefined when more bytes are needed. Throws for anything else. */
export function readProxyHeader(bytes: Buffer): ProxyHeader | undefined {
  const known = Math.min(bytes.length, SIGNATURE.length);
  if (bytes.subarray(0, known).equals(SIGNATURE.subarray(0, known))) {
    return known < SIGNATURE.length ? undefined : readV2(bytes);
  }
  return readV1(bytes);
}

function readV1(bytes: Buffer): ProxyHeader | undefined {
  const start = 'PROXY '.slice(0, bytes.length);
  if (bytes.toString('latin1', 0, start.length) !== start) throw noHeader();
  const end = bytes.subarray(0, MAX_V1).indexOf('\r\n');
  if (end < 0) {
    if (bytes.length >= MAX_V1) throw noHeader();
    return undefined;
  }
  const length = end + 2;
  const [, family, address, , port] = bytes.toString('latin1', 0, end).split(' ');
  if (family === 'UNKNOWN') return { source: undefined, length };
  const isPort = /^\d{1,5}$/.test(port ?? '');
  if ((family !== 'TCP4' && family !== 'TCP6') || !isPort || !/^[\d.:a-fA-F]+$/.test(address)) {
    throw noHeader();
  }
  return { source: `${address}:${port}`, length };
}

const TCP4 = 0x11;
const TCP6 = 0x21;

function readV2(bytes: Buffer): ProxyHeader | undefined {
  if (bytes.length < V2_HEAD) return undefined;
  const version = bytes[12] >> 4;
  const command = bytes[12] & 0x0f;
  const size = bytes.readUInt16BE(14);
  if (version !== 2 || command > 1 || size > MAX_V2) throw noHeader();
  const length = V2_HEAD + size;
  if (bytes.length < length) return undefined;
  const family = bytes[13];
  if (command === 0 || (family !== TCP4 && family !== TCP6)) return { source: undefined, length };
  const addressBytes = family === TCP4 ? 4 : 16;
  if (size < 2 * addressBytes + 4) throw noHeader();
  const source = bytes.subarray(V2_HEAD, V2_HEAD + addressBytes);
  const port = bytes.readUInt16BE(V2_HEAD + 2 * addressBytes);
  return { source: `${addressText(source)}:${port}`, length };
}

function addressText(address: Buffer): string {
  if (address.length === 4) return address.join('.');
  const groups: string[] = [];
  for (let i = 0; i < 16; i += 2) groups.push(address.readUInt16BE(i).toString(16));
  return groups.join(':');
}

function noHeader(): VtError {
  return new VtError(Code.INVALID_ARGUMENT, 'a connection that a proxy should make has no PROXY header');
}

/**
 * Reads the header of a new connection and leaves the rest of what comes to its next reader. Without one in time the
 * socket is closed, and `done` is told nothing of it.
 */
export function awaitProxyHeader(
  socket: Socket,
  timeoutMs: number,
  done: (header: ProxyHeader | undefined) => void,
): void {
  let held: Buffer = Buffer.alloc(0);
  const settle = (header: ProxyHeader | undefined): void => {
    clearTimeout(timer);
    socket.removeListener('data', onData);
    for (const event of ENDS) socket.removeListener(event, gone);
    if (header === undefined) {
      socket.on('error', () => socket.destroy());
      socket.destroy();
      return done(undefined);
    }
    socket.pause();
    if (held.length > header.length) socket.unshift(held.subarray(header.length));
    done(header);
    socket.resume();
  };
  const timer = setTimeout(() => settle(undefined), timeoutMs);
  const gone = (): void => settle(undefined);
  const onData = (chunk: Buffer): void => {
    held = Buffer.concat([held, chunk]);
    let header: ProxyHeader | undefined;
    try {
      header = readProxyHeader(held);
    } catch {
      // Whoever it is, it is no proxy, and not told what is expected here.
      return gone();
    }
    if (header !== undefined) settle(header);
  };
  socket.on('data', onData);
  for (const event of ENDS) socket.on(event, gone);
}

const ENDS = ['error', 'close', 'end'] as const;
