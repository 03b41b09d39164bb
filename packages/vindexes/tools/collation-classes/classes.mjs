import { addTo } from './tokens.mjs';
import { LooseTexts } from './loose-texts.mjs';

/** More keys than this for one token are not tried one by one. */
const maxKeys = 16;

/**
 * What routing must know of a collation; see CollationClassesData. A *unit* is a character, or characters whose loose
 * key is not that of each of them (a contraction).
 */
export function classesOf(tokens, root, loose) {
  const texts = new LooseTexts(root, loose);
  const hidden = hiddenCharacters(tokens, texts, root);
  for (const c of hidden) tokens.remove(c);
  const units = unitsOf(tokens, texts);
  if (units.some((u) => u.tokens.length === 0 && u.key !== ''))
    throw new Error('an ignored contraction has a key');
  const keys = keysOfTokens(tokens, units);
  const open = new Set([...keys].filter(([, list]) => list.length > maxKeys).map(([token]) => token));
  const dirty = new Set([...keys].filter(([t, list]) => list.length > 1 && !open.has(t)).map(([t]) => t));
  const { sequences, marked } = sequencesOf(tokens, units, keys, open, dirty);
  const alternatives = (token) => keys.get(token).map((k) => k.text);
  const groups = [...marked]
    .filter((t) => tokens.members.get(t).length > 1 || keys.get(t).length > 1)
    .map((t) => [text(tokens.members.get(t)), alternatives(t)]);
  const expansions = [];
  const openCharacters = [];
  for (let c = 0; c <= 0x10ffff; c++) {
    if (c >= 0xd800 && c <= 0xdfff) continue;
    const list = tokens.of.get(c);
    if (hidden.includes(c)) continue;
    if (list === undefined || list.some((t) => open.has(t))) openCharacters.push(c);
    else if (list.length > 1 && list.some((t) => marked.has(t))) {
      const canonical = list.map((t) => tokens.canonical(t));
      if (canonical.includes(undefined)) openCharacters.push(c);
      else expansions.push([text([c]), text(canonical)]);
    }
  }
  const space = tokens.of.get(0x20)[0];
  return {
    open: ranges(openCharacters),
    groups,
    expansions,
    single: [...marked]
      .filter((t) => !groups.some(([m]) => m.includes(text([tokens.canonical(t)]))))
      .map((t) => text([tokens.canonical(t)]))
      .join(''),
    sequences: sequences.map((s) => (s.canonical === s.text ? s.text : [s.canonical, s.text])),
    order: orderOf(tokens, texts, root, marked),
    hidden: text(hidden),
    spaces: text(
      [...tokens.of]
        .filter(([c, list]) => c !== 0x20 && list.length > 0 && list.every((t) => t === space))
        .map(([c]) => c),
    ),
  };
}

function unitsOf(tokens, texts) {
  const units = [];
  for (const c of tokens.of.keys())
    units.push({ codePoints: [c], tokens: tokens.of.get(c), key: texts.ofCharacter(c) });
  for (const { codePoints, key } of texts.contractions()) {
    if (codePoints.every((c) => tokens.of.has(c)))
      units.push({ codePoints, tokens: tokens.ofAll(codePoints), key });
  }
  return units;
}

/**
 * The different loose keys of the units of one token, each with a text that has it. Tokens that stand only beside
 * others get the key that is left when those of the others are taken off.
 */
function keysOfTokens(tokens, units) {
  const keys = new Map();
  for (const { codePoints, tokens: list, key } of units) {
    if (list.length !== 1) continue;
    const known = keys.get(list[0]) ?? [];
    // One more than the limit says that there are too many.
    if (known.length > maxKeys || known.some((k) => k.key === key)) continue;
    addTo(keys, list[0], { key, text: text(codePoints) });
  }
  for (let found = true; found;) {
    found = false;
    for (const { tokens: list, key } of units) {
      const unknown = list.filter((t) => !keys.has(t));
      if (unknown.length !== 1 || list.some((t) => keys.get(t)?.length > 1)) continue;
      const at = list.indexOf(unknown[0]);
      const before = list
        .slice(0, at)
        .map((t) => keys.get(t)[0].key)
        .join('');
      const after = list
        .slice(at + 1)
        .map((t) => keys.get(t)[0].key)
        .join('');
      if (key.length < before.length + after.length || !key.startsWith(before) || !key.endsWith(after))
        continue;
      keys.set(unknown[0], [{ key: key.slice(before.length, key.length - after.length) }]);
      found = true;
    }
  }
  return keys;
}

/** Units of several tokens whose key is none that these have one by one, and all tokens that routing must look at. */
function sequencesOf(tokens, units, keys, open, dirty) {
  let unexplained = units.filter(
    (u) => u.tokens.length > 1 && !u.tokens.some((t) => open.has(t)) && !isProduct(u.key, u.tokens, keys),
  );
  // Without a character of its own a token cannot be looked for: texts that have it may lie anywhere.
  for (const u of unexplained) for (const t of u.tokens) if (tokens.canonical(t) === undefined) open.add(t);
  unexplained = unexplained.filter((u) => !u.tokens.some((t) => open.has(t)));
  const marked = new Set(dirty);
  const isAlone = (t) => !tokens.hasIgnorables && tokens.members.get(t).length === 1;
  const sequences = new Map();
  for (let found = true; found;) {
    found = false;
    for (const u of unexplained) {
      // Where nothing else equals any part, a contraction stays one in all equal texts.
      if (u.codePoints.length > 1 && u.tokens.every((t) => isAlone(t) && !marked.has(t))) continue;
      const canonical = text(u.tokens.map((t) => tokens.canonical(t)));
      const id = `${canonical} ${u.key}`;
      if (sequences.has(id)) continue;
      sequences.set(id, { canonical, text: text(u.codePoints) });
      for (const t of u.tokens) marked.add(t);
      found = true;
    }
  }
  return { sequences: [...sequences.values()], marked };
}

function isProduct(key, list, keys) {
  if (list.length === 0) return key === '';
  return (keys.get(list[0]) ?? []).some(
    (k) => key.startsWith(k.key) && isProduct(key.slice(k.key.length), list.slice(1), keys),
  );
}

/**
 * Tokens that must not follow one another: the loose key may put combining characters of lower classes first, or leave
 * them out of a contraction. A token of `after` must not follow one of `before` with a greater class, unless both are
 * `fixed`: nothing else equals their characters.
 */
function orderOf(tokens, texts, root, marked) {
  const { highest: before, lowest: after } = texts.orderedCharacters(tokens);
  for (const { codePoints } of texts.contractions()) {
    if (!codePoints.every((c) => tokens.of.has(c))) continue;
    codePoints.slice(1).forEach((next, i) => {
      const lead = root.combining.get(next)?.lead ?? 0;
      for (const t of tokens.ofAll(codePoints.slice(0, i + 1)))
        before.set(t, Math.max(before.get(t) ?? 0, lead));
    });
  }
  for (const [c, { trail }] of root.combining) {
    const first = tokens.of.get(c)?.[0];
    if (first !== undefined && trail > 0) after.set(first, Math.min(after.get(first) ?? 256, trail));
  }
  const characters = [...tokens.of].filter(([, list]) => list.length > 0);
  const isFixed = (t) => !tokens.hasIgnorables && !marked.has(t) && tokens.members.get(t)?.length === 1;
  const fixed = characters.filter(
    ([, list]) => (before.has(list.at(-1)) || after.has(list[0])) && list.every(isFixed),
  );
  return {
    before: byClass(characters.map(([c, list]) => [c, before.get(list.at(-1)) ?? 0])),
    after: byClass(characters.map(([c, list]) => [c, after.get(list[0]) ?? 0])),
    fixed: ranges(fixed.map(([c]) => c)),
  };
}

/** Ranges of the code points of each class, those without one left out. */
function byClass(list) {
  const classes = new Map();
  for (const [c, ccc] of list) if (ccc > 0) addTo(classes, ccc, c);
  return [...classes].map(([ccc, codePoints]) => [ccc, ranges(codePoints)]);
}

/**
 * Characters that have a key although the collation ignores them, so that all texts equal ones with them, and letters
 * below others, which the key moves before letters that stand above.
 */
function hiddenCharacters(tokens, texts, root) {
  const ordinary = new Set(
    [...tokens.of].filter(([c]) => !root.combining.has(c)).flatMap(([, list]) => list),
  );
  return [...tokens.of]
    .filter(([c, list]) => {
      if (list.length === 0) return texts.ofCharacter(c) !== '';
      const ccc = root.combining.get(c)?.trail ?? 0;
      return c < 0x10000 && ccc > 0 && ccc < 230 && list.some((t) => ordinary.has(t));
    })
    .map(([c]) => c);
}

const text = (codePoints) => String.fromCodePoint(...codePoints);

/** Pairs of the first and last code point. */
function ranges(codePoints) {
  const list = [];
  for (const c of codePoints.sort((a, b) => a - b)) {
    if (list.length > 0 && list.at(-1) === c - 1) list[list.length - 1] = c;
    else list.push(c, c);
  }
  return list;
}
