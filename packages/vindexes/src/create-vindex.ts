import { Code, VtError } from '@vitess-ts/vterrors';
import { binary, binaryMd5 } from './functional/binary';
import { makeFunctionalVindex } from './functional/functional-vindex';
import { hash } from './functional/hash';
import { nullVindex } from './functional/null';
import { numeric } from './functional/numeric';
import { reverseBits } from './functional/reverse-bits';
import { xxhash } from './functional/xxhash';
import { unicodeLooseMd5, unicodeLooseXxhash } from './unicode-loose/unicode-loose';
import type { Vindex } from './vindex';

/** Makes a vindex of one type. Throws `VtError` INVALID_ARGUMENT for parameters that cannot be used. */
export type VindexFactory = (name: string, params: Readonly<Record<string, string>>) => Vindex;

/** Vindex types by name. */
export type VindexRegistry = ReadonlyMap<string, VindexFactory>;

const functional = [
  hash,
  numeric,
  reverseBits,
  binary,
  binaryMd5,
  xxhash,
  unicodeLooseMd5,
  unicodeLooseXxhash,
  nullVindex,
];

/** Types of Vitess that are not built here yet: known by name, so that the error can say so. */
const notBuilt: ReadonlySet<string> = new Set([
  'cfc',
  'consistent_lookup',
  'consistent_lookup_unique',
  'lookup',
  'lookup_hash',
  'lookup_hash_unique',
  'lookup_unicodeloosemd5_hash',
  'lookup_unicodeloosemd5_hash_unique',
  'lookup_unique',
  'multicol',
  'numeric_static_map',
  'region_experimental',
  'region_json',
]);

/** The types that are built in. Spread it into a new map to add types of an application. */
export const builtinVindexes: VindexRegistry = new Map(
  functional.map((kind): [string, VindexFactory] => [
    kind.type,
    (name, params) => makeFunctionalVindex(kind, name, params),
  ]),
);

/**
 * Makes a vindex. Throws UNIMPLEMENTED for a type of Vitess that is not built here, INVALID_ARGUMENT for a type that
 * nobody knows.
 */
export function createVindex(
  type: string,
  name: string,
  params: Readonly<Record<string, string>> = {},
  registry: VindexRegistry = builtinVindexes,
): Vindex {
  const factory = registry.get(type);
  if (factory) return factory(name, Object.freeze({ ...params }));
  const available = [...registry.keys()].sort().join(', ');
  throw notBuilt.has(type)
    ? new VtError(Code.UNIMPLEMENTED, `vindexType "${type}" is not supported yet: use one of ${available}`)
    : new VtError(Code.INVALID_ARGUMENT, `vindexType "${type}" not found: use one of ${available}`);
}
