import { gunzipSync } from 'node:zlib';
import { collationClassesData } from './collation-classes-data';

/** First and last code point of one range after the other. */
export type Ranges = readonly number[];

export type ByClass = readonly [number, Ranges];

/**
 * What is measured of one collation, by `tools/collation-classes`. A *token* is one weight of the collation; a text's
 * tokens are those of its characters, and texts are equal when their tokens are. *Marked* are the tokens of which the
 * loose key is not certain; all others have the same key wherever they come from.
 */
export interface CollationClassesData {
  /** Characters with a token that too many keys belong to, and characters that the character set lacks. */
  open: Ranges;
  /** For a marked token: its characters, and one text for each of its keys. */
  groups: readonly (readonly [string, readonly string[]])[];
  /** Marked tokens of one character each, with one key. */
  single: string;
  /** Characters of several tokens, some of them marked, with one character for each token. */
  expansions: readonly (readonly [string, string])[];
  /**
   * Marked tokens one after the other that also have a key of their own, as characters, and a text that has this key;
   * one string when that is the same.
   */
  sequences: readonly (string | readonly [string, string])[];
  /**
   * Characters by combining class: the key of one of `after` behind one of `before` with a greater class is not that
   * of its parts, unless both are `fixed`, which means that nothing else equals them.
   */
  order: { before: readonly ByClass[]; after: readonly ByClass[]; fixed: Ranges };
  /**
   * Characters that the collation ignores and the loose key does not, or that the key puts elsewhere than they stand:
   * of a text without them, equal texts with them may have any key.
   */
  hidden: string;
  /** Characters that equal a space; at the end of a text the loose key leaves out only spaces themselves. */
  spaces: string;
}

export function loadCollationClasses(): ReadonlyMap<string, CollationClassesData> {
  const text = gunzipSync(Buffer.from(collationClassesData, 'base64')).toString();
  return new Map(Object.entries(JSON.parse(text) as Record<string, CollationClassesData>));
}
