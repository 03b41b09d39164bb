import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { Code, SqlError, type VtError } from '@vitess-ts/vterrors';
import { CACHING_SHA2_PASSWORD, Capability, Header, NATIVE_PASSWORD } from '../protocol/constants';
import { decodeErr } from '../protocol/err-packet';
import {
  decodeAuthSwitch,
  decodeGreeting,
  encodeHandshakeResponse,
  encodeSslRequest,
  type Greeting,
  type HandshakeResponse,
} from '../protocol/handshake';
import { decodeOk } from '../protocol/ok-packet';
import { malformedPacket } from '../protocol/protocol-error';
import { nativeScramble, sha2Scramble } from '../protocol/scramble';
import type { RunningCommand } from './command';

export interface LoginHost {
  /** Sends a payload as the next packet of the exchange. */
  send(payload: Buffer): void;
  startTls(options: TlsOptions, ready: () => void): void;
}

export interface LoginRequest {
  user: string;
  password: string;
  database: string;
  /** Collation id below 256. */
  collation: number;
  /** Capabilities to ask for beside those that are always asked for. */
  capabilities: number;
  attributes: Map<string, string>;
  ssl?: TlsOptions;
  /** A channel that nobody else can read (unix socket): passwords may be sent as they are. */
  secure: boolean;
}

export interface LoginResult {
  greeting: Greeting;
  capabilities: number;
  statusFlags: number;
}

const BASE_CAPABILITIES =
  Capability.LONG_PASSWORD |
  Capability.LONG_FLAG |
  Capability.PROTOCOL_41 |
  Capability.TRANSACTIONS |
  Capability.SECURE_CONNECTION |
  Capability.MULTI_RESULTS |
  Capability.PLUGIN_AUTH;

/** Used when the server has them. */
const OPTIONAL_CAPABILITIES =
  Capability.PLUGIN_AUTH_LENENC_DATA | Capability.CONNECT_ATTRS | Capability.DEPRECATE_EOF;

const FULL_AUTHENTICATION = 4;
const FAST_AUTHENTICATION_OK = 3;

/** The exchange from the server's greeting to its OK. */
export class Login implements RunningCommand {
  private greeting: Greeting | null = null;
  private capabilities = 0;
  private plugin = '';
  private salt: Buffer = Buffer.alloc(0);

  constructor(
    private readonly host: LoginHost,
    private readonly request: LoginRequest,
    private readonly resolve: (result: LoginResult) => void,
    private readonly reject: (error: Error) => void,
  ) {}

  payload(buf: Buffer, start: number, end: number): boolean {
    if (end === start) throw malformedPacket('empty payload');
    if (buf[start] === Header.ERR) {
      this.reject(decodeErr(buf, start, end));
      return true;
    }
    if (this.greeting === null) {
      this.answerGreeting(decodeGreeting(buf, start, end));
      return false;
    }
    switch (buf[start]) {
      case Header.OK:
        this.resolve({
          greeting: this.greeting,
          capabilities: this.capabilities,
          statusFlags: decodeOk(buf, start, end).statusFlags,
        });
        return true;
      case Header.EOF: {
        const { plugin, salt } = decodeAuthSwitch(buf, start, end);
        this.plugin = plugin;
        this.salt = salt;
        this.host.send(this.answer());
        return false;
      }
      case Header.AUTH_MORE_DATA:
        this.moreData(buf[start + 1]);
        return false;
      default:
        throw malformedPacket('unexpected payload while logging in');
    }
  }

  afterRead(): void {
    // Each packet was answered as it came.
  }

  fail(error: SqlError | VtError): void {
    this.reject(error);
  }

  private answerGreeting(greeting: Greeting): void {
    this.greeting = greeting;
    const { request } = this;
    this.salt = greeting.salt;
    const known = greeting.authPlugin === NATIVE_PASSWORD || greeting.authPlugin === CACHING_SHA2_PASSWORD;
    this.plugin = known ? greeting.authPlugin : NATIVE_PASSWORD;
    let wanted = BASE_CAPABILITIES | request.capabilities | (OPTIONAL_CAPABILITIES & greeting.capabilities);
    if (request.database !== '') wanted |= Capability.CONNECT_WITH_DB;
    if (request.ssl !== undefined) {
      if (!(greeting.capabilities & Capability.SSL)) {
        throw new SqlError(2026, 'HY000', 'TLS connection error: the server does not support TLS', {
          code: Code.FAILED_PRECONDITION,
        });
      }
      wanted |= Capability.SSL;
    }
    this.capabilities = wanted >>> 0;
    const response: HandshakeResponse = {
      capabilities: this.capabilities,
      maxPacketBytes: 1 << 30,
      collation: request.collation,
      user: request.user,
      authResponse: this.answer(),
      database: request.database,
      authPlugin: this.plugin,
      attributes: request.attributes,
    };
    if (request.ssl === undefined) {
      this.host.send(encodeHandshakeResponse(response));
      return;
    }
    this.host.send(encodeSslRequest(response));
    this.host.startTls(request.ssl, () => this.host.send(encodeHandshakeResponse(response)));
  }

  private answer(): Buffer {
    switch (this.plugin) {
      case NATIVE_PASSWORD:
        return nativeScramble(this.request.password, this.salt);
      case CACHING_SHA2_PASSWORD:
        return sha2Scramble(this.request.password, this.salt);
      default:
        throw new SqlError(
          2059,
          'HY000',
          `Authentication plugin '${this.plugin}' cannot be loaded: not supported`,
          {
            code: Code.UNAUTHENTICATED,
          },
        );
    }
  }

  /** The server of caching_sha2_password took the fast path, or wants the password itself. */
  private moreData(step: number): void {
    if (step === FAST_AUTHENTICATION_OK) return;
    if (step !== FULL_AUTHENTICATION || this.plugin !== CACHING_SHA2_PASSWORD) {
      throw malformedPacket('unexpected authentication step');
    }
    if (!this.request.secure && this.request.ssl === undefined) {
      throw new SqlError(
        2061,
        'HY000',
        "Authentication plugin 'caching_sha2_password' reported error: Authentication requires secure connection " +
          '(use TLS or the unix socket)',
        { code: Code.UNAUTHENTICATED },
      );
    }
    this.host.send(Buffer.from(`${this.request.password}\0`, 'utf8'));
  }
}
