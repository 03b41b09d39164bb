import type { KeyspaceId } from '@vitess-ts/key';
import type { TypedValue } from '@vitess-ts/sqltypes';
import { Code, VtError } from '@vitess-ts/vterrors';
import { fileText, invalidParam } from '../params';
import type { Hashing, Vindex } from '../vindex';
import { isHashing } from '../vindex';
import { FunctionalVindex } from './functional-vindex';
import { bigEndian, maxUint64, uint64Of } from './input';

type Params = Readonly<Record<string, string>>;
const ownParams = ['json', 'json_path', 'fallback_type'];

/**
 * The number that the map (`json`, or the file `json_path`) has for the value, big-endian in 8 bytes. Values that it
 * has not go by the vindex `fallback_type`, which has the other parameters; without one they are taken as they are.
 */
export function numericStaticMap(
  name: string,
  params: Params,
  create: (type: string, name: string, params: Params) => Vindex,
): Hashing {
  const numbers = staticMap(name, params);
  const fallback = fallbackOf(name, params, create);
  const used = fallback === undefined ? [] : Object.keys(fallback.params);
  const known = new Set([...ownParams, ...used.filter((p) => !fallback?.unknownParams.includes(p))]);
  const hash = (value: TypedValue): KeyspaceId | null => {
    const n = uint64Of(value);
    if (n === null) return null;
    const mapped = numbers.get(n);
    if (mapped !== undefined) return bigEndian(mapped);
    if (fallback === undefined) return bigEndian(n);
    const [destination] = fallback.map([value]);
    return destination.kind === 'keyspaceId' ? destination.id : null;
  };
  return new FunctionalVindex(
    name,
    { type: 'numeric_static_map', cost: 1, sameness: 'integer', make: () => ({ hash }) },
    params,
    { hash },
    Object.keys(params).filter((param) => !known.has(param)),
  );
}

function fallbackOf(
  name: string,
  params: Params,
  create: (type: string, name: string, params: Params) => Vindex,
): Hashing | undefined {
  const type = params.fallback_type;
  if (type === undefined || type === '') return undefined;
  const rest = Object.fromEntries(Object.entries(params).filter(([param]) => !ownParams.includes(param)));
  const made = type === 'numeric_static_map' ? undefined : create(type, `${name}_fallback`, rest);
  if (made !== undefined && isHashing(made) && !made.needsVCursor) return made;
  throw new VtError(
    Code.INVALID_ARGUMENT,
    `vindex ${name}: param 'fallback_type' must be a vindex that hashes one column, not '${type}'`,
  );
}

function staticMap(name: string, params: Params): Map<bigint, bigint> {
  const { json, json_path: path } = params;
  if ((json === undefined) === (path === undefined)) {
    throw new VtError(
      Code.INVALID_ARGUMENT,
      `vindex ${name}: numeric_static_map takes one of the params 'json' and 'json_path'`,
    );
  }
  const param = json === undefined ? 'json_path' : 'json';
  const text = json ?? fileText(name, 'json_path', path);
  // JSON numbers are read by hand: those above 2^53 must stay exact.
  const body = /^\s*\{([\s\S]*)\}\s*$/.exec(text)?.[1];
  if (body === undefined) throw invalidParam(name, param, text, 'must be a JSON object');
  const numbers = new Map<bigint, bigint>();
  if (body.trim() === '') return numbers;
  for (const entry of body.split(',')) {
    const match = /^\s*"(\d{1,20})"\s*:\s*(\d{1,20})\s*$/.exec(entry);
    const [from, to] = match === null ? [-1n, -1n] : [BigInt(match[1]), BigInt(match[2])];
    if (match === null || from > maxUint64 || to > maxUint64) {
      throw invalidParam(name, param, entry.trim(), 'must map numbers in quotes to numbers, both of 64 bits');
    }
    numbers.set(from, to);
  }
  return numbers;
}
