import type { Destination, KeyspaceId } from '@vitess-ts/key';
import { allShards, noShard, toKeyspaceId } from '@vitess-ts/key';
import type { TypedValue } from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { MultiColumnVindex, Sameness } from '../vindex';

/** What makes one vindex over several columns differ from another. */
export interface MultiColumnFunction {
  readonly type: string;
  readonly cost: number;
  /** One for each column, in the vschema's order. */
  readonly samenesses: readonly Sameness[];
  /** The columns in the order in which they make up the keyspace id; a prefix of them is enough for a range. */
  readonly partial: boolean;
  readonly knownParams: readonly string[];
  /** The keyspace id of values (its beginning, of fewer than all), or null when they have none. */
  hash(values: readonly TypedValue[]): KeyspaceId | null;
}

/** A vindex over several columns that is computed without queries. */
export class FunctionalMultiColumnVindex implements MultiColumnVindex {
  readonly type: string;
  readonly cost: number;
  readonly isUnique = true;
  readonly needsVCursor = false;
  readonly unknownParams: readonly string[];
  readonly samenesses: readonly Sameness[];
  readonly partial: boolean;

  constructor(
    readonly name: string,
    private readonly fn: MultiColumnFunction,
    readonly params: Readonly<Record<string, string>>,
  ) {
    this.type = fn.type;
    this.cost = fn.cost;
    this.samenesses = fn.samenesses;
    this.partial = fn.partial;
    this.unknownParams = Object.keys(params).filter((p) => !fn.knownParams.includes(p));
  }

  mapRows(rows: readonly (readonly TypedValue[])[]): Destination[] {
    return rows.map((row) => this.destination(row));
  }

  verifyRows(rows: readonly (readonly TypedValue[])[], ids: readonly KeyspaceId[]): boolean[] {
    return rows.map((row, i) => this.fn.hash(row)?.equals(ids[i]) ?? false);
  }

  private destination(row: readonly TypedValue[]): Destination {
    const columns = this.samenesses.length;
    if (row.length === 0 || row.length > columns || (row.length < columns && !this.partial)) {
      const text = `vindex ${this.name} (${this.type}) takes ${columns} values, not ${row.length}`;
      throw new VtError(Code.INTERNAL, text);
    }
    const id = this.fn.hash(row);
    if (id === null) return noShard;
    return row.length === columns ? toKeyspaceId(id) : rangeOfPrefix(id);
  }
}

/** All keyspace ids that begin with `prefix`. */
export function rangeOfPrefix(prefix: Buffer): Destination {
  if (prefix.length === 0) return allShards;
  const end = Buffer.from(prefix);
  let i = end.length - 1;
  while (i >= 0 && end[i] === 255) end[i--] = 0;
  if (i >= 0) end[i]++;
  return { kind: 'keyRange', range: { start: prefix, end: i < 0 ? Buffer.alloc(0) : end } };
}
