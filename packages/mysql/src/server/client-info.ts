import { randomBytes } from 'node:crypto';
import { collationById } from '../charset/collations';
import { Capability } from '../protocol/constants';
import type { HandshakeResponse } from '../protocol/handshake';
import type { ClientIdentity } from './authenticator';
import type { ClientInfo } from './session-handler';

/** Capabilities that every client is offered. */
const SERVER_CAPABILITIES =
  Capability.LONG_PASSWORD |
  Capability.FOUND_ROWS |
  Capability.LONG_FLAG |
  Capability.CONNECT_WITH_DB |
  Capability.COMPRESS |
  Capability.IGNORE_SPACE |
  Capability.PROTOCOL_41 |
  Capability.INTERACTIVE |
  Capability.TRANSACTIONS |
  Capability.SECURE_CONNECTION |
  Capability.MULTI_STATEMENTS |
  Capability.MULTI_RESULTS |
  Capability.PS_MULTI_RESULTS |
  Capability.PLUGIN_AUTH |
  Capability.CONNECT_ATTRS |
  Capability.PLUGIN_AUTH_LENENC_DATA |
  Capability.SESSION_TRACK |
  Capability.DEPRECATE_EOF |
  Capability.QUERY_ATTRIBUTES;

/** Where a client comes from. */
export interface ClientOrigin {
  isUnixSocket: boolean;
  /** `address:port`, or `unix`; what a proxy says, where one is in between. */
  address: string;
}

/** What a client is offered. TLS on a unix socket would guard nothing. */
export function capabilitiesFor({ isUnixSocket }: ClientOrigin, hasTls: boolean): number {
  return hasTls && !isUnixSocket ? SERVER_CAPABILITIES | Capability.SSL : SERVER_CAPABILITIES;
}

/** 20 printable bytes: clients take a NUL for the end. */
export function makeSalt(): Buffer {
  return randomBytes(20).map((byte) => (byte % 93) + 33) as Buffer;
}

/** What a client said when it logged in, or with COM_CHANGE_USER. */
export type Login = Omit<HandshakeResponse, 'maxPacketBytes'>;

/** `multiStatements` is asked each time, as the client may change it. */
export function clientInfo(
  login: Login,
  identity: ClientIdentity,
  connection: { connectionId: number; remoteAddress: string; multiStatements: () => boolean },
): ClientInfo {
  const { connectionId, remoteAddress, multiStatements } = connection;
  return {
    connectionId,
    user: login.user,
    identity,
    database: login.database,
    collation: collationById(login.collation) === undefined ? 0 : login.collation,
    capabilities: login.capabilities,
    attributes: login.attributes,
    remoteAddress,
    foundRows: (login.capabilities & Capability.FOUND_ROWS) !== 0,
    get multiStatements() {
      return multiStatements();
    },
  };
}
