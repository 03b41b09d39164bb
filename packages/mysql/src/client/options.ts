import type { ConnectionOptions as TlsOptions } from 'node:tls';
import type { FieldCache } from './field-cache';

/** Where the server listens and who connects. */
export interface ConnectOptions {
  /** Unix socket; preferred to host and port when both are given. */
  socketPath?: string;
  host?: string;
  /** Default 3306. */
  port?: number;
  user: string;
  password?: string;
  database?: string;
  /** Collation name or id of the connection; its character set is used both ways. Default utf8mb4_general_ci. */
  collation?: string | number;
  /** Asks for TLS; connecting fails when the server has none. */
  ssl?: TlsOptions;
  /** Limit for connecting and logging in, in milliseconds. Default 10000. */
  connectTimeoutMs?: number;
  /** Report rows matched rather than rows changed. */
  foundRows?: boolean;
  /** Allow several statements in one query. */
  multiStatements?: boolean;
  /** Connection attributes, shown in performance_schema. */
  attributes?: Record<string, string>;
  /** Column definitions, shared between the connections of a pool. */
  fieldCache?: FieldCache;
  /** Longest payload that is accepted from the server, in bytes. Default 1 GiB, the protocol's own limit. */
  maxPacketBytes?: number;
}

export interface QueryOptions {
  /** Aborting closes the connection and rejects with errno 1317; mysqld may go on until it is killed there. */
  signal?: AbortSignal;
  /** Limit for the whole statement in milliseconds; exceeding it is as aborting, with errno 3024. */
  timeoutMs?: number;
}

export interface BufferedQueryOptions extends QueryOptions {
  /** Most rows of one result; more is RESOURCE_EXHAUSTED and closes the connection. Default: no limit. */
  maxRows?: number;
  /** Most bytes of rows of one result; more is RESOURCE_EXHAUSTED and closes the connection. Default 512 MiB. */
  maxBytes?: number;
}

export interface StreamQueryOptions extends QueryOptions {
  /** Size from which rows are handed on, in bytes. Default 64 KiB. */
  chunkBytes?: number;
}
