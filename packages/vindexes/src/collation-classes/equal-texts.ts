/** More texts than this are not tried one by one. */
const maxTexts = 64;
/** Has no loose key and keeps what stands on its sides from forming a contraction. */
const separator = '\0';

/** A character of a text. */
export interface Item {
  text: string;
  /** The character that stands for all that equal it, if the loose key of these is not certain. */
  canonical?: string;
  /** It has no loose key, so parts of a contraction may stand on its sides. */
  isKeyless: boolean;
}

interface Sequence {
  tokens: string[];
  text: string;
}

/** Puts together the texts that stand for all loose keys of one text's equals. */
export class EqualTexts {
  private readonly sequences = new Map<string, Sequence[]>();

  /** See `groups` and `sequences` of `CollationClassesData`. */
  constructor(
    private readonly texts: ReadonlyMap<string, readonly string[]>,
    sequences: readonly (string | readonly [string, string])[],
  ) {
    for (const sequence of sequences) {
      const [canonical, text] = typeof sequence === 'string' ? [sequence, sequence] : sequence;
      const tokens = [...canonical];
      const list = this.sequences.get(tokens[0]);
      if (list) list.push({ tokens, text });
      else this.sequences.set(tokens[0], [{ tokens, text }]);
    }
  }

  /** At most 64; undefined when there are more. */
  of(items: readonly Item[]): string[] | undefined {
    /** The texts so far that take the items up to an index. */
    const upTo: Set<string>[] = items.map(() => new Set<string>());
    upTo.push(new Set());
    upTo[0].add('');
    for (let i = 0; i < items.length; i++) {
      const { text, canonical } = items[i];
      if (canonical === undefined) this.append(upTo, i, i + 1, [text], '');
      else {
        const single = this.texts.get(canonical) ?? [canonical];
        this.append(upTo, i, i + 1, single, separator);
        for (const sequence of this.sequences.get(canonical) ?? []) {
          const end = endOfSequence(items, i, sequence.tokens);
          if (end !== undefined) this.append(upTo, i, end, [sequence.text], separator);
        }
      }
      if (upTo.some((set) => set.size > maxTexts)) return undefined;
      upTo[i].clear();
    }
    return [...upTo[items.length]];
  }

  private append(
    upTo: Set<string>[],
    from: number,
    to: number,
    texts: readonly string[],
    around: string,
  ): void {
    for (const start of upTo[from]) for (const text of texts) upTo[to].add(start + around + text + around);
  }
}

/** The index behind the last token when the items from `at` on are these tokens. */
function endOfSequence(items: readonly Item[], at: number, tokens: readonly string[]): number | undefined {
  let end = at;
  for (const token of tokens) {
    while (end > at && items[end]?.isKeyless) end++;
    if (items[end]?.canonical !== token) return undefined;
    end++;
  }
  return end;
}
