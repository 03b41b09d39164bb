import type { Authenticator } from './authenticator';
import type { ServerTlsOptions } from './tls-upgrade';

export interface MysqlServerOptions {
  /** Version that the greeting shows, `8.4.6-Vitess`. */
  serverVersion: string;
  /** How clients prove who they are. */
  authenticator: Authenticator;
  /** Told of what no client can be told: errors of closing sessions. */
  onError: (error: unknown, connectionId: number) => void;
  /** TCP listener; port 0 takes a free one. */
  host?: string;
  port?: number;
  /** Unix socket listener, beside or instead of TCP. */
  socketPath?: string;
  /** TCP clients come through a proxy that says in front of each connection who it is for (PROXY protocol). */
  proxyProtocol?: boolean;
  /** TLS for TCP clients that ask for it. */
  tls?: ServerTlsOptions;
  /** Refuses clients that are neither on TLS nor on the unix socket. */
  requireSecureTransport?: boolean;
  /** Further clients get error 1040. Default 10000. */
  maxConnections?: number;
  /** Limit for logging in, in milliseconds. Default 10000. */
  connectTimeoutMs?: number;
  /** A connection without a command for so long is closed. Default 28800000 (8 hours). */
  idleTimeoutMs?: number;
  /** A client that reads nothing of its result for so long is cut off. Default 60000. */
  writeTimeoutMs?: number;
  /** Longest command; longer ones get error 1153 and the connection ends. Default 64 MiB. */
  maxPacketBytes?: number;
  /** Statements that all clients together may keep prepared; further ones get error 1461. Default 65536. */
  maxPreparedStatements?: number;
  /** Collation id that the greeting names, and that stands for unknown ones. Default 45, utf8mb4_general_ci. */
  collation?: number;
}

export type ResolvedServerOptions = Required<
  Omit<MysqlServerOptions, 'host' | 'port' | 'socketPath' | 'tls'>
>;

export function resolveOptions(options: MysqlServerOptions): ResolvedServerOptions {
  return {
    serverVersion: options.serverVersion,
    authenticator: options.authenticator,
    onError: options.onError,
    proxyProtocol: options.proxyProtocol ?? false,
    requireSecureTransport: options.requireSecureTransport ?? false,
    maxConnections: options.maxConnections ?? 10_000,
    connectTimeoutMs: options.connectTimeoutMs ?? 10_000,
    idleTimeoutMs: options.idleTimeoutMs ?? 28_800_000,
    writeTimeoutMs: options.writeTimeoutMs ?? 60_000,
    maxPacketBytes: options.maxPacketBytes ?? 64 * 1024 * 1024,
    maxPreparedStatements: options.maxPreparedStatements ?? 65_536,
    collation: options.collation ?? 45,
  };
}
