import type { Socket } from 'node:net';
import { Code, SqlError } from '@vitess-ts/vterrors';
import { Capability, Command, ServerStatus } from '../protocol/constants';
import { encodeErr } from '../protocol/err-packet';
import {
  decodeChangeUser,
  decodeHandshakeResponse,
  encodeGreeting,
  type HandshakeResponse,
} from '../protocol/handshake';
import { PacketReader } from '../protocol/packet-reader';
import { ClientChannel } from './client-channel';
import { capabilitiesFor, clientInfo, type ClientOrigin, type Login, makeSalt } from './client-info';
import type { ColumnHeaderCache } from './column-header';
import { clientError, CommandRunner } from './command-runner';
import { authenticate, badHandshake, type LoginChannel } from './login-exchange';
import type { ResolvedServerOptions } from './options';
import { Outbox } from './outbox';
import { ResultEncoder } from './result-encoder';
import type { SessionFactory } from './session-handler';
import type { StatementBudget } from './statement-budget';
import type { TlsUpgrade } from './tls-upgrade';

/** Longest payload while logging in: attributes are at most 64 KiB. */
const MAX_LOGIN_BYTES = 128 * 1024;
/** Commands that a client may send ahead before it is no longer read, in bytes. */
const MAX_QUEUED_BYTES = 1024 * 1024;
/** Length of the request for TLS: what all logins begin with. */
const TLS_REQUEST_BYTES = 32;
/** Longest piece of the compressed protocol; its length has three bytes. */
const MAX_PIECE_BYTES = 0xffffff;
/** How long a refused client has to read why. */
const LINGER_MS = 1000;

/** What a connection needs of its server. */
export interface ConnectionHost {
  readonly options: ResolvedServerOptions;
  readonly headers: ColumnHeaderCache;
  readonly openSession: SessionFactory;
  readonly statementBudget: StatementBudget;
  /** Absent: TLS is not offered. */
  readonly tls?: TlsUpgrade;
  /** Closes another connection (COM_PROCESS_KILL); throws `SqlError` 1094 / 1095. */
  kill(connectionId: number, byUser: string): void;
  closed(connection: ClientConnection): void;
}

/** A whole command, and the number of the first packet of its answer. */
interface ReceivedCommand {
  payload: Buffer;
  sequence: number;
}

/**
 * One client, from its greeting to its end. Commands run one after another; whatever goes wrong with the bytes that
 * the client sends ends this connection and nothing else.
 */
export class ClientConnection implements LoginChannel {
  readonly salt = makeSalt();
  readonly remoteAddress: string;
  /** User that has logged in; empty before. */
  user = '';
  private readonly isUnixSocket: boolean;
  private readonly serverCapabilities: number;
  private readonly channel: ClientChannel;
  private readonly reader: PacketReader;
  private readonly outbox: Outbox;
  private readonly encoder: ResultEncoder;
  private commands: CommandRunner | null = null;
  private capabilities = 0;
  /** The first payload of the client has come. */
  private hasGreeted = false;
  private tlsAsked = false;
  private phase: 'login' | 'ready' | 'closed' = 'login';
  /** A command is running; further ones wait in `queue`. */
  private busy = false;
  private readonly queue: ReceivedCommand[] = [];
  private queuedBytes = 0;
  private awaitedPayload: { resolve: (payload: Buffer) => void; reject: (error: Error) => void } | null =
    null;
  private readonly loginTimer: NodeJS.Timeout;
  private draining = false;

  constructor(
    private readonly host: ConnectionHost,
    socket: Socket,
    readonly connectionId: number,
    origin: ClientOrigin,
  ) {
    const { options } = host;
    this.isUnixSocket = origin.isUnixSocket;
    this.remoteAddress = origin.address;
    this.serverCapabilities = capabilitiesFor(origin, host.tls !== undefined);
    this.channel = new ClientChannel(socket, {
      data: (chunk) => this.onData(chunk),
      failed: (error) => this.shut(error),
      ended: () => this.shut(null),
      timeout: () => this.onTimeout(),
      drain: () => this.outbox.wake(),
    });
    this.outbox = new Outbox(this.channel, options.idleTimeoutMs, options.writeTimeoutMs);
    this.encoder = new ResultEncoder(host.headers);
    this.encoder.collation = options.collation;
    this.reader = new PacketReader(this.onPayload, MAX_LOGIN_BYTES);
    this.reader.nextSequence = 1;
    this.loginTimer = setTimeout(() => this.destroy(), options.connectTimeoutMs);
    this.greet();
  }

  /** What is sent can be read by nobody else. */
  get secure(): boolean {
    return this.isUnixSocket || this.channel.isEncrypted;
  }

  get isLoggedIn(): boolean {
    return this.phase === 'ready';
  }

  /** Aborts the query that runs; true when there is one. */
  abortQuery(reason: Error): boolean {
    const { commands } = this;
    commands?.abort(reason);
    return commands?.isAnswering === true;
  }

  /** Closes as soon as no command runs and no transaction is open. */
  drain(): void {
    this.draining = true;
    this.closeIfDrained();
  }

  /** Closes at once; the session is closed when its last call has settled. */
  destroy(): void {
    this.shut(null);
  }

  private greet(): void {
    const { options } = this.host;
    this.encoder.sequence = 0;
    this.send(
      encodeGreeting({
        serverVersion: options.serverVersion,
        connectionId: this.connectionId,
        salt: this.salt,
        capabilities: this.serverCapabilities,
        collation: options.collation,
        statusFlags: ServerStatus.AUTOCOMMIT,
        authPlugin: options.authenticator.plugin,
      }),
    );
    void this.logIn();
  }

  // --- bytes in

  private onData(chunk: Buffer): void {
    if (this.phase === 'closed') return;
    try {
      const used = this.reader.push(chunk);
      if (this.tlsAsked) this.startTls(chunk.subarray(used));
    } catch (error) {
      if (!this.busy) this.encoder.sequence = this.reader.nextSequence + 1;
      this.shut(error);
    }
  }

  private startTls(ahead: Buffer): void {
    this.tlsAsked = false;
    this.reader.restart();
    this.channel.startTls(this.host.tls!, ahead);
  }

  private readonly onPayload = (buf: Buffer, start: number, end: number): void => {
    // Chunks of a socket are never written to again, so a view stays valid.
    const payload = buf.subarray(start, end);
    if (this.isTlsRequest(payload)) {
      this.tlsAsked = true;
      this.reader.stop();
      return;
    }
    if (this.awaitedPayload !== null) {
      const { resolve } = this.awaitedPayload;
      this.awaitedPayload = null;
      this.encoder.sequence = this.reader.nextSequence;
      resolve(payload);
      return;
    }
    if (this.phase !== 'ready') throw badHandshake();
    // The answer goes on from the last packet of the command, of which long ones have several.
    const command = { payload, sequence: this.reader.nextSequence };
    this.reader.nextSequence = 0;
    if (this.busy) this.enqueue(command);
    else this.run(command);
  };

  /** The head of a login alone, before anything else: the rest of it comes encrypted. */
  private isTlsRequest(payload: Buffer): boolean {
    if (this.phase !== 'login' || this.hasGreeted || payload.length !== TLS_REQUEST_BYTES) {
      this.hasGreeted = true;
      return false;
    }
    this.hasGreeted = true;
    return (payload.readUInt32LE(0) & this.serverCapabilities & Capability.SSL) !== 0;
  }

  private enqueue(command: ReceivedCommand): void {
    this.queue.push(command);
    this.queuedBytes += command.payload.length;
    if (this.queuedBytes > MAX_QUEUED_BYTES) this.channel.pause();
  }

  private onTimeout(): void {
    if (this.outbox.isWaiting || !this.busy) this.shut(null);
  }

  // --- logging in

  receive(): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.phase === 'closed') reject(badHandshake());
      else this.awaitedPayload = { resolve, reject };
    });
  }

  send(payload: Buffer): void {
    this.outbox.add(this.encoder.packet(payload));
    this.reader.nextSequence = this.encoder.sequence & 0xff;
    this.outbox.flush();
  }

  private async logIn(): Promise<void> {
    try {
      const payload = await this.receive();
      const response = this.decodeLogin(payload);
      this.refuseInsecure();
      this.capabilities = response.capabilities;
      await this.openSession(response);
    } catch (error) {
      this.shut(error);
      return;
    }
    clearTimeout(this.loginTimer);
    if (this.isClosed) return;
    this.phase = 'ready';
    this.reader.maxPayloadBytes = this.host.options.maxPacketBytes;
    this.encoder.deprecateEof = (this.capabilities & Capability.DEPRECATE_EOF) !== 0;
    this.encoder.sessionTrack = (this.capabilities & Capability.SESSION_TRACK) !== 0;
    this.channel.setTimeout(this.host.options.idleTimeoutMs);
    this.commands?.sendOk();
    if (this.capabilities & Capability.COMPRESS) this.channel.startCompression(MAX_PIECE_BYTES);
    this.reader.nextSequence = 0;
    this.closeIfDrained();
  }

  /** ER_SECURE_TRANSPORT_REQUIRED. */
  private refuseInsecure(): void {
    if (this.secure || !this.host.options.requireSecureTransport) return;
    const text = 'Connections using insecure transport are prohibited while --require_secure_transport=ON.';
    throw new SqlError(3159, 'HY000', text, { code: Code.UNAUTHENTICATED });
  }

  private decodeLogin(payload: Buffer): HandshakeResponse {
    try {
      return decodeHandshakeResponse(payload, 0, payload.length, this.serverCapabilities);
    } catch (error) {
      throw badHandshake(error);
    }
  }

  /** Authenticates and opens the session; both packets and errors are the caller's. */
  private async openSession(login: Login): Promise<void> {
    const { authenticator, collation } = this.host.options;
    const identity = await authenticate(authenticator, this, login);
    const info = clientInfo(login, identity, {
      connectionId: this.connectionId,
      remoteAddress: this.remoteAddress,
      multiStatements: () => this.commands?.multiStatements === true,
    });
    const session = await this.host.openSession(info);
    this.user = login.user;
    this.encoder.collation = info.collation === 0 ? collation : info.collation;
    const { maxPacketBytes } = this.host.options;
    const host = {
      maxPacketBytes,
      statementBudget: this.host.statementBudget,
      kill: (id: number) => this.host.kill(id, this.user),
      quit: () => this.destroy(),
    };
    const queryAttributes = (this.capabilities & Capability.QUERY_ATTRIBUTES) !== 0;
    this.commands = new CommandRunner(session, this.encoder, this.outbox, host, queryAttributes);
    this.commands.multiStatements = (this.capabilities & Capability.MULTI_STATEMENTS) !== 0;
    // The client went away while the session was being made: `shut` has not seen it.
    if (this.isClosed) await this.closeSession();
  }

  // --- commands

  private run({ payload, sequence }: ReceivedCommand): void {
    this.busy = true;
    this.encoder.sequence = sequence;
    this.channel.answerStarts();
    void this.execute(payload);
  }

  private async execute(payload: Buffer): Promise<void> {
    if (payload.length > 0 && payload[0] === Command.CHANGE_USER) {
      await this.changeUser(payload);
    } else {
      await this.commands?.run(payload);
    }
    this.commandEnded();
  }

  private commandEnded(): void {
    this.busy = false;
    if (this.isClosed) {
      void this.closeSession();
      return;
    }
    const next = this.queue.shift();
    if (next === undefined) {
      this.closeIfDrained();
      return;
    }
    this.queuedBytes -= next.payload.length;
    if (this.queuedBytes <= MAX_QUEUED_BYTES && this.channel.isPaused) this.channel.resume();
    this.run(next);
  }

  /** COM_CHANGE_USER: another session, for another user, on the same connection. Its failure ends the connection. */
  private async changeUser(payload: Buffer): Promise<void> {
    try {
      const login = decodeChangeUser(payload, 0, payload.length, this.capabilities);
      await this.closeSession();
      this.reader.maxPayloadBytes = MAX_LOGIN_BYTES;
      await this.openSession(login);
      this.reader.maxPayloadBytes = this.host.options.maxPacketBytes;
      this.commands?.sendOk();
      this.reader.nextSequence = 0;
    } catch (error) {
      this.shut(error);
    }
  }

  private sendError(error: unknown): void {
    this.outbox.add(this.encoder.packet(encodeErr(clientError(error))));
    this.outbox.flush();
  }

  // --- the end

  private get isClosed(): boolean {
    return this.phase === 'closed';
  }

  private closeIfDrained(): void {
    if (!this.draining || this.busy || this.phase !== 'ready') return;
    if (((this.commands?.session.statusFlags() ?? 0) & ServerStatus.IN_TRANS) === 0) this.shut(null);
  }

  /**
   * Ends the connection once. With an error the client is told why: what it sends cannot be understood any more, or
   * it may not stay.
   */
  private shut(error: unknown): void {
    if (this.isClosed) return;
    this.phase = 'closed';
    clearTimeout(this.loginTimer);
    this.reader.stop();
    this.queue.length = 0;
    this.awaitedPayload?.reject(badHandshake());
    this.awaitedPayload = null;
    this.abortQuery(
      new SqlError(1317, '70100', 'Query execution was interrupted: the client is gone', {
        code: Code.CANCELED,
      }),
    );
    if (error === null) {
      this.channel.destroy();
    } else {
      if (this.commands?.isAnswering !== true) this.sendError(error);
      this.channel.linger(LINGER_MS);
    }
    this.outbox.close();
    this.host.closed(this);
    if (!this.busy) void this.closeSession();
  }

  private async closeSession(): Promise<void> {
    const { commands } = this;
    this.commands = null;
    if (commands === null) return;
    try {
      await commands.close();
    } catch (error) {
      this.host.options.onError(error, this.connectionId);
    }
  }
}
