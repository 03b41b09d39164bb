/** The loose keys of characters and contractions, as hexadecimal digits, and what else their tables say. */
export class LooseTexts {
  constructor(root, loose) {
    this.root = root;
    this.loose = loose;
  }

  /** The key of a character that stands in a text: at its end a space has none. */
  ofCharacter(codePoint) {
    const elements = this.root.elements.get(codePoint);
    if (elements) return digits(elements);
    return this.loose.key(Buffer.from(String.fromCodePoint(codePoint))).toString('hex');
  }

  contractions() {
    const list = [];
    const walk = (node, codePoints) => {
      if (node.elements) list.push({ codePoints, key: digits(node.elements) });
      for (const [c, next] of node.next) walk(next, [...codePoints, c]);
    };
    for (const [c, node] of this.root.contractions) walk(node, [c]);
    return list;
  }

  /**
   * Tokens of characters that have both a key and a combining class, so that the order of the text is not that of
   * the key: the highest class among those that end in a token, the lowest among those that begin with it.
   */
  orderedCharacters(tokens) {
    const highest = new Map();
    const lowest = new Map();
    const note = (elements, list) => {
      const classes = elements.filter((e) => e >= 256 && e % 256 > 0).map((e) => e % 256);
      if (classes.length === 0 || list.length === 0) return;
      highest.set(list.at(-1), Math.max(highest.get(list.at(-1)) ?? 0, ...classes));
      lowest.set(list[0], Math.min(lowest.get(list[0]) ?? 256, ...classes));
    };
    for (const [c, elements] of this.root.elements) if (tokens.of.has(c)) note(elements, tokens.of.get(c));
    const walk = (node, codePoints) => {
      if (node.elements && codePoints.every((c) => tokens.of.has(c)))
        note(node.elements, tokens.ofAll(codePoints));
      for (const [c, next] of node.next) walk(next, [...codePoints, c]);
    };
    for (const [c, node] of this.root.contractions) walk(node, [c]);
    return { highest, lowest };
  }
}

/** Weights up to 7fff in two bytes, others in three with the high bit set, as in the key. */
function digits(elements) {
  return elements
    .map((e) => Math.floor(e / 256))
    .filter((primary) => primary > 0)
    .map((p) => (p > 0x7fff ? (p | 0x800000).toString(16) : p.toString(16).padStart(4, '0')))
    .join('');
}
