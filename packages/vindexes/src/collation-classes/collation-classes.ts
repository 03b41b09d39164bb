import { isUtf8 } from 'node:buffer';
import { CharacterTable } from './character-table';
import { EqualTexts, type Item } from './equal-texts';
import type { CollationClassesData } from './load';

const open = 1;
const marked = 2;
const expands = 4;
const hidden = 8;
const space = 16;
const fixed = 32;
const flags = 0xff;
/** Where the classes of `order.before` and `order.after` lie in a character's bits. */
const beforeShift = 8;
const afterShift = 16;

/**
 * Which loose keys those texts have that a collation calls equal to one. The answer may name keys that no such text
 * has, but leaves none out, as long as no stored text has a *hidden part*: such texts equal many others whose key is
 * not theirs, so they must be refused where texts are stored.
 */
export class CollationClasses {
  private readonly characters = new CharacterTable();
  private readonly canonical = new Map<string, string>();
  private readonly expansions: ReadonlyMap<string, string>;
  private readonly equalTexts: EqualTexts;
  /** The collation ignores some characters. */
  private readonly ignores: boolean;

  /** `isKeyless`: the loose key has nothing for this character. */
  constructor(
    data: CollationClassesData,
    private readonly isKeyless: (character: string) => boolean,
  ) {
    const { characters } = this;
    this.ignores = data.spaces !== '';
    this.expansions = new Map(data.expansions);
    characters.addRanges(data.open, open);
    characters.addCharacters(data.hidden, hidden);
    characters.addCharacters(data.spaces, space);
    characters.addRanges(data.order.fixed, fixed);
    for (const [ccc, ranges] of data.order.before) characters.addRanges(ranges, ccc << beforeShift);
    for (const [ccc, ranges] of data.order.after) characters.addRanges(ranges, ccc << afterShift);
    for (const [character] of data.expansions) characters.addCharacters(character, expands);
    const texts = new Map<string, readonly string[]>();
    for (const [members, alternatives] of data.groups) {
      const [canonical] = members;
      for (const member of members) this.canonical.set(member, canonical);
      texts.set(canonical, alternatives);
      characters.addCharacters(members, marked);
    }
    for (const character of data.single) this.canonical.set(character, character);
    characters.addCharacters(data.single, marked);
    this.equalTexts = new EqualTexts(texts, data.sequences);
  }

  /** One text for each loose key of texts equal to this one; undefined when they may be any or too many. */
  textsEqualTo(text: Buffer): Buffer[] | undefined {
    if (this.isPlain(text)) return [text];
    if (!isUtf8(text)) return undefined;
    const all = [...text.toString()];
    if (all.some((c) => this.bitsOf(c) & (open | hidden))) return undefined;
    const seen = all.slice(0, this.endOf(all));
    if (this.isReordered(seen)) return undefined;
    const texts = this.equalTexts.of(this.itemsOf(seen));
    // The text itself is one of its equals.
    if (texts?.length === 1) return [Buffer.from(seen.join(''))];
    return texts?.map((t) => Buffer.from(t));
  }

  /** The part of a text because of which other texts equal it that have another loose key; undefined without one. */
  hiddenPart(text: Buffer): string | undefined {
    if (!isUtf8(text)) return undefined;
    const all = [...text.toString()];
    const found = all.find((c) => this.bitsOf(c) & hidden);
    if (found !== undefined) return found;
    const kept = text.toString().replace(/ +$/, '');
    const seen = all.slice(0, this.endOf(all)).join('');
    return seen.length < kept.length ? kept.slice(seen.length) : undefined;
  }

  /** Characters of ASCII of which nothing is known but that they may stand before combining characters. */
  private isPlain(text: Buffer): boolean {
    for (const byte of text) {
      if (byte < 0x20 || byte > 0x7e || (this.characters.of(byte) & flags) !== 0) return false;
    }
    return true;
  }

  private bitsOf(character: string): number {
    return this.characters.of(character.codePointAt(0) ?? 0);
  }

  /**
   * How many characters remain without those at the end that the collation calls equal to spaces, and characters
   * that it ignores behind and between them.
   */
  private endOf(all: readonly string[]): number {
    if (!this.ignores) return all.length;
    let end = all.length;
    for (let i = all.length - 1; i >= 0; i--) {
      if (all[i] === ' ' || this.bitsOf(all[i]) & space) end = i;
      else if (!this.isKeyless(all[i])) break;
    }
    return end;
  }

  private isReordered(all: readonly string[]): boolean {
    let before = { ccc: 0, fixed: true };
    for (const character of all) {
      const bits = this.bitsOf(character);
      const after = (bits >> afterShift) & 0xff;
      const own = { ccc: (bits >> beforeShift) & 0xff, fixed: (bits & fixed) !== 0 };
      if (after > 0) {
        if (before.ccc > after && !(before.fixed && own.fixed)) return true;
        before = { ccc: Math.max(before.ccc, own.ccc), fixed: before.fixed && own.fixed };
      } else if (own.ccc > 0 || !this.isKeyless(character)) before = own;
    }
    return false;
  }

  private itemsOf(all: readonly string[]): Item[] {
    return all.flatMap((character): Item[] => {
      const bits = this.bitsOf(character);
      if (bits & expands) {
        return [...(this.expansions.get(character) ?? '')].map((text) => this.itemOf(text));
      }
      return [
        bits & marked ? this.itemOf(character) : { text: character, isKeyless: this.isSkipped(character) },
      ];
    });
  }

  private itemOf(text: string): Item {
    const canonical = this.canonical.get(text);
    return { text, canonical, isKeyless: canonical === undefined && this.isSkipped(text) };
  }

  private isSkipped(character: string): boolean {
    return (character.codePointAt(0) ?? 0) > 0x7e || character < ' ' ? this.isKeyless(character) : false;
  }
}
