import type { BoundQuery } from '@vitess-ts/queryservice';
import type { BindVariable, Result, Value } from '@vitess-ts/sqltypes';
import type { ResolvedShard } from '../resolved-shard';

/** What the Scratch primitive needs of the gate beside ordinary reads. */
export interface ScratchAccess {
  /** Rows that one statement may load. */
  readonly maxRows: number;
  /** Bytes that one statement may load, as SQL text. */
  readonly maxBytes: number;

  /**
   * Makes ready to read from these shards: what must be opened there first is open when this resolves, so that rows
   * come as streams. With `snapshot`, and outside transactions, all reads of one shard see one state of it.
   */
  openReads(shards: readonly ResolvedShard[], snapshot: boolean): Promise<ScratchReads>;

  /**
   * A connection to one tablet of these keyspaces that nobody else uses: outside the session's transaction,
   * autocommit, and without the session's settings. The caller closes it. With `onPrimary` always on the same tablet,
   * the primary of the first shard of the first keyspace.
   */
  openConnection(keyspaces: readonly string[], how?: { onPrimary?: boolean }): Promise<ScratchConnection>;

  /**
   * The rows of a query `select * from` a system table that are about one keyspace, with its name where the server has
   * its schema's; with `isFirst` also those that are about no keyspace.
   */
  systemRows(keyspace: string, sql: string, isFirst: boolean): AsyncIterable<Result>;

  /** A user variable of the session; undefined for one that has no value. */
  userVariable(name: string): BindVariable | undefined;
  setUserVariable(name: string, type: number, value: Value): void;

  /** Tells how many rows and bytes a statement has loaded, for metrics. */
  loaded(rows: number, bytes: number): void;
}

export interface ScratchReads {
  stream(shards: readonly ResolvedShard[], queries: readonly BoundQuery[]): AsyncIterable<Result>[];
  /** Ends what `openReads` has opened for these reads alone. Never rejects. */
  close(): Promise<void>;
}

export interface ScratchConnection {
  /** The server's time when the connection was opened: Unix seconds with six decimals. */
  readonly openedAt: string;
  /** SET statements that make the connection read expressions as the session does. */
  readonly settings: readonly string[];
  execute(query: BoundQuery): Promise<Result>;
  /** The first result has the fields. Ending the iteration early ends the query. */
  stream(query: BoundQuery): AsyncIterable<Result>;
  /** Closes it, with all temporary tables that it has. Never rejects. */
  close(): Promise<void>;
}
