export type ReadLock = 'exclusive' | 'shared' | 'none';

/** What a lookup vindex is: its table, and how that is read and written. */
export interface LookupDefinition {
  /** As the vschema names it: `table`, or `keyspace.table`. */
  readonly table: string;
  readonly fromColumns: readonly string[];
  readonly toColumn: string;
  /** `unhashed`: the column holds the number whose hash the keyspace id is. */
  readonly to: 'keyspaceId' | 'unhashed';
  /** `looseHash`: the column holds a number made of the text without regard to case and accents. */
  readonly from: 'value' | 'looseHash';
  /** Entries are committed before the rows that they are of, and removed after them. */
  readonly consistent: boolean;
  /** Entries are committed at once, and never removed. */
  readonly autocommit: boolean;
  readonly multiShardAutocommit: boolean;
  readonly ignoreNulls: boolean;
  readonly batchLookup: boolean;
  readonly readLock: ReadLock;
  /** Nothing is routed by it yet. */
  readonly writeOnly: boolean;
  /** Rows that name an entry are not checked against it. */
  readonly noVerify: boolean;
}
