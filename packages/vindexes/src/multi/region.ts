import type { TypedValue } from '@vitess-ts/sqltypes';
import { hash } from '../functional/hash';
import { bytesOf, uint64Of } from '../functional/input';
import { invalidParam, jsonParam, numberParam } from '../params';
import { FunctionalMultiColumnVindex } from './multi-column-vindex';

type Params = Readonly<Record<string, string>>;

/** `(region, id)`: 1 or 2 bytes of the region's number, then the hash of the id. */
export function regionExperimental(name: string, params: Params): FunctionalMultiColumnVindex {
  const bytes = regionBytes(name, params);
  const { hash: hashOf } = hash.make();
  return new FunctionalMultiColumnVindex(
    name,
    {
      type: 'region_experimental',
      cost: 1,
      samenesses: ['integer', 'integer'],
      partial: true,
      knownParams: ['region_bytes'],
      hash([region, id]) {
        const number = uint64Of(region);
        if (number === null) return null;
        const prefix = regionPrefix(number, bytes);
        return id === undefined ? prefix : joined(prefix, hashOf(id));
      },
    },
    params,
  );
}

/** `(id, country)`: 1 or 2 bytes of the number that `region_map` has for the country, then the hash of the id. */
export function regionJson(name: string, params: Params): FunctionalMultiColumnVindex {
  const bytes = regionBytes(name, params);
  const regions = regionMap(name, params);
  const { hash: hashOf } = hash.make();
  return new FunctionalMultiColumnVindex(
    name,
    {
      type: 'region_json',
      cost: 1,
      samenesses: ['integer', 'bytes'],
      partial: false,
      knownParams: ['region_bytes', 'region_map'],
      hash([id, country]) {
        const region = regions.get(textOf(country));
        return region === undefined ? null : joined(regionPrefix(region, bytes), hashOf(id));
      },
    },
    params,
  );
}

function textOf(value: TypedValue): string {
  return (bytesOf(value) ?? Buffer.alloc(0)).toString('utf8');
}

function joined(prefix: Buffer, rest: Buffer | null): Buffer | null {
  return rest && Buffer.concat([prefix, rest]);
}

function regionPrefix(region: bigint, bytes: number): Buffer {
  const prefix = Buffer.allocUnsafe(2);
  prefix.writeUInt16BE(Number(region & 0xffffn));
  return bytes === 1 ? prefix.subarray(1) : prefix;
}

function regionBytes(name: string, params: Params): number {
  const bytes = numberParam(name, params, 'region_bytes');
  if (bytes !== 1 && bytes !== 2)
    throw invalidParam(name, 'region_bytes', params.region_bytes, 'must be 1 or 2');
  return bytes;
}

function regionMap(name: string, params: Params): Map<string, bigint> {
  const entries = Object.entries(jsonParam(name, params, 'region_map'));
  return new Map(
    entries.map(([country, region]) => {
      if (typeof region !== 'number' || !Number.isSafeInteger(region) || region < 0) {
        throw invalidParam(name, 'region_map', country, 'must map each country to a number of 0 or more');
      }
      return [country, BigInt(region)];
    }),
  );
}
