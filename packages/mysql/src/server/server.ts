import { rm } from 'node:fs/promises';
import * as net from 'node:net';
import { Code, SqlError, VtError } from '@vitess-ts/vterrors';
import { encodeErr } from '../protocol/err-packet';
import { frame } from '../protocol/packets';
import { ClientConnection, type ConnectionHost } from './client-connection';
import type { ClientOrigin } from './client-info';
import { ColumnHeaderCache } from './column-header';
import { type MysqlServerOptions, type ResolvedServerOptions, resolveOptions } from './options';
import { awaitProxyHeader } from './proxy-header';
import type { SessionFactory } from './session-handler';
import { StatementBudget } from './statement-budget';
import { TlsUpgrade } from './tls-upgrade';

const BACKLOG = 512;

/**
 * Serves the MySQL protocol: greets and authenticates clients and hands their commands to the session that
 * `openSession` makes for each.
 */
export class MysqlServer implements ConnectionHost {
  readonly options: ResolvedServerOptions;
  readonly headers = new ColumnHeaderCache();
  readonly statementBudget: StatementBudget;
  /** Set while it listens with TLS. */
  tls?: TlsUpgrade;
  private readonly listeners: net.Server[] = [];
  /** Connections whose proxy has not said yet who they are for. */
  private readonly unnamed = new Set<net.Socket>();
  private readonly connections = new Map<number, ClientConnection>();
  private lastConnectionId = 0;
  private whenEmpty: (() => void) | null = null;

  constructor(
    private readonly serverOptions: MysqlServerOptions,
    readonly openSession: SessionFactory,
  ) {
    this.options = resolveOptions(serverOptions);
    this.statementBudget = new StatementBudget(this.options.maxPreparedStatements);
  }

  /** Listens on the TCP port, the unix socket, or both. Rejects with UNAVAILABLE when one is taken. */
  async listen(): Promise<void> {
    const { host, port, socketPath } = this.serverOptions;
    if (port === undefined && socketPath === undefined) {
      throw new VtError(Code.INVALID_ARGUMENT, 'the MySQL server needs a port or a socket path');
    }
    const { tls } = this.serverOptions;
    if (tls !== undefined) {
      const onError = (error: unknown): void => this.options.onError(error, 0);
      this.tls = await TlsUpgrade.open(tls, this.options.connectTimeoutMs, onError);
    }
    try {
      if (port !== undefined) await this.listenOn({ host: host ?? '127.0.0.1', port, backlog: BACKLOG });
      if (socketPath !== undefined) {
        await removeStaleSocket(socketPath);
        await this.listenOn({ path: socketPath, backlog: BACKLOG });
      }
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** The TCP port in use; null when only the unix socket is served or the server does not listen. */
  get port(): number | null {
    for (const listener of this.listeners) {
      const address = listener.address();
      if (address !== null && typeof address === 'object') return address.port;
    }
    return null;
  }

  /** Clients that are connected, also those that are still logging in. */
  get connectionCount(): number {
    return this.connections.size;
  }

  /** Ids of the clients that have logged in. */
  connectionIds(): number[] {
    return [...this.connections.values()].filter((c) => c.isLoggedIn).map((c) => c.connectionId);
  }

  /** KILL QUERY: aborts what the connection runs; false when there is no such connection. */
  killQuery(connectionId: number): boolean {
    const connection = this.connections.get(connectionId);
    if (connection === undefined) return false;
    connection.abortQuery(
      new SqlError(1317, '70100', 'Query execution was interrupted', { code: Code.CANCELED }),
    );
    return true;
  }

  /** KILL CONNECTION: closes it; false when there is no such connection. */
  killConnection(connectionId: number): boolean {
    const connection = this.connections.get(connectionId);
    connection?.destroy();
    return connection !== undefined;
  }

  kill(connectionId: number, byUser: string): void {
    const connection = this.connections.get(connectionId);
    if (connection === undefined) throw new SqlError(1094, 'HY000', `Unknown thread id: ${connectionId}`);
    if (connection.user !== byUser) {
      throw new SqlError(1095, 'HY000', `You are not owner of thread ${connectionId}`);
    }
    connection.destroy();
  }

  closed(connection: ClientConnection): void {
    this.connections.delete(connection.connectionId);
    if (this.connections.size === 0) this.whenEmpty?.();
  }

  /**
   * Stops accepting; closes each connection when its command has ended and its transaction is over. Those that are
   * left after `timeoutMs` are closed at once.
   */
  async drain(timeoutMs: number): Promise<void> {
    const closing = this.stopListening();
    for (const connection of [...this.connections.values()]) connection.drain();
    if (this.connections.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, timeoutMs);
        this.whenEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    await this.close();
    await closing;
  }

  /** Stops accepting and closes all connections at once. Sessions are closed as their last calls settle. */
  async close(): Promise<void> {
    const closing = this.stopListening();
    for (const connection of [...this.connections.values()]) connection.destroy();
    for (const socket of this.unnamed) socket.destroy();
    await closing;
  }

  private async stopListening(): Promise<void> {
    const listeners = this.listeners.splice(0);
    // The callback's error only says that it was not listening any more.
    await Promise.all(
      listeners.map((listener) => new Promise<void>((resolve) => listener.close(() => resolve()))),
    );
  }

  private async listenOn(where: net.ListenOptions): Promise<void> {
    const listener = net.createServer({ noDelay: true, keepAlive: true }, (socket) =>
      this.accept(socket, where.path !== undefined),
    );
    await new Promise<void>((resolve, reject) => {
      listener.once('error', (error: NodeJS.ErrnoException) => {
        const place = where.path ?? `${where.host}:${where.port}`;
        reject(
          new VtError(Code.UNAVAILABLE, `cannot listen for MySQL clients on ${place}: ${error.message}`, {
            cause: error,
          }),
        );
      });
      listener.listen(where, resolve);
    });
    // Failing to accept (out of file descriptors) loses that client only.
    listener.on('error', (error) => this.options.onError(error, 0));
    this.listeners.push(listener);
  }

  private accept(socket: net.Socket, isUnixSocket: boolean): void {
    if (this.connections.size + this.unnamed.size >= this.options.maxConnections) {
      const error = new SqlError(1040, '08004', 'Too many connections');
      socket.on('error', () => socket.destroy());
      socket.setTimeout(1000, () => socket.destroy());
      socket.resume();
      socket.end(frame(encodeErr(error), 0));
      return;
    }
    const address = isUnixSocket ? 'unix' : `${socket.remoteAddress}:${socket.remotePort}`;
    if (isUnixSocket || !this.options.proxyProtocol) {
      this.open(socket, { isUnixSocket, address });
      return;
    }
    this.unnamed.add(socket);
    awaitProxyHeader(socket, this.options.connectTimeoutMs, (header) => {
      this.unnamed.delete(socket);
      if (header !== undefined) this.open(socket, { isUnixSocket, address: header.source ?? address });
    });
  }

  private open(socket: net.Socket, origin: ClientOrigin): void {
    const id = this.nextConnectionId();
    this.connections.set(id, new ClientConnection(this, socket, id, origin));
  }

  private nextConnectionId(): number {
    do {
      this.lastConnectionId = this.lastConnectionId >= 0xffffffff ? 1 : this.lastConnectionId + 1;
    } while (this.connections.has(this.lastConnectionId));
    return this.lastConnectionId;
  }
}

/** Removes a socket that nobody listens on any more; one that is in use makes `listen` fail. */
async function removeStaleSocket(path: string): Promise<void> {
  const stale = await new Promise<boolean>((resolve) => {
    const probe = net.connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'));
  });
  if (stale) await rm(path, { force: true });
}
