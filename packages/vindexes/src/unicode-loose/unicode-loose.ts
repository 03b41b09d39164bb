import type { FunctionalType, KeyspaceIdFunction } from '../functional/functional-vindex';
import { md5 } from '../functional/binary';
import { bytesOf } from '../functional/input';
import { xxh64 } from '../functional/xxh64';
import { LooseKeys } from './loose-key';
import { loadRootCollation } from './root-collation';

/** MD5 of the loose key of the text: texts that differ in case, accents or trailing spaces have the same id. */
export const unicodeLooseMd5: FunctionalType = {
  type: 'unicode_loose_md5',
  cost: 1,
  sameness: 'looseText',
  make: () => looseHash(md5),
};

/** As unicode_loose_md5, with XXH64 in place of MD5. */
export const unicodeLooseXxhash: FunctionalType = {
  type: 'unicode_loose_xxhash',
  cost: 1,
  sameness: 'looseText',
  make: () => looseHash(xxh64),
};

/** Text that is not valid UTF-8 has no keyspace id. */
function looseHash(sum: (key: Buffer) => Buffer): KeyspaceIdFunction {
  return {
    hash(value) {
      const bytes = bytesOf(value);
      const key = bytes && looseKeys().key(bytes);
      return key && sum(key);
    },
  };
}

/** Unpacking takes milliseconds and gives the same every time: done once, for the first value that needs it. */
export const looseKeys = once(() => new LooseKeys(loadRootCollation()));

export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
