import { Capability } from './constants';
import { PayloadReader } from './payload-reader';
import { PayloadWriter } from './payload-writer';
import { malformedPacket } from './protocol-error';

/** The server's first packet (protocol version 10). */
export interface Greeting {
  serverVersion: string;
  connectionId: number;
  /** 20 bytes, none of them zero. */
  salt: Buffer;
  capabilities: number;
  /** Collation id, its low byte. */
  collation: number;
  statusFlags: number;
  authPlugin: string;
}

/** The client's answer, and what COM_CHANGE_USER repeats of it. */
export interface HandshakeResponse {
  capabilities: number;
  maxPacketBytes: number;
  collation: number;
  user: string;
  authResponse: Buffer;
  database: string;
  authPlugin: string;
  attributes: Map<string, string>;
}

export function encodeGreeting(greeting: Greeting): Buffer {
  return new PayloadWriter(128)
    .uint8(10)
    .nulString(greeting.serverVersion)
    .uint32(greeting.connectionId)
    .bytes(greeting.salt.subarray(0, 8))
    .uint8(0)
    .uint16(greeting.capabilities & 0xffff)
    .uint8(greeting.collation & 0xff)
    .uint16(greeting.statusFlags)
    .uint16(greeting.capabilities >>> 16)
    .uint8(greeting.salt.length + 1)
    .zeros(10)
    .bytes(greeting.salt.subarray(8))
    .uint8(0)
    .nulString(greeting.authPlugin)
    .finish();
}

/** Decodes a greeting; the payload must not be an ERR. Keeps no reference to `buf`. */
export function decodeGreeting(buf: Buffer, start: number, end: number): Greeting {
  const reader = new PayloadReader(buf, start, end);
  const version = reader.uint8();
  if (version !== 10) throw malformedPacket(`protocol version ${version} is not supported`);
  const serverVersion = reader.nulString();
  const connectionId = reader.uint32();
  const salt1 = Buffer.from(reader.bytes(8));
  reader.skip(1);
  let capabilities = reader.uint16();
  const collation = reader.uint8();
  const statusFlags = reader.uint16();
  capabilities = (capabilities | (reader.uint16() << 16)) >>> 0;
  const saltLength = reader.uint8();
  reader.skip(10);
  let salt = salt1;
  if (capabilities & Capability.SECURE_CONNECTION) {
    const rest = Buffer.from(reader.bytes(Math.max(13, saltLength - 8)));
    salt = Buffer.concat([salt1, rest.subarray(0, 12)]);
  }
  const authPlugin =
    capabilities & Capability.PLUGIN_AUTH && reader.remaining > 0
      ? reader.rest().toString('latin1').replace(/\0.*$/s, '')
      : '';
  return { serverVersion, connectionId, salt, capabilities, collation, statusFlags, authPlugin };
}

/** The first 32 bytes of the response, sent alone to ask for TLS. */
export function encodeSslRequest(response: HandshakeResponse): Buffer {
  return responseHead(response).finish();
}

function responseHead(response: HandshakeResponse): PayloadWriter {
  return new PayloadWriter(256)
    .uint32(response.capabilities)
    .uint32(response.maxPacketBytes)
    .uint8(response.collation & 0xff)
    .zeros(23);
}

export function encodeHandshakeResponse(response: HandshakeResponse): Buffer {
  const { capabilities } = response;
  const writer = responseHead(response).nulString(response.user);
  if (capabilities & Capability.PLUGIN_AUTH_LENENC_DATA) writer.lenencBytes(response.authResponse);
  else writer.uint8(response.authResponse.length).bytes(response.authResponse);
  if (capabilities & Capability.CONNECT_WITH_DB) writer.nulString(response.database);
  if (capabilities & Capability.PLUGIN_AUTH) writer.nulString(response.authPlugin);
  if (capabilities & Capability.CONNECT_ATTRS) writer.lenencBytes(encodeAttributes(response.attributes));
  return writer.finish();
}

/** Decodes a response; `serverCapabilities` are what the greeting offered. Keeps no reference to `buf`. */
export function decodeHandshakeResponse(
  buf: Buffer,
  start: number,
  end: number,
  serverCapabilities: number,
): HandshakeResponse {
  const reader = new PayloadReader(buf, start, end);
  const asked = reader.uint32();
  if (!(asked & Capability.PROTOCOL_41)) throw malformedPacket('the client is older than protocol 4.1');
  const capabilities = (asked & serverCapabilities) >>> 0;
  const maxPacketBytes = reader.uint32();
  const collation = reader.uint8();
  reader.skip(23);
  const user = reader.nulString();
  // The layout follows what the client said, not what both agree on.
  const authResponse = readAuthResponse(reader, asked);
  const database = asked & Capability.CONNECT_WITH_DB && reader.remaining > 0 ? reader.nulString() : '';
  const authPlugin = asked & Capability.PLUGIN_AUTH && reader.remaining > 0 ? lastString(reader) : '';
  const attributes =
    asked & Capability.CONNECT_ATTRS && reader.remaining > 0
      ? decodeAttributes(reader)
      : new Map<string, string>();
  return { capabilities, maxPacketBytes, collation, user, authResponse, database, authPlugin, attributes };
}

function readAuthResponse(reader: PayloadReader, asked: number): Buffer {
  if (asked & Capability.PLUGIN_AUTH_LENENC_DATA) return Buffer.from(reader.lenencBytes());
  if (asked & Capability.SECURE_CONNECTION) return Buffer.from(reader.bytes(reader.uint8()));
  return Buffer.from(reader.nulBytes());
}

/** Some clients leave out the NUL of the last string. */
function lastString(reader: PayloadReader): string {
  const nul = reader.buf.indexOf(0, reader.at);
  if (nul < 0 || nul >= reader.end) return reader.rest().toString('utf8');
  return reader.nulString();
}

/** Decodes COM_CHANGE_USER (its command byte is at `start`). */
export function decodeChangeUser(
  buf: Buffer,
  start: number,
  end: number,
  capabilities: number,
): Omit<HandshakeResponse, 'maxPacketBytes'> {
  const reader = new PayloadReader(buf, start + 1, end);
  const user = reader.nulString();
  const authResponse = Buffer.from(reader.bytes(reader.uint8()));
  const database = lastString(reader);
  const collation = reader.remaining >= 2 ? reader.uint16() : 0;
  const authPlugin = capabilities & Capability.PLUGIN_AUTH && reader.remaining > 0 ? lastString(reader) : '';
  const attributes =
    capabilities & Capability.CONNECT_ATTRS && reader.remaining > 0
      ? decodeAttributes(reader)
      : new Map<string, string>();
  return { capabilities, collation, user, authResponse, database, authPlugin, attributes };
}

function encodeAttributes(attributes: Map<string, string>): Buffer {
  const writer = new PayloadWriter(128);
  for (const [name, value] of attributes) writer.lenencString(name).lenencString(value);
  return writer.finish();
}

function decodeAttributes(reader: PayloadReader): Map<string, string> {
  const block = reader.lenencBytes();
  const inner = new PayloadReader(block, 0, block.length);
  const attributes = new Map<string, string>();
  while (inner.remaining > 0) attributes.set(inner.lenencString(), inner.lenencString());
  return attributes;
}

/** Payload that asks the client to answer again with another plugin. */
export function encodeAuthSwitch(plugin: string, salt: Buffer): Buffer {
  return new PayloadWriter(64).uint8(0xfe).nulString(plugin).bytes(salt).uint8(0).finish();
}

/** Decodes an auth switch request; one without a plugin name is the old one-byte form. */
export function decodeAuthSwitch(buf: Buffer, start: number, end: number): { plugin: string; salt: Buffer } {
  const reader = new PayloadReader(buf, start + 1, end);
  if (reader.remaining === 0) return { plugin: 'mysql_old_password', salt: Buffer.alloc(0) };
  const plugin = reader.nulString();
  const rest = Buffer.from(reader.rest());
  const salt = rest.length > 0 && rest[rest.length - 1] === 0 ? rest.subarray(0, -1) : rest;
  return { plugin, salt };
}
