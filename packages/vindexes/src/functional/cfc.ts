import type { Destination, KeyspaceId } from '@vitess-ts/key';
import { allShards } from '@vitess-ts/key';
import type { TypedValue } from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';
import { rangeOfPrefix } from '../multi/multi-column-vindex';
import { invalidParam } from '../params';
import type { PrefixVindex } from '../vindex';
import { md5 } from './binary';
import { FunctionalVindex } from './functional-vindex';
import { bytesOf } from './input';
import { xxh64 } from './xxh64';

type Params = Readonly<Record<string, string>>;

/**
 * A key made of parts of fixed width, one after the other. Without `hash` its bytes are the keyspace id; with it
 * (`md5`, `xxhash64`) the hashes of the parts are, that end at `offsets`. Keys that begin alike lie together, so that
 * `LIKE 'ab%'` reaches the shards of a range.
 */
export class Cfc extends FunctionalVindex implements PrefixVindex {
  constructor(name: string, params: Params) {
    const hash = hashOf(name, params);
    const offsets = hash === undefined ? [] : offsetsOf(name, params);
    const idOf = (value: TypedValue): KeyspaceId | null => {
      const bytes = bytesOf(value);
      if (bytes === null || bytes.length < (offsets.at(-1) ?? 0)) return null;
      return hash === undefined ? Buffer.from(bytes) : Buffer.concat(partsOf(bytes, offsets).map(hash));
    };
    const known = ['hash', 'offsets'];
    super(
      name,
      { type: 'cfc', cost: 1, sameness: 'bytes', make: () => ({ hash: idOf }) },
      params,
      { hash: idOf },
      Object.keys(params).filter((param) => !known.includes(param)),
    );
    this.prefixHash = (prefix) => {
      if (hash === undefined) return prefix;
      const whole = offsets.filter((offset) => offset <= prefix.length);
      const isWholeKey = whole.length === offsets.length;
      const end = isWholeKey ? (whole.at(-1) ?? 0) : prefix.length;
      // The last part has no end: what is given of it is only its beginning.
      return Buffer.concat(partsOf(prefix.subarray(0, end), whole).slice(0, whole.length).map(hash));
    };
  }

  private readonly prefixHash: (prefix: Buffer) => Buffer;

  mapPrefix(prefix: Buffer): Destination {
    return prefix.length === 0 ? allShards : rangeOfPrefix(Buffer.from(this.prefixHash(prefix)));
  }
}

/** The parts that end at the offsets, and what follows the last. */
function partsOf(bytes: Buffer, offsets: readonly number[]): Buffer[] {
  const parts = offsets.map((offset, i) => bytes.subarray(i === 0 ? 0 : offsets[i - 1], offset));
  const rest = bytes.subarray(offsets.at(-1) ?? 0);
  return rest.length > 0 ? [...parts, rest] : parts;
}

function hashOf(name: string, params: Params): ((part: Buffer) => Buffer) | undefined {
  const hash = params.hash ?? '';
  // No longer than what it stands for.
  const short = (sum: (bytes: Buffer) => Buffer) => (part: Buffer) => sum(part).subarray(0, part.length);
  switch (hash) {
    case '':
      return undefined;
    case 'md5':
      return short(md5);
    case 'xxhash64':
      return short(xxh64);
    default:
      throw invalidParam(name, 'hash', hash, "must be 'md5' or 'xxhash64'");
  }
}

function offsetsOf(name: string, params: Params): number[] {
  const text = params.offsets ?? '';
  if (text === '') {
    throw new VtError(Code.INVALID_ARGUMENT, `vindex ${name}: cfc needs the param 'offsets' with 'hash'`);
  }
  const match = /^\s*\[([\d\s,]+)\]\s*$/.exec(text);
  const offsets = match === null ? [] : match[1].split(',').map((part) => Number(part.trim() || NaN));
  const isSorted = offsets.every((offset, i) => offset > (i === 0 ? 0 : offsets[i - 1]));
  if (offsets.length > 0 && isSorted) return offsets;
  throw invalidParam(name, 'offsets', text, 'must be a list of growing numbers above 0 in brackets');
}
