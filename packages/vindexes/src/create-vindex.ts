import { Code, VtError } from '@vitess-ts/vterrors';
import { binary, binaryMd5 } from './functional/binary';
import { makeFunctionalVindex } from './functional/functional-vindex';
import { Cfc } from './functional/cfc';
import { hash } from './functional/hash';
import { nullVindex } from './functional/null';
import { numeric } from './functional/numeric';
import { numericStaticMap } from './functional/numeric-static-map';
import { reverseBits } from './functional/reverse-bits';
import { xxhash } from './functional/xxhash';
import { lookupTypes } from './lookup/lookup-definition';
import { multicol } from './multi/multicol';
import { regionExperimental, regionJson } from './multi/region';
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

/** Makes the vindexes that others are made of. */
type CreateVindex = (type: string, name: string, params: Readonly<Record<string, string>>) => Vindex;

/** Types whose vindexes use others. */
const composed: readonly (readonly [
  string,
  (...args: [...Parameters<VindexFactory>, CreateVindex]) => Vindex,
])[] = [
  ['numeric_static_map', numericStaticMap],
  ['multicol', multicol],
];

const plain: readonly (readonly [string, VindexFactory])[] = [
  ...functional.map(
    (kind) =>
      [kind.type, (name, params) => makeFunctionalVindex(kind, name, params)] as [string, VindexFactory],
  ),
  ['cfc', (name, params) => new Cfc(name, params)],
  ['region_experimental', regionExperimental],
  ['region_json', regionJson],
  ...lookupTypes.map(({ type, make }): [string, VindexFactory] => [type, make]),
];

/** The types that are built in. Spread it into a new map to add types of an application. */
export const builtinVindexes: VindexRegistry = new Map([
  ...plain,
  ...composed.map(([type, make]): [string, VindexFactory] => [
    type,
    (name, params) => make(name, params, createVindex),
  ]),
]);

/** Makes a vindex. Throws `VtError` INVALID_ARGUMENT for a type that the registry does not have. */
export function createVindex(
  type: string,
  name: string,
  params: Readonly<Record<string, string>> = {},
  registry: VindexRegistry = builtinVindexes,
): Vindex {
  const factory = registry.get(type);
  if (factory) return factory(name, Object.freeze({ ...params }));
  const available = [...registry.keys()].sort().join(', ');
  throw new VtError(Code.INVALID_ARGUMENT, `vindexType "${type}" not found: use one of ${available}`);
}
