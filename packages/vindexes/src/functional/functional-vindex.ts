import { noShard, toKeyspaceId } from '@vitess-ts/key';
import type { Destination, KeyspaceId } from '@vitess-ts/key';
import { typeName } from '@vitess-ts/sqltypes';
import type { TypedValue } from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';
import type { Hashing, Reversible, Sameness } from '../vindex';

/** What makes one functional vindex differ from another. `make` runs once a vindex, so that it may hold a cipher. */
export interface FunctionalType {
  readonly type: string;
  readonly cost: number;
  readonly sameness: Sameness;
  make(): KeyspaceIdFunction;
}

export interface KeyspaceIdFunction {
  /** The keyspace id of a value, or null when it can have none. */
  hash(value: TypedValue): KeyspaceId | null;
  /** The value of a keyspace id, or null when the function never gives that id. */
  reverse?(id: KeyspaceId): TypedValue | null;
}

export class FunctionalVindex implements Hashing {
  readonly type: string;
  readonly cost: number;
  readonly sameness: Sameness;
  readonly isUnique = true;
  readonly needsVCursor = false;
  readonly unknownParams: readonly string[];

  constructor(
    readonly name: string,
    kind: FunctionalType,
    readonly params: Readonly<Record<string, string>>,
    protected readonly fn: KeyspaceIdFunction,
    unknownParams: readonly string[] = Object.keys(params),
  ) {
    this.type = kind.type;
    this.cost = kind.cost;
    this.sameness = kind.sameness;
    this.unknownParams = unknownParams;
  }

  hash(value: TypedValue): KeyspaceId {
    const id = this.fn.hash(value);
    if (id) return id;
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `vindex ${this.name} (${this.type}) has no keyspace id for ${describe(value)}`,
    );
  }

  map(values: readonly TypedValue[]): Destination[] {
    return values.map((value) => {
      const id = this.fn.hash(value);
      return id ? toKeyspaceId(id) : noShard;
    });
  }

  verify(values: readonly TypedValue[], ids: readonly KeyspaceId[]): boolean[] {
    return values.map((value, i) => this.hash(value).equals(ids[i]));
  }
}

class ReversibleVindex extends FunctionalVindex implements Reversible {
  reverseMap(ids: readonly KeyspaceId[]): TypedValue[] {
    return ids.map((id) => {
      const value = this.fn.reverse?.(id);
      if (value) return value;
      const hex = id.toString('hex');
      throw new VtError(
        Code.INVALID_ARGUMENT,
        `vindex ${this.name} (${this.type}) never gives keyspace id ${hex.length > 64 ? `${hex.slice(0, 64)}…` : hex}`,
      );
    });
  }
}

export function makeFunctionalVindex(
  kind: FunctionalType,
  name: string,
  params: Readonly<Record<string, string>>,
): Hashing {
  const fn = kind.make();
  return new (fn.reverse ? ReversibleVindex : FunctionalVindex)(name, kind, params, fn);
}

function describe(value: TypedValue): string {
  const text = value.value
    .subarray(0, 64)
    .toString('latin1')
    .replace(/[^ -~]/g, '.');
  return value.value.length > 64 ? `${typeName(value.type)} "${text}…"` : `${typeName(value.type)} "${text}"`;
}
