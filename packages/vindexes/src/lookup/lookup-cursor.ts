import type { KeyspaceId } from '@vitess-ts/key';
import type { BindVariables, Result, TypedValue } from '@vitess-ts/sqltypes';

/**
 * In which transaction a lookup table is read or written: the session's own, one that commits before it or after it, or
 * none.
 */
export type LookupOrder = 'normal' | 'pre' | 'post' | 'autocommit';

/** An entry of a lookup table. */
export interface LookupEntry {
  /** The keyspace that the vindex is of. */
  keyspace: string;
  vindex: string;
  /** One for each `from` column. */
  values: TypedValue[];
  id: KeyspaceId;
  /** Values of the columns of the owner's primary vindex in the row that the entry was of. */
  place: TypedValue[];
}

/** What a lookup needs of the gate: it runs statements on the lookup's table for the session's statement. */
export interface LookupCursor {
  /** The statement writes, in a transaction: what it reads stays as it is until that ends. */
  readonly locksReads: boolean;
  execute(sql: string, bindVariables: BindVariables, order: LookupOrder): Promise<Result>;
  /** Runs a query of the owner's rows on the shard of a keyspace id. */
  executeAt(
    keyspace: string,
    id: KeyspaceId,
    sql: string,
    bindVariables: BindVariables,
    order: 'normal' | 'post',
  ): Promise<Result>;
  /** The entry goes when the transaction has committed: until then readers may need it. */
  removeLater(entry: LookupEntry): void;
  /** The entries of a vindex that are to go. */
  removals(keyspace: string, vindex: string): readonly LookupEntry[];
  /** Takes `removeLater` of this entry back. */
  keep(entry: LookupEntry): void;
}
