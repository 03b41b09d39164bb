import type { Destination, KeyspaceId } from '@vitess-ts/key';
import type { TypedValue } from '@vitess-ts/sqltypes';
import type { LookupDefinition } from './lookup/model';

/**
 * Which values a vindex gives the same keyspace id, so that routing knows when values that MySQL calls equal stay
 * together: `integer` same 64-bit integer (any other value has no keyspace id), `bytes` same bytes, `looseText` same
 * letters (case, accents, width and trailing spaces apart), `constant` all.
 */
export type Sameness = 'integer' | 'bytes' | 'looseText' | 'constant';

/** A function or lookup table from column values to keyspace ids, as a vschema defines it. Immutable. */
export interface Vindex {
  /** The name in the vschema. */
  readonly name: string;
  /** The kind of vindex: `hash`, `xxhash`, ... */
  readonly type: string;
  /** Orders vindexes by what a look-up takes: 0 the value is the keyspace id, 1 it is computed, 2 and more a query. */
  readonly cost: number;
  /** Each value belongs to at most one keyspace id. A primary vindex must be unique. */
  readonly isUnique: boolean;
  /** The map needs queries. */
  readonly needsVCursor: boolean;
  readonly params: Readonly<Record<string, string>>;
  /** Absent: unknown, and values are never routed by this vindex. */
  readonly sameness?: Sameness;
  /** Parameters that the type does not know; ApplyVSchema reports them, everything else ignores them. */
  readonly unknownParams: readonly string[];
}

/** A vindex over one column that is computed without queries. */
export interface SingleColumnVindex extends Vindex {
  /**
   * One destination a value. A value that can have no keyspace id gives `none`: the caller must have converted it
   * to the column's type before (`routingValue`), or rows that MySQL would call equal are missed.
   */
  map(values: readonly TypedValue[]): Destination[];
  /** Whether each value belongs to the keyspace id at the same index. Throws as `hash`. */
  verify(values: readonly TypedValue[], ids: readonly KeyspaceId[]): boolean[];
}

/** A vindex over several columns that is computed without queries. */
export interface MultiColumnVindex extends Vindex {
  /** One for each column. */
  readonly samenesses: readonly Sameness[];
  /** The first columns alone give a range of keyspace ids. */
  readonly partial: boolean;
  /** One destination a row of values; rows may have the first columns only where the vindex is `partial`. */
  mapRows(rows: readonly (readonly TypedValue[])[]): Destination[];
  /** Whether each row of values belongs to the keyspace id at the same index. */
  verifyRows(rows: readonly (readonly TypedValue[])[], ids: readonly KeyspaceId[]): boolean[];
}

/** A vindex whose keyspace ids begin alike where values do. */
export interface PrefixVindex extends SingleColumnVindex {
  /** Where all values that begin with these bytes lie. */
  mapPrefix(prefix: Buffer): Destination;
}

/** A vindex that is a table: from column values to keyspace ids. `LookupOperations` reads and writes it. */
export interface LookupVindex extends Vindex {
  readonly lookup: LookupDefinition;
}

/** A vindex that is a pure function of the value. */
export interface Hashing extends SingleColumnVindex {
  /** The value's keyspace id. Throws `VtError` INVALID_ARGUMENT when it can have none. */
  hash(value: TypedValue): KeyspaceId;
}

/** A vindex whose values can be computed back from keyspace ids. */
export interface Reversible extends Hashing {
  /** The value of each keyspace id. Throws `VtError` INVALID_ARGUMENT for an id that the vindex never gives. */
  reverseMap(ids: readonly KeyspaceId[]): TypedValue[];
}

export function isHashing(vindex: Vindex): vindex is Hashing {
  return typeof (vindex as Partial<Hashing>).hash === 'function';
}

export function isReversible(vindex: Vindex): vindex is Reversible {
  return typeof (vindex as Partial<Reversible>).reverseMap === 'function';
}

export function isSingleColumn(vindex: Vindex): vindex is SingleColumnVindex {
  return typeof (vindex as Partial<SingleColumnVindex>).map === 'function';
}

export function isMultiColumn(vindex: Vindex): vindex is MultiColumnVindex {
  return typeof (vindex as Partial<MultiColumnVindex>).mapRows === 'function';
}

export function isPrefix(vindex: Vindex): vindex is PrefixVindex {
  return typeof (vindex as Partial<PrefixVindex>).mapPrefix === 'function';
}

export function isLookup(vindex: Vindex): vindex is LookupVindex {
  return (vindex as Partial<LookupVindex>).lookup !== undefined;
}
