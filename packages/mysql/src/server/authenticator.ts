import { timingSafeEqual } from 'node:crypto';
import { Code, SqlError } from '@vitess-ts/vterrors';
import { CACHING_SHA2_PASSWORD, CLEAR_PASSWORD, NATIVE_PASSWORD } from '../protocol/constants';
import { nativeHash, sha2Hash, verifyNative, verifySha2 } from '../protocol/scramble';

/** Who a client is to the rest of the system (`VTGateCallerID`). */
export interface ClientIdentity {
  username: string;
  groups: readonly string[];
}

/** One attempt to log in, answered with the authenticator's plugin. */
export interface LoginAttempt {
  readonly user: string;
  readonly salt: Buffer;
  /** Plugin that the client answered with. */
  readonly plugin: string;
  /** The client's answer to the salt. */
  readonly response: Buffer;
  readonly database: string;
  readonly remoteAddress: string;
  /** True on a unix socket or TLS: what is sent can be read by nobody else. */
  readonly secure: boolean;
  /** Sends data of the plugin to the client (AuthMoreData). */
  send(data: Buffer): void;
  /** The client's next answer. */
  receive(): Promise<Buffer>;
}

export interface Authenticator {
  /** Plugin that the greeting names. */
  readonly plugin: string;
  /** False when any answer will do, so that clients need not be asked again with `plugin`. */
  readonly needsPlugin: boolean;
  /** Resolves to who it is; rejects with `accessDenied`, or another `SqlError`. */
  authenticate(attempt: LoginAttempt): Promise<ClientIdentity>;
}

/** ER_ACCESS_DENIED_ERROR. */
export function accessDenied(attempt: Pick<LoginAttempt, 'user' | 'remoteAddress' | 'response'>): SqlError {
  const host = attempt.remoteAddress === 'unix' ? 'localhost' : attempt.remoteAddress.replace(/:\d+$/, '');
  const password = isEmpty(attempt.response) ? 'NO' : 'YES';
  return new SqlError(
    1045,
    '28000',
    `Access denied for user '${attempt.user}'@'${host}' (using password: ${password})`,
  );
}

/**
 * Takes every client as the user it says it is: for local use only. Clients that lack `plugin` (MySQL 9 has no
 * mysql_native_password) need the other one.
 */
export class NoAuthenticator implements Authenticator {
  readonly needsPlugin = false;

  constructor(readonly plugin: typeof NATIVE_PASSWORD | typeof CACHING_SHA2_PASSWORD = NATIVE_PASSWORD) {}

  authenticate(attempt: LoginAttempt): Promise<ClientIdentity> {
    endFastPath(attempt);
    return Promise.resolve({ username: attempt.user, groups: [] });
  }
}

/** How a `StaticAuthenticator` lets clients prove who they are. */
export type AuthPlugin = typeof NATIVE_PASSWORD | typeof CACHING_SHA2_PASSWORD | typeof CLEAR_PASSWORD;

/** One way for a user to log in: the password itself, or what mysql.user would keep of it. */
export interface StaticUser {
  password?: string;
  /** `*` and 40 hex digits, SHA1(SHA1(password)). Only for mysql_native_password. */
  nativePasswordHash?: string;
  /** Identity; the user name when absent. */
  username?: string;
  groups?: readonly string[];
}

interface Credential {
  native: Buffer | null;
  sha2: Buffer | null;
  empty: boolean;
  identity: ClientIdentity;
}

/** Users from a fixed table. Several entries for one user are all valid, so that passwords can be changed in steps. */
export class StaticAuthenticator implements Authenticator {
  readonly needsPlugin = true;
  private readonly users = new Map<string, Credential[]>();

  constructor(
    users: Readonly<Record<string, readonly StaticUser[]>>,
    readonly plugin: AuthPlugin = NATIVE_PASSWORD,
  ) {
    for (const [user, entries] of Object.entries(users)) {
      this.users.set(
        user,
        entries.map((entry) => credential(user, entry)),
      );
    }
  }

  async authenticate(attempt: LoginAttempt): Promise<ClientIdentity> {
    if (this.plugin === CLEAR_PASSWORD) return this.byPassword(attempt, attempt.response);
    const entries = this.users.get(attempt.user) ?? [];
    const known = entries.find((entry) => this.matches(entry, attempt));
    if (known !== undefined) {
      endFastPath(attempt);
      return known.identity;
    }
    const needsPassword =
      this.plugin === CACHING_SHA2_PASSWORD && entries.some((e) => e.sha2 === null && e.native !== null);
    if (!needsPassword || isEmpty(attempt.response)) throw accessDenied(attempt);
    if (!attempt.secure) throw passwordNeedsTls();
    attempt.send(Buffer.from([FULL_AUTHENTICATION]));
    return this.byPassword(attempt, await attempt.receive());
  }

  /** The password itself, ended by a NUL: only taken where nobody else can read it. */
  private byPassword(attempt: LoginAttempt, response: Buffer): ClientIdentity {
    const password = response.toString('utf8').replace(/\0$/, '');
    if (password !== '' && !attempt.secure) throw passwordNeedsTls();
    const hash = nativeHash(password);
    const known = (this.users.get(attempt.user) ?? []).find((entry) =>
      password === '' ? entry.empty : entry.native !== null && timingSafeEqual(entry.native, hash),
    );
    if (known === undefined) throw accessDenied(attempt);
    return known.identity;
  }

  private matches(entry: Credential, attempt: LoginAttempt): boolean {
    const { response, salt } = attempt;
    if (isEmpty(response)) return entry.empty;
    if (this.plugin === CACHING_SHA2_PASSWORD) {
      return entry.sha2 !== null && verifySha2(response, salt, entry.sha2);
    }
    return entry.native !== null && verifyNative(response, salt, entry.native);
  }
}

const FAST_AUTHENTICATION_OK = 3;
const FULL_AUTHENTICATION = 4;

/** ER_SECURE_TRANSPORT_REQUIRED. */
function passwordNeedsTls(): SqlError {
  const text = 'this account is checked by its password itself: connect with TLS or through the unix socket';
  return new SqlError(3159, 'HY000', text, { code: Code.UNAUTHENTICATED });
}

/** A client of caching_sha2_password waits to hear that its answer was enough; one without a password does not. */
function endFastPath(attempt: LoginAttempt): void {
  if (attempt.plugin === CACHING_SHA2_PASSWORD && !isEmpty(attempt.response)) {
    attempt.send(Buffer.from([FAST_AUTHENTICATION_OK]));
  }
}

/** An empty password is answered with nothing, or with a lone NUL. */
function isEmpty(response: Buffer): boolean {
  return response.length === 0 || (response.length === 1 && response[0] === 0);
}

function credential(user: string, entry: StaticUser): Credential {
  const { password, nativePasswordHash } = entry;
  const identity = { username: entry.username ?? user, groups: entry.groups ?? [] };
  if (nativePasswordHash !== undefined) {
    const hash = /^\*?([0-9a-f]{40})$/i.exec(nativePasswordHash)?.[1];
    if (hash === undefined) {
      throw new SqlError(
        1372,
        'HY000',
        `the password hash of '${user}' is not '*' and 40 hexadecimal digits`,
      );
    }
    return { native: Buffer.from(hash, 'hex'), sha2: null, empty: false, identity };
  }
  if (password === undefined || password === '') return { native: null, sha2: null, empty: true, identity };
  return { native: nativeHash(password), sha2: sha2Hash(password), empty: false, identity };
}
