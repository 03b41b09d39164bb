import { Code, SqlError } from '@vitess-ts/vterrors';
import { Capability, NATIVE_PASSWORD } from '../protocol/constants';
import { encodeAuthSwitch, type HandshakeResponse } from '../protocol/handshake';
import type { Authenticator, ClientIdentity, LoginAttempt } from './authenticator';

/** Packets of the connection while a client logs in. */
export interface LoginChannel {
  readonly salt: Buffer;
  readonly remoteAddress: string;
  readonly secure: boolean;
  send(payload: Buffer): void;
  /** The client's next payload; rejects when the connection closes. */
  receive(): Promise<Buffer>;
}

/** ER_HANDSHAKE_ERROR. */
export function badHandshake(cause?: unknown): SqlError {
  return new SqlError(1043, '08S01', 'Bad handshake', { cause, code: Code.INVALID_ARGUMENT });
}

/**
 * Finds out who the client is from its handshake response (or COM_CHANGE_USER): asks it to answer again when it used
 * another plugin than the authenticator's.
 */
export async function authenticate(
  authenticator: Authenticator,
  channel: LoginChannel,
  login: Pick<HandshakeResponse, 'user' | 'authResponse' | 'authPlugin' | 'database' | 'capabilities'>,
): Promise<ClientIdentity> {
  const { plugin } = authenticator;
  let response = login.authResponse;
  let answered = login.authPlugin === '' ? NATIVE_PASSWORD : login.authPlugin;
  if (authenticator.needsPlugin && answered !== plugin) {
    if (!(login.capabilities & Capability.PLUGIN_AUTH)) {
      throw new SqlError(1251, '08004', `Client does not support authentication protocol ${plugin}`, {
        code: Code.UNAUTHENTICATED,
      });
    }
    channel.send(encodeAuthSwitch(plugin, channel.salt));
    response = await channel.receive();
    answered = plugin;
  }
  const attempt: LoginAttempt = {
    user: login.user,
    salt: channel.salt,
    plugin: answered,
    response,
    database: login.database,
    remoteAddress: channel.remoteAddress,
    secure: channel.secure,
    send: (data) => channel.send(Buffer.concat([AUTH_MORE_DATA, data])),
    receive: () => channel.receive(),
  };
  return authenticator.authenticate(attempt);
}

const AUTH_MORE_DATA = Buffer.from([1]);
