import { looseKeys, once } from '../unicode-loose/unicode-loose';
import { CollationClasses } from './collation-classes';
import { loadCollationClasses } from './load';

/** What is known of how a collation compares: `bytes` calls only equal text equal, up to trailing spaces. */
export type Comparison = 'bytes' | CollationClasses | 'unknown';

/** The classes of a collation by its name, as the schema has it. */
export function comparisonOf(collation: string): Comparison {
  const name = collation.toLowerCase();
  if (/^(?:utf8mb4|utf8mb3|utf8|latin1|ascii)_(?:nopad_)?bin$/.test(name)) return 'bytes';
  if (name === 'utf8mb4_0900_bin') return 'bytes';
  return classes().get(measuredName(name)) ?? 'unknown';
}

/** All forms of UTF-8 compare the same; a collation without padding calls no more texts equal than one with it. */
function measuredName(name: string): string {
  return name.replace(/^utf8(?:mb3)?_/, 'utf8mb4_').replace('_nopad_', '_');
}

/** Unpacked once, for the first value that needs it. */
const classes = once(() => {
  const keys = looseKeys();
  const isKeyless = (character: string): boolean =>
    character !== ' ' && keys.key(Buffer.from(character))?.length === 0;
  return new Map(
    [...loadCollationClasses()].map(([name, data]) => [name, new CollationClasses(data, isKeyless)]),
  );
});
