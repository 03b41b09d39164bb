import type { BindVariable, Field, Result } from '@vitess-ts/sqltypes';
import type { StateChange } from '../protocol/session-track';
import type { ClientIdentity } from './authenticator';

/** What is known of a client that has logged in. */
export interface ClientInfo {
  /** Id of the connection, unique in this server while it is open. */
  readonly connectionId: number;
  /** User name as the client gave it. */
  readonly user: string;
  /** Who the authenticator says it is. */
  readonly identity: ClientIdentity;
  /** Default database that the client asked for; empty for none. */
  readonly database: string;
  /** Collation id of the client's handshake; 0 when it is not one that is known. */
  readonly collation: number;
  /** `Capability` bits that both sides have. */
  readonly capabilities: number;
  /** Attributes that the client gave (`program_name`, ...). */
  readonly attributes: ReadonlyMap<string, string>;
  /** `address:port`, or `unix` for the unix socket. */
  readonly remoteAddress: string;
  /** True while the client may send several statements in one query; COM_SET_OPTION changes it. */
  readonly multiStatements: boolean;
  /** True when UPDATE reports rows matched rather than rows changed. */
  readonly foundRows: boolean;
}

/** Takes the answer to one COM_QUERY. */
export interface QueryReply {
  /** Aborted when the client goes away, or the query or connection is killed. */
  readonly signal: AbortSignal;
  /** What the client sent beside its query, by name; values as they came, text in the client's character set. */
  readonly attributes: ReadonlyMap<string, BindVariable>;
  /**
   * Sends one whole result in one write. `more`: the result of another statement of the same query follows. The
   * status flags and warning count that the client sees are the session's at this moment.
   */
  result(result: Result, more?: boolean): void;
  /**
   * Sends a result that comes in chunks (the first has the fields, the last the counts), no faster than the client
   * reads. A result of one chunk leaves in one write. Rejects with what the chunks throw; resolves early, having
   * ended the iteration, when the client is gone.
   */
  stream(chunks: AsyncIterable<Result>, more?: boolean): Promise<void>;
}

/** A statement that a client has prepared. */
export interface PreparedQuery {
  /** Number of parameters. */
  readonly parameters: number;
  /** Columns that it will have as far as that is known; empty when it is not, or when it gives no rows. */
  readonly fields: Field[];
  /**
   * Runs it. There is one value for each parameter; text and bytes are as the client sent them, text in the client's
   * character set.
   */
  execute(values: readonly BindVariable[], reply: QueryReply): Promise<void>;
}

/**
 * The session of one connection. Calls never overlap, but for `statusFlags`, `warnings`, `takeStateChanges` and
 * `statistics`, which are asked at any time. What a call rejects with is sent to the client as an error; the connection goes on.
 */
export interface SessionHandler {
  /**
   * Answers one query through `reply`: one result, or one for each of its statements. `sql` is what the client sent,
   * in the client's character set; the bytes stay valid.
   */
  query(sql: Buffer, reply: QueryReply): Promise<void>;
  /** COM_STMT_PREPARE. Rejects with what is wrong with the statement. */
  prepare(sql: Buffer): Promise<PreparedQuery>;
  /** COM_INIT_DB. */
  initDb(database: string): Promise<void>;
  /** COM_RESET_CONNECTION: as a new session of the same user. */
  resetConnection(): Promise<void>;
  /** COM_FIELD_LIST (removed in MySQL 8, used by old clients); error 1047 when absent. */
  fieldList?(table: string, wildcard: string): Promise<Field[]>;
  /** The connection is over: roll back, free. Called once, after the last call has settled. */
  close(): Promise<void>;
  /** `ServerStatus` bits: autocommit, in a transaction. */
  statusFlags(): number;
  /** What has changed since it was asked last; asked for clients with SESSION_TRACK alone. */
  takeStateChanges?(): readonly StateChange[];
  /** Number of warnings of the last statement. */
  warnings(): number;
  /** One line of text for COM_STATISTICS. */
  statistics(): string;
}

/** Makes the session of a client that has logged in; rejecting refuses the client with that error. */
export type SessionFactory = (client: ClientInfo) => Promise<SessionHandler>;
