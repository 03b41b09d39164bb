/** The weights of a collation: each character as a list of tokens, one for each weight. */
export class Tokens {
  /** Tokens of each code point; none for those that the collation ignores. */
  of = new Map();
  /** Code points whose only token is this one. */
  members = new Map();

  constructor(weights, { digits, uca = false }) {
    this.uca = uca;
    for (const [codePoint, weight] of weights) {
      const tokens = split(weight, digits, uca);
      this.of.set(codePoint, tokens);
      if (tokens.length === 1) addTo(this.members, tokens[0], codePoint);
    }
    this.hasIgnorables = [...this.of.values()].some((tokens) => tokens.length === 0);
  }

  remove(codePoint) {
    for (const t of this.of.get(codePoint)) {
      const members = this.members.get(t);
      if (members)
        this.members.set(
          t,
          members.filter((c) => c !== codePoint),
        );
    }
    this.of.delete(codePoint);
  }

  ofAll(codePoints) {
    return codePoints.flatMap((c) => this.of.get(c));
  }

  /** The one code point of a token that stands for it: the first one. */
  canonical(token) {
    return this.members.get(token)?.[0];
  }
}

/** Weights that only come in pairs (those of characters without one of their own) are one token. */
function split(weight, digits, uca) {
  const tokens = [];
  for (let i = 0; i < weight.length; i += digits) {
    let token = weight.slice(i, i + digits);
    if (uca && token >= 'FB40' && token <= 'FBFF') token = weight.slice(i, (i += digits) + digits);
    tokens.push(token);
  }
  return tokens;
}

export function addTo(map, key, value) {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
