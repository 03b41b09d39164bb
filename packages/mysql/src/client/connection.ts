import { OpenedIterator } from '@vitess-ts/base';
import type { Result } from '@vitess-ts/sqltypes';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import { collationByName, collationById } from '../charset/collations';
import { Capability, Command } from '../protocol/constants';
import { PacketReader } from '../protocol/packet-reader';
import { commandPacket, frame, packetCount } from '../protocol/packets';
import { BufferedQuery } from './buffered-query';
import { type CommandHost, type RunningCommand, SimpleCommand } from './command';
import { cannotConnect, lostConnection, queryAborted, queryTimedOut, serverGone } from './connect-error';
import { FieldCache } from './field-cache';
import { Login, type LoginResult } from './login';
import type { BufferedQueryOptions, ConnectOptions, QueryOptions, StreamQueryOptions } from './options';
import { ColumnScratch } from './query-command';
import { StreamQuery } from './stream-query';
import { Transport } from './transport';

const DEFAULT_CONNECT_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_RESULT_BYTES = 512 * 1024 * 1024;
const DEFAULT_CHUNK_BYTES = 64 * 1024;
const DEFAULT_COLLATION = 45; // utf8mb4_general_ci
const QUIT_TIMEOUT_MS = 1000;

/**
 * One connection to a MySQL or MariaDB server (text protocol). It runs one command at a time: the caller (a pool)
 * gives it to one user and starts the next command when the last has ended.
 *
 * Errors: `SqlError` as the server sent it, and then the connection is still good (`isAlive`); `SqlError` 2006 when
 * the connection was closed before the statement was sent (it did not run), 2013 when it was lost after (outcome
 * unknown), 1317 / 3024 when the caller aborted or timed out, `VtError` RESOURCE_EXHAUSTED when a result was over a
 * limit. After those the connection is closed and must not be put back into a pool. Closing a connection does not
 * stop its statement on the server: whoever aborts sends KILL by `connectionId` on another connection.
 */
export class MysqlConnection implements CommandHost {
  /** The server's id of this connection, for KILL. */
  connectionId = 0;
  /** Version as the server says it, without MariaDB's "5.5.5-" prefix. */
  serverVersion = '';
  /** `ServerStatus` bits of the last OK or EOF packet. */
  statusFlags = 0;
  deprecateEof = false;
  /** Capabilities that both sides agreed on. */
  capabilities = 0;

  private readonly reader: PacketReader;
  private readonly transport: Transport;
  private readonly fieldCache: FieldCache;
  private readonly scratch = new ColumnScratch();
  private running: RunningCommand | null = null;
  private ready = false;
  private closed = false;
  private closeCause: unknown;
  private timer: NodeJS.Timeout | null = null;
  private signal: AbortSignal | null = null;
  private readonly closeListeners: (() => void)[] = [];

  private constructor(
    private readonly options: ConnectOptions,
    onConnected: () => void,
  ) {
    this.fieldCache = options.fieldCache ?? new FieldCache();
    this.reader = new PacketReader(this.onPayload, options.maxPacketBytes ?? 1 << 30);
    this.transport = new Transport(options, {
      connected: onConnected,
      data: (buf, length) => this.onData(buf, length),
      closed: (error) => this.onClosed(error),
    });
  }

  /**
   * Connects and logs in. Rejects with `SqlError`: 2002 / 2003 when the server cannot be reached in time, what the
   * server said when it refuses (1040, 1045, 1049, ...), 2013 when it hangs up, 2026 / 2059 / 2061 for TLS and
   * authentication plugins, 1317 when aborted.
   */
  static async connect(options: ConnectOptions, signal?: AbortSignal): Promise<MysqlConnection> {
    if (signal?.aborted) throw queryAborted(signal.reason);
    const collation = collationId(options.collation);
    const timeoutMs = options.connectTimeoutMs ?? DEFAULT_CONNECT_TIMEOUT_MS;
    const connection = await new Promise<MysqlConnection>((resolve, reject) => {
      let connected = false;
      const conn: MysqlConnection = new MysqlConnection(options, () => (connected = true));
      conn.limit(signal ?? null, timeoutMs, () => cannotConnect(options, 'timed out'));
      conn.running = conn.login(
        collation,
        () => resolve(conn),
        (error) => {
          conn.running = null;
          conn.destroy();
          const lost = error instanceof SqlError && error.errno === 2013;
          if (lost && !connected) reject(cannotConnect(options, reasonOf(error.cause), error.cause));
          else if (lost) reject(lostWhileConnecting(error.cause));
          else reject(error);
        },
      );
    });
    try {
      if (collation > 0xff) await connection.setNames(collation, { signal, timeoutMs });
    } catch (error) {
      connection.destroy();
      throw error;
    }
    return connection;
  }

  /** True while commands can be sent. */
  get isAlive(): boolean {
    return this.ready && !this.closed;
  }

  /** True while a response is awaited or a stream is read. */
  get isBusy(): boolean {
    return this.running !== null;
  }

  /** Called once when the connection is closed, by either side; at once when it is closed already. */
  onClose(listener: () => void): void {
    if (this.closed) listener();
    else this.closeListeners.push(listener);
  }

  /** Runs a statement that gives one result, and collects it. */
  async query(sql: string | Uint8Array, options?: BufferedQueryOptions): Promise<Result> {
    const results = await this.queryMulti(sql, options);
    if (results.length === 1) return results[0];
    throw new VtError(
      Code.FAILED_PRECONDITION,
      `the statement gave ${results.length} results where one was expected`,
    );
  }

  /**
   * Runs a statement (or several, with `multiStatements`) and collects all its results. When one fails the whole
   * call rejects with its error, though those before it have run.
   */
  queryMulti(sql: string | Uint8Array, options: BufferedQueryOptions = {}): Promise<Result[]> {
    return new Promise((resolve, reject) => {
      const limits = {
        maxRows: options.maxRows ?? Infinity,
        maxBytes: options.maxBytes ?? DEFAULT_MAX_RESULT_BYTES,
      };
      const command = new BufferedQuery(this, this.fieldCache, this.scratch, limits, resolve, reject);
      this.start(command, Command.QUERY, sql, options);
    });
  }

  /**
   * Runs a statement and yields its result in chunks: the first has the fields, the last the counts. Reading stops
   * while the consumer is slow. Leaving the loop before the end closes the connection. Nothing is sent until the
   * first chunk is asked for.
   */
  queryStream(sql: string | Uint8Array, options: StreamQueryOptions = {}): OpenedIterator<Result> {
    return new OpenedIterator(() => {
      const chunkBytes = options.chunkBytes ?? DEFAULT_CHUNK_BYTES;
      const stream = new StreamQuery(this, this.fieldCache, this.scratch, chunkBytes);
      this.start(stream, Command.QUERY, sql, options);
      return stream;
    });
  }

  /** COM_PING. */
  ping(options?: QueryOptions): Promise<void> {
    return this.simple(Command.PING, '', options);
  }

  /** COM_INIT_DB: makes `database` the default database. */
  initDb(database: string, options?: QueryOptions): Promise<void> {
    return this.simple(Command.INIT_DB, database, options);
  }

  /**
   * COM_RESET_CONNECTION: rolls back, drops temporary tables and user variables, restores session variables (also
   * the character set, which is set again here when it is not one of the handshake's).
   */
  async resetConnection(options?: QueryOptions): Promise<void> {
    await this.simple(Command.RESET_CONNECTION, '', options);
    const collation = collationId(this.options.collation);
    if (collation > 0xff) await this.setNames(collation, options);
  }

  /** Says goodbye (COM_QUIT) and closes; resolves when the socket is closed. Closes at once when busy. */
  async close(): Promise<void> {
    if (this.closed) return;
    if (!this.ready || this.running !== null) {
      this.destroy();
      return;
    }
    this.ready = false;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => this.destroy(), QUIT_TIMEOUT_MS);
      this.onClose(() => {
        clearTimeout(timer);
        resolve();
      });
      this.transport.end(commandPacket(Command.QUIT, ''));
    });
  }

  /** Closes at once. A command that runs rejects with errno 2013. */
  destroy(): void {
    this.shut(lostConnection());
  }

  pause(): void {
    this.transport.pause();
  }

  resume(): void {
    if (!this.closed) this.transport.resume();
  }

  abandon(error: SqlError | VtError): void {
    this.shut(error);
  }

  private simple(command: number, argument: string, options: QueryOptions = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      this.start(new SimpleCommand(this, resolve, reject), command, argument, options);
    });
  }

  private async setNames(collation: number, options?: QueryOptions): Promise<void> {
    const { charset, name } = collationById(collation)!;
    await this.query(`SET NAMES ${charset} COLLATE ${name}`, options);
  }

  private start(
    command: RunningCommand,
    code: number,
    argument: string | Uint8Array,
    options: QueryOptions,
  ): void {
    if (this.closed || !this.ready) return command.fail(serverGone(this.closeCause));
    if (this.running !== null) {
      return command.fail(new VtError(Code.INTERNAL, 'the connection is busy with another command'));
    }
    if (options.signal?.aborted) return command.fail(queryAborted(options.signal.reason));
    const packet = commandPacket(code, argument);
    const length = packet.length < 0xffffff ? 0 : argumentBytes(argument) + 1;
    this.reader.nextSequence = length === 0 ? 1 : packetCount(length) & 0xff;
    this.running = command;
    if (options.signal !== undefined || options.timeoutMs !== undefined) {
      const { signal, timeoutMs } = options;
      this.limit(signal ?? null, timeoutMs ?? 0, () => queryTimedOut(timeoutMs ?? 0));
    }
    this.transport.write(packet);
  }

  /** Arms the deadline and the abort signal of the command that is about to run; `timeoutMs` 0 is no deadline. */
  private limit(signal: AbortSignal | null, timeoutMs: number, timedOut: () => SqlError): void {
    if (timeoutMs > 0) this.timer = setTimeout(() => this.shut(timedOut()), timeoutMs);
    if (signal !== null) {
      this.signal = signal;
      signal.addEventListener('abort', this.onAbort);
    }
  }

  private readonly onAbort = (): void => this.shut(queryAborted(this.signal?.reason));

  private unlimit(): void {
    if (this.timer !== null) {
      clearTimeout(this.timer);
      this.timer = null;
    }
    if (this.signal !== null) {
      this.signal.removeEventListener('abort', this.onAbort);
      this.signal = null;
    }
  }

  private onData(buf: Buffer, length: number): void {
    try {
      this.reader.push(buf, length);
    } catch (error) {
      this.shut(asClientError(error));
      return;
    }
    if (this.running !== null) this.running.afterRead();
  }

  private readonly onPayload = (buf: Buffer, start: number, end: number): void => {
    const command = this.running;
    if (command === null) {
      // Only a server that is about to close speaks unasked (shutdown, idle timeout).
      this.shut(serverGone());
      return;
    }
    // The command may be followed by the next one from within `payload`, so it must be off before its promise runs:
    // promise callbacks run later, hence clearing after the call is early enough.
    if (command.payload(buf, start, end) && this.running === command) {
      this.running = null;
      this.unlimit();
    }
  };

  private onClosed(error: Error | null): void {
    this.shut(lostConnection(error ?? undefined));
  }

  /** Closes once, whatever the reason; the running command fails with `error`. */
  private shut(error: SqlError | VtError): void {
    if (this.closed) return;
    this.closed = true;
    this.closeCause = error;
    this.unlimit();
    this.reader.stop();
    this.transport.destroy();
    const command = this.running;
    this.running = null;
    if (command !== null) command.fail(error);
    for (const listener of this.closeListeners.splice(0)) listener();
  }

  private login(collation: number, resolve: () => void, reject: (error: Error) => void): Login {
    const { options } = this;
    let capabilities = 0;
    if (options.foundRows) capabilities |= Capability.FOUND_ROWS;
    if (options.multiStatements) capabilities |= Capability.MULTI_STATEMENTS;
    const host = {
      send: (payload: Buffer) => {
        this.transport.write(frame(payload, this.reader.nextSequence));
        this.reader.nextSequence = (this.reader.nextSequence + 1) & 0xff;
      },
      startTls: (ssl: NonNullable<ConnectOptions['ssl']>, ready: () => void) => {
        this.transport.startTls(ssl, ready);
      },
    };
    const request = {
      user: options.user,
      password: options.password ?? '',
      database: options.database ?? '',
      collation: collation > 0xff ? DEFAULT_COLLATION : collation,
      capabilities,
      attributes: new Map([['_client_name', 'vitess-ts'], ...Object.entries(options.attributes ?? {})]),
      ssl: options.ssl,
      secure: options.socketPath !== undefined,
    };
    const loggedIn = (result: LoginResult): void => {
      this.connectionId = result.greeting.connectionId;
      this.serverVersion = result.greeting.serverVersion.replace(/^5\.5\.5-/, '');
      this.capabilities = result.capabilities;
      this.deprecateEof = (result.capabilities & Capability.DEPRECATE_EOF) !== 0;
      this.statusFlags = result.statusFlags;
      this.ready = true;
      resolve();
    };
    return new Login(host, request, loggedIn, reject);
  }
}

function argumentBytes(argument: string | Uint8Array): number {
  return typeof argument === 'string' ? Buffer.byteLength(argument, 'utf8') : argument.length;
}

function collationId(collation: string | number | undefined): number {
  if (collation === undefined) return DEFAULT_COLLATION;
  const known = typeof collation === 'number' ? collationById(collation) : collationByName(collation);
  if (known === undefined) {
    throw new SqlError(1273, 'HY000', `Unknown collation: '${collation}'`, { code: Code.INVALID_ARGUMENT });
  }
  return known.id;
}

function reasonOf(cause: unknown): string {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  return code ?? (cause instanceof Error ? cause.message : 'connection closed');
}

function lostWhileConnecting(cause: unknown): SqlError {
  return new SqlError(2013, 'HY000', `Lost connection to MySQL server at 'handshake' (${reasonOf(cause)})`, {
    cause,
  });
}

function asClientError(error: unknown): SqlError | VtError {
  if (error instanceof SqlError || error instanceof VtError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new VtError(Code.INTERNAL, `reading a MySQL response failed: ${message}`, { cause: error });
}
